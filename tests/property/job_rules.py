"""What can happen to a stack of jobs, in any order: the rules of the random sequences.

What nobody can promise is not played: a run that starts before the list of jobs shows what the one before has
submitted (see `LIST_LAG_S`), a rename after a first run that has saved nothing, `--replace` before a rename is saved.
"""

from copy import deepcopy

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from pulumi_ctune.core.hidden import RECORDED
from tests.property.coverage import CUTS, IN_VAIN, KILL_POINTS, OUTCOMES, SOURCES, UNKNOWN
from tests.property.disturbances import COURSES, FAULTS, kill_at
from tests.property.promises import KeptPromises
from tests.property.world import JOB_S, Kill, ListTrouble, is_live

_CHANGES = ("triggers", "epochs", "dataset", "display name", "labels", "description", "policy")
_kills = st.builds(
    kill_at, st.sampled_from(KILL_POINTS), nth=st.integers(1, 4), at_s=st.sampled_from((1.0, 4.0, JOB_S, 15.0))
)
_moments = st.sampled_from((0.5, 3.0, 6.0, 12.0))
_rarely = st.sampled_from((False, False, False, True))
_saves = st.integers(0, 2)
_faults = st.tuples(st.sampled_from(sorted(FAULTS)), st.integers(1, 4), st.integers(0, 2))


class JobSequences(KeptPromises):
    """One stack of job resources, and everything that can happen to it."""

    @initialize(
        policy=st.sampled_from(("ABANDON", "DELETE")),
        list_lags=st.booleans(),
        in_pages=st.booleans(),
        source=st.sampled_from(SOURCES),
    )
    def start(self, policy: str, list_lags: bool, in_pages: bool, source: str) -> None:
        self._begin(policy, source)
        self.count("source", source)
        self.world.wire.on_job_made = self._note_job
        self.world.wire.on_cancel = self._note_cancellation
        self.world.wire.page_size = 2 if in_pages else 0
        self.list_lags = list_lags
        self.count("sequence", "list lags" if list_lags else "list up to date")
        self._let_list_lag()

    @rule(replace=_rarely, refresh=_rarely, other_python=st.booleans())
    def up(self, replace: bool, refresh: bool, other_python: bool) -> None:
        """A run, perhaps of a Python whose pickle spells the provider otherwise than the states do."""
        if other_python:
            self.engine.spelling = 9 - self.engine.spelling
        self._up(None, replace, refresh)

    @rule(after_s=_moments, replace=_rarely)
    def up_interrupted(self, after_s: float, replace: bool) -> None:
        self._up(after_s, replace)

    @rule(kill=_kills, replace=_rarely)
    def up_killed(self, kill: Kill, replace: bool) -> None:
        self._up(kill, replace)

    @rule(saves=_saves, disturbance=st.none() | _moments, replace=_rarely)
    def up_unsaved(self, saves: int, disturbance: float | None, replace: bool) -> None:
        """A run whose state can be saved so many times and no more."""
        self._up(disturbance, replace, saves=saves)

    @rule(fault=_faults, kill=st.none() | _kills)
    def up_with_fault(self, fault: tuple[str, int, int], kill: Kill | None) -> None:
        self._order_fault(*fault)
        self._up(kill)

    @rule(outcome=st.sampled_from(OUTCOMES), disturbance=st.none() | _moments | _kills)
    def up_with_outcome(self, outcome: str, disturbance: Kill | float | None) -> None:
        """A run whose next job ends like this."""
        self.world.emulator.faults.add(path="/v1beta1/", job={**COURSES[outcome], "message": outcome})
        self._up(disturbance)

    @rule(unknown=st.sampled_from(UNKNOWN), changes=st.booleans(), disturbance=st.none() | _moments | _kills)
    def up_with_unknown(self, unknown: str, changes: bool, disturbance: Kill | float | None) -> None:
        """A run whose preview does not know an input yet, which may turn out to be another one."""
        if changes and unknown != "source":
            self._change(self.program[0], unknown)
        self._up(disturbance, unknown=unknown)

    @rule(cut=st.sampled_from(CUTS), times=st.sampled_from((1, 3, 0)), lost=st.booleans())
    def up_with_cut_list(self, cut: str, times: int, lost: bool) -> None:
        self.count("event", "a run meets a list that is cut short")
        self.up_on_cut_list(cut, times, lost=lost)

    def up_on_cut_list(self, cut: str, times: int, *, lost: bool) -> None:
        """A run that cannot read all of the list, on whose last page a job may be that no state holds."""
        self._change(self.support, "triggers")
        if lost:
            self._up(kill_at("after the answer", nth=1, at_s=0.0))
        self._let_others_train(2)
        self.world.wire.page_size = 2
        trouble = self.world.wire.list_trouble = ListTrouble(cut, times)
        self._up(None)
        self.world.wire.list_trouble = None
        if trouble.hits:
            self.count("page of the list", cut)

    @rule(how=st.sampled_from(IN_VAIN), pause_s=st.sampled_from((0.0, JOB_S)), refresh=_rarely)
    def take_edit_back(self, how: str, pause_s: float, refresh: bool) -> None:
        self._clear_faults()
        self._let_list_lag()
        self._up(None)
        if self._is_settled():
            self.count("event", "an edit is taken back")
            self.edit_in_vain_and_back(how, pause_s, refresh=refresh)

    def edit_in_vain_and_back(self, how: str, pause_s: float, *, refresh: bool) -> None:
        """A replacement that comes to nothing, then the inputs from before: a job that the state holds is enough."""
        entry, inputs = self.engine.current("support"), deepcopy(self.support.inputs)
        assert entry is not None
        self.edits += 1
        self.support.inputs["triggers"] = [self.edits]
        self._up_in_vain(how)
        self._clear_faults()
        self._let_list_lag()
        self.world.clock.now_s += pause_s
        self.support.inputs = inputs
        now = self.engine.current("support")
        if now and now.id != entry.id and now.outputs.get(RECORDED):
            return  # it has come to something
        jobs = self.world.jobs()
        self._up(None, refresh=refresh and how != "interrupted")
        self.count("edit taken back after a replacement that was", how)
        now = self.engine.current("support")
        assert self.world.jobs()[0]["name"] == jobs[0]["name"], f"a job was made to go back after: {how}"
        assert now is None or now.id == entry.id, f"{entry.id} is not what the state holds again after: {how}"

    @precondition(lambda self: self.engine.current("support"))
    @rule(disturbance=st.none() | _moments | _kills)
    def rename(self, disturbance: Kill | float | None) -> None:
        """The resource gets another name, with an alias for the old one."""
        self._rename(disturbance)

    @precondition(lambda self: self.engine.current("support") and self._newcomer() is None)
    @rule(same_work=st.booleans(), stays=st.booleans(), disturbance=st.none() | _moments | _kills)
    def take_old_name_while_job_runs(self, same_work: bool, stays: bool, disturbance: Kill | float | None) -> None:
        """A renamed resource whose job runs has its old name taken, by one that does the same or something else."""
        self._change(self.support, "triggers")
        self.world.emulator.faults.add(path="/v1beta1/", job={"duration_s": 60.0})
        self._up(3.0)
        self._rename(0.5)
        self._let_newcomer_in(same_work, stays, disturbance)

    @precondition(lambda self: self.support.aliases and self._newcomer() is None)
    @rule(same_work=st.booleans(), stays=st.booleans(), disturbance=st.none() | _moments | _kills)
    def take_old_name(self, same_work: bool, stays: bool, disturbance: Kill | float | None) -> None:
        self._let_newcomer_in(same_work, stays, disturbance)

    @rule(change=st.sampled_from(_CHANGES), of_first=st.booleans())
    def change(self, change: str, of_first: bool) -> None:
        self._change(self.program[0] if of_first else self.support, change)

    @rule(fault=_faults)
    def order_fault(self, fault: tuple[str, int, int]) -> None:
        self._order_fault(*fault)

    @rule(seconds=st.sampled_from((1.0, JOB_S, 60.0, 3600.0)))
    def let_time_pass(self, seconds: float) -> None:
        self.count("rule", "let time pass")
        self.world.clock.now_s += seconds

    @precondition(lambda self: self.engine.entries)
    @rule()
    def refresh(self) -> None:
        self.count("rule", "refresh")
        self._run(None, self.engine.refresh)

    @precondition(lambda self: self.engine.entries)
    @rule(disturbance=st.none() | _moments | _kills, old_first=st.booleans())
    def destroy(self, disturbance: Kill | float | None, old_first: bool) -> None:
        self._destroy(disturbance, old_first)

    @precondition(lambda self: self.engine.entries)
    @rule(saves=_saves, old_first=st.booleans())
    def destroy_unsaved(self, saves: int, old_first: bool) -> None:
        self._destroy(None, old_first, saves=saves)

    @rule(count=st.integers(0, 2))
    def let_others_work(self, count: int) -> None:
        """Other people submit so many jobs, and label what ours have made."""
        self._let_others_train(count)
        if self._versions():
            self._label_by_others()

    @precondition(lambda self: any(map(is_live, self.world.jobs())))
    @rule()
    def cancel_in_console(self) -> None:
        self.count("rule", "cancel in the console")
        self.world.cancel(next(job["name"] for job in self.world.jobs() if is_live(job)))

    @precondition(lambda self: self._versions())
    @rule()
    def delete_version_in_console(self) -> None:
        self.count("rule", "delete a version in the console")
        job = self._versions()[0]
        self.world.delete_version(job)
        self.perhaps_deleted.add(job["name"])
