"""A paid job is never lost, never doubled, never silent: whatever happens, in whatever order.

Random sequences of previews, runs, interruptions, kills, faults, changes and time, on the unmodified google-genai SDK
and the emulator in simulated time. Each sequence ends with proof that a run without trouble puts everything right.

The program has the resource `support`, perhaps a job `base` that it continues from, and perhaps a newcomer that has
taken an earlier name of `support`.

What nobody can promise is not played: a run that starts before the list of jobs shows what the one before has
submitted (see `LIST_LAG_S`), a rename after a first run that has saved nothing, `--replace` before a rename is saved.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pulumi.runtime import rpc

from pulumi_ctune.core.hidden import RECORDED
from tests.property.coverage import CUTS, IN_VAIN, KILL_POINTS, OUTCOMES, SHARDS, SOURCES, UNKNOWN, Coverage
from tests.property.disturbances import COURSES, FAULTS, kill_at, outcome_of
from tests.property.engine_model import Engine, Entry, Resource, RunFailed
from tests.property.world import JOB_S, LIST_LAG_S, Kill, Killed, ListTrouble, World, is_live

LONGEST_RUN_S = 3600.0
"""Far beyond what the timeout of ten minutes for each verb can add up to; nothing may wait for ever."""

_POLICIES = ("ABANDON", "DELETE", "PREVENT")
_CHANGES = ("triggers", "epochs", "dataset", "display name", "labels", "description", "policy")
_PROGRAM: dict[str, Any] = {
    "project": "acme",
    "location": "us-central1",
    "base_model": "gemini-3.5-flash",
    "supervised_tuning_spec": {
        "training_dataset_uri": "gs://data/train.jsonl",
        "hyper_parameters": {"epoch_count": 1},
    },
    "tuned_model_display_name": "support",
}
_kills = st.builds(
    kill_at, st.sampled_from(KILL_POINTS), nth=st.integers(1, 4), at_s=st.sampled_from((1.0, 4.0, JOB_S, 15.0))
)
_moments = st.sampled_from((0.5, 3.0, 6.0, 12.0))
_rarely = st.sampled_from((False, False, False, True))
_saves = st.integers(0, 2)
_faults = st.tuples(st.sampled_from(sorted(FAULTS)), st.integers(1, 4), st.integers(0, 2))


class JobSequences(RuleBasedStateMachine):
    """One stack of job resources, and everything that can happen to it."""

    world: World
    coverage: Coverage

    @initialize(
        policy=st.sampled_from(("ABANDON", "DELETE")),
        list_lags=st.booleans(),
        in_pages=st.booleans(),
        source=st.sampled_from(SOURCES),
    )
    def start(self, policy: str, list_lags: bool, in_pages: bool, source: str) -> None:
        self.world.begin()
        self.engine = Engine(self.world)
        self.support = Resource("support", "support", {**deepcopy(_PROGRAM), "deletion_policy": policy})
        self.program = [self.support]
        self.source = self.world.make_source() if source == "a tuned model" else ""
        if source != "a base model":
            del self.support.inputs["base_model"], self.support.inputs["tuned_model_display_name"]
        if source == "a tuned model":
            self.support.inputs["pre_tuned_model"] = {"tuned_model_name": self.source}
        if source == "a job of the stack":
            self.support.source = Resource("base", "base", {**deepcopy(_PROGRAM), "deletion_policy": policy})
            self.program.insert(0, self.support.source)
        self.count("source", source)
        self.world.wire.on_job_made = self._note_job
        self.world.wire.on_cancel = self._note_cancellation
        self.world.wire.page_size = 2 if in_pages else 0
        self.violations: list[str] = []
        self.perhaps_deleted: set[str] = set()
        self.made_for: dict[str, str] = {}
        self.labels_of_others: dict[str, dict[str, str]] = {}
        self.replacing = ""
        self.told_of: Mapping[str, str] = {}
        self.edits = 10
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

    def _up_in_vain(self, how: str) -> None:
        match how:
            case "refused":
                self._order_fault("400 to the submission", 1, 0)
                self._up(None)
            case "interrupted":
                self._up(6.0)
            case "killed":
                self._up(kill_at("while waiting", nth=1, at_s=6.0))
            case "not saved":
                self._up(None, saves=0)
            case _:
                course = COURSES["never ends" if how == "timed out" else how]
                self.world.emulator.faults.add(path="/v1beta1/", job={**course, "message": how})
                self._up(None)

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

    def _rename(self, disturbance: Kill | float | None) -> None:
        self.edits += 1
        self.support.aliases.append(self.support.name)
        self.support.name = f"support-{self.edits}"
        if self._live_job_in_state():
            self.count("event", "a resource is renamed while its job runs")
        self._up(disturbance)

    def _let_newcomer_in(self, same_work: bool, stays: bool, disturbance: Kill | float | None) -> None:
        if not self.support.aliases or self._is_rename_open():
            return
        name = self.support.aliases[-1]
        self.support.aliases.clear()  # the engine refuses a program with an alias that is a resource's name
        inputs = deepcopy(self.support.inputs)
        if not same_work:
            self.edits += 1
            inputs["triggers"] = [self.edits]
        self.program.append(Resource("newcomer", name, inputs, source=self.support.source))
        when = "while its job runs" if self._live_job_in_state() else "after its job"
        self.count("event", f"its old name is taken {when}")
        self._up(disturbance)
        if not (stays or self._is_unheld()):
            self.count("event", "a resource with an old name leaves")
            self.program.pop()
            self._up(None)

    def _up(
        self,
        disturbance: Kill | float | None,
        replace: bool = False,
        refresh: bool = False,
        unknown: str = "",
        saves: float = float("inf"),
    ) -> None:
        replace = replace and not self._is_rename_open()
        self.count("rule", "up" + (" --replace" if replace else "") + (" --refresh" if refresh else ""))
        self.replacing = self.program[self.edits % len(self.program)].key if replace else ""
        instead = self._instead(unknown)
        self.engine.saves_left = saves

        def run() -> None:
            self.engine.up(self.program, replace=self.replacing, refresh=refresh, unknown=instead)

        self._run(disturbance, run)
        if unknown:
            self.told_of = self.engine.announced
        if self.engine.saves_left == 0:
            self.count("event", "a state that could not be saved after a run")
        self.engine.saves_left = float("inf")
        self.replacing = ""

    def _instead(self, unknown: str) -> dict[str, Any]:
        """What the preview has instead of the first resource's inputs."""
        if not unknown:
            return {}
        inputs = self.program[0].inputs
        if unknown == "source" and "pre_tuned_model" not in inputs:
            unknown = "triggers"
        self.count("unknown in the preview", unknown)
        spec = inputs["supervised_tuning_spec"]
        instead: dict[str, dict[str, Any]] = {
            "triggers": {"triggers": rpc.UNKNOWN},
            "dataset": {"supervised_tuning_spec": {**spec, "training_dataset_uri": rpc.UNKNOWN}},
            "epochs": {"supervised_tuning_spec": {**spec, "hyper_parameters": {"epoch_count": rpc.UNKNOWN}}},
            "display name": {"tuned_model_display_name": rpc.UNKNOWN},
            "labels": {"labels": rpc.UNKNOWN},
            "source": {"pre_tuned_model": {"tuned_model_name": rpc.UNKNOWN}},
        }
        return instead[unknown]

    @rule(change=st.sampled_from(_CHANGES), of_first=st.booleans())
    def change(self, change: str, of_first: bool) -> None:
        self._change(self.program[0] if of_first else self.support, change)

    def _change(self, resource: Resource, change: str) -> None:
        self.count("rule", f"change {change}")
        program = resource.inputs
        match change:
            case "triggers":
                program["triggers"] = [1 - (program.get("triggers") or [0])[0]]
            case "epochs" | "dataset":
                spec = program["supervised_tuning_spec"]
                epochs, uri = spec["hyper_parameters"]["epoch_count"], spec["training_dataset_uri"]
                if change == "epochs":
                    epochs = 3 - epochs
                else:
                    uri = "gs://data/other.jsonl" if "train" in uri else "gs://data/train.jsonl"
                spec = {"training_dataset_uri": uri, "hyper_parameters": {"epoch_count": epochs}}
                program["supervised_tuning_spec"] = spec
            case "display name":
                program["tuned_model_display_name"] = program.get("tuned_model_display_name", "support") + "x"
            case "labels":
                program["labels"] = {"team": program.get("labels", {"team": "support"})["team"] + "x"}
            case "description":
                program["description"] = program.get("description", "") + "x"
            case "policy":
                turn = _POLICIES.index(program["deletion_policy"]) + 1
                program["deletion_policy"] = _POLICIES[turn % len(_POLICIES)]

    @rule(fault=_faults)
    def order_fault(self, fault: tuple[str, int, int]) -> None:
        self._order_fault(*fault)

    def _order_fault(self, name: str, times: int, skip: int) -> None:
        self.count("fault", name)
        fault = FAULTS[name]
        self.world.emulator.faults.add(**{**fault, "path": f"/v1beta1/.*{fault['path']}"}, times=times, skip=skip)

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

    def _destroy(self, disturbance: Kill | float | None, old_first: bool, saves: float = float("inf")) -> None:
        self.count("rule", "destroy")
        self.engine.saves_left = saves
        if disturbance is not None or saves < len(self.engine.entries):
            # Cut short, it may have deleted what the state still holds: only a refresh tells.
            self.perhaps_deleted |= {entry.id for entry in self.engine.entries}
        self._run(disturbance, lambda: self.engine.destroy(self.program, old_first=old_first))
        if self.engine.saves_left == 0:
            self.count("event", "a state that could not be saved after a destroy")
        self.engine.saves_left = float("inf")

    @rule(count=st.integers(0, 2))
    def let_others_work(self, count: int) -> None:
        """Other people submit so many jobs, and label what ours have made."""
        self._let_others_train(count)
        if self._versions():
            self._label_by_others()

    def _let_others_train(self, count: int) -> None:
        self.count("event", "others train in the same place")
        for _ in range(count):
            self.world.submit_strangers_job()

    def _label_by_others(self) -> None:
        self.count("event", "others label a version")
        tuned = self._versions()[0]["tunedModel"]
        self.edits += 1
        for name in (tuned["model"], tuned["endpoint"]):
            if self.world.version(name):
                labels = {"cost-bot": f"scanned-{self.edits}"}
                self.world.label(name, labels)
                self.labels_of_others[name] = labels

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

    @invariant()
    def never_doubled(self) -> None:
        """No job was made without a reason, or unannounced, and no two of them run for one resource's work."""
        assert self.violations == []
        live = [(self._key_of(job), *_work_of(job)) for job in self.world.jobs() if is_live(job)]
        assert len(live) == len(set(live)), "two live jobs for the same work"

    @invariant()
    def held_version_exists(self) -> None:
        """What the state holds as finished is there, unless it was deleted in the console or by half a destroy."""
        for resource in self.program:
            entry = self.engine.current(resource.key)
            if entry and entry.is_recorded and entry.id not in self.perhaps_deleted:
                assert self.world.version(entry.outputs["tuned_model_name"]), f"the version of {entry.id} was deleted"

    @invariant()
    def each_holds_its_own(self) -> None:
        """No two resources hold one job."""
        held = {(entry.id, entry.key) for entry in self.engine.entries if not entry.pending_delete}
        assert len(held) == len({id_ for id_, _ in held}), "two resources hold the same job"

    def teardown(self) -> None:
        if not hasattr(self, "engine"):
            return
        self._clear_faults()
        self.world.clock.now_s += LIST_LAG_S
        self._run_to_the_end()
        self._count_outcomes()
        self._prove_that_live_jobs_are_known()
        self._prove_that_nothing_is_left_to_do()
        self._prove_that_delete_deletes()
        self.never_doubled()
        self._prove_that_others_are_left_alone()

    def _run_to_the_end(self) -> None:
        """What a user does after trouble: run `pulumi up` again, lift PREVENT, cancel a job that never ends."""
        for _ in range(3 + 2 * len(self.program)):
            try:
                self.engine.up(self.program, refresh=bool(self.perhaps_deleted))
            except RunFailed as failed:
                self.count("run to the end", _kind_of(failed))
                if "deletion_policy is PREVENT" in str(failed):
                    for resource in self.program:
                        resource.inputs["deletion_policy"] = "ABANDON"
                for job in self.world.jobs():
                    if is_live(job):
                        self.count("outcome", "never ends")
                        self.world.cancel(job["name"])
                continue
            entries = [self.engine.current(resource.key) for resource in self.program]
            for entry in entries:
                assert entry is not None
                assert entry.outputs["state"] in ("JOB_STATE_SUCCEEDED", "JOB_STATE_PARTIALLY_SUCCEEDED")
                assert self.world.version(entry.outputs["tuned_model_name"])
            assert len(self.engine.entries) == len(entries)
            return
        raise AssertionError("no run came to its end")

    def _prove_that_live_jobs_are_known(self) -> None:
        """A live job that the state does not hold is cancelled by the next create of its resource."""
        unknown = {self._key_of(job) for job in self.world.jobs() if is_live(job)}
        if unknown:
            self.count("run to the end", "live job unknown to the state")
            for resource in self.program:
                if resource.key in unknown:
                    resource.inputs["triggers"] = [2]
            self.engine.up(self.program)
            assert not [job for job in self.world.jobs() if is_live(job)]

    def _prove_that_nothing_is_left_to_do(self) -> None:
        """Not even after a refresh, which sees what others have done."""
        self.world.wire.writes.clear()
        assert set(self.engine.up(self.program, refresh=True).values()) == {"same"}
        assert self.world.wire.writes == []

    def _prove_that_delete_deletes(self) -> None:
        """With the policy DELETE nothing stays of a job that was deleted last with that policy."""
        for resource in self.program:
            resource.inputs["deletion_policy"] = "DELETE"
        self.engine.up(self.program)
        self.engine.destroy(self.program)
        assert not self.source or self.world.version(self.source), "the source was deleted"
        jobs = {job["name"]: job for job in self.world.jobs()}
        assert not list(filter(is_live, jobs.values()))
        for name, policy in self.engine.deleted.items():
            if policy == "DELETE":
                model = jobs[name].get("tunedModel", {}).get("model")
                if self._is_said_to_be_kept(model):
                    continue
                assert not (model and self.world.version(model)), f"the version of {name} is left"
                assert self.world.endpoints_of(name) == [], f"an endpoint of {name} is left"

    def _is_said_to_be_kept(self, model: str | None) -> bool:
        """Whether a delete said that another claims the version: an entry whose save failed looks like another's."""
        said = f"nothing of {model} is deleted: another state entry has taken it over"
        return any(warning.startswith(said) for warning in self.world.report.warnings)

    def _prove_that_others_are_left_alone(self) -> None:
        for job in self.world.strangers_jobs():
            assert not job["state"].endswith(("CANCELLING", "CANCELLED")), "a stranger's job was cancelled"

    def _count_outcomes(self) -> None:
        """How the jobs ended, seen from outside."""
        for job in self.world.jobs():
            self.count("outcome", outcome_of(job))

    def _run(self, disturbance: Kill | float | None, run: Any) -> None:
        """A run of the engine, with what disturbs it."""
        clock, wire = self.world.clock, self.world.wire
        began = clock.now_s
        if isinstance(disturbance, Kill):
            wire.arm(kill_at(disturbance.point, nth=disturbance.nth, at_s=began + disturbance.at_s))
        elif disturbance is not None:
            clock.interrupt_at_s = began + disturbance
        wire.writes.clear()
        try:
            run()
            self.count("run", "done")
        except RunFailed as failed:
            self._note_failure(failed)
        except Killed:
            assert isinstance(disturbance, Kill)
            self.count("kill point", disturbance.point)
        finally:
            wire.arm(None)
            clock.interrupt_at_s = float("inf")
            self._count_adoptions()
        assert clock.now_s - began < LONGEST_RUN_S, "the run did not end"
        wire.deliver()
        if len(self.engine.spellings_met) > 1:
            self.count("event", "a run with two spellings of the provider")
        for name, labels in self.labels_of_others.items():
            found = self.world.version(name)
            assert found is None or labels.items() <= found["labels"].items(), f"a label of others on {name} is gone"
        clock.now_s += LIST_LAG_S

    def _note_failure(self, failed: RunFailed) -> None:
        self.count("run", _kind_of(failed))
        if "timeout" in str(failed):
            self.count("outcome", "never ends")
        if failed.job_name not in str(failed):
            self.violations.append(f"an error does not name its job {failed.job_name}: {failed}")

    def _count_adoptions(self) -> None:
        for text in self.world.report.infos:
            if text.startswith("took over"):
                self.count("adopted", text.partition("(")[2].partition(")")[0])
        self.world.report.infos.clear()

    def _note_cancellation(self, job_name: str) -> None:
        """Somebody's job is cancelled: nobody else may hold it."""
        holders = {entry.key for entry in self.engine.entries if entry.id == job_name}
        if holders and self.engine.under_way not in holders:
            self.violations.append(f"{self.engine.under_way} cancelled {job_name}, which {holders} hold")

    def _note_job(self, before: list[dict[str, Any]]) -> None:
        """Find the reason for a job that was just made, among those that there are."""
        new, key = self.world.jobs()[0], self.engine.under_way
        own = [job for job in self.world.jobs()[1:] if self._key_of(job) == key]
        self.made_for[new["name"]] = key
        reason = self._reason_for(new, own)
        self.count("reason to train", reason or "none")
        if reason is None:
            self.violations.append(f"{new['name']} was made although there is {own[0]['name']} ({own[0]['state']})")
        self.count("announced", self.engine.announced.get(key, "no"))
        if key not in self.engine.announced:
            self.violations.append(f"{new['name']} of {key} was made, but no preview has announced it")
        if kept := self._kept(new, key):
            self.violations.append(f"{new['name']} was made although the state has {kept}, recorded last")
        if not self.world.wire.list_is_whole:
            self.violations.append(f"{new['name']} was made on a list of jobs that was cut short")

    def _kept(self, new: dict[str, Any], key: str) -> str:
        """The job that the state recorded last for the resource, if it does the work of the new one."""
        recorded = [entry for entry in self.engine.entries if entry.key == key and entry.outputs.get(RECORDED)]
        if not recorded or key == self.replacing:
            return ""
        if not self.engine.current(key) and not any(self._is_of_name_of_today(entry) for entry in recorded):
            return ""  # nothing tells that what waits for its deletion under an earlier name is this resource's
        last = max(recorded, key=lambda entry: str(entry.outputs["create_time"]))
        job = next(job for job in self.world.jobs() if job["name"] == last.id)
        is_there = self.world.version(last.outputs["tuned_model_name"])
        return last.id if is_there and self._key_of(job) == key and _work_of(job) == _work_of(new) else ""

    def _is_of_name_of_today(self, entry: Entry) -> bool:
        return any(entry.key == resource.key and entry.urn in resource.urns for resource in self.program)

    def _reason_for(self, new: dict[str, Any], own: list[dict[str, Any]]) -> str | None:
        if not own:
            return "first job"
        newest = own[0]
        if _work_of(newest) != _work_of(new):
            return "other inputs"
        labels = newest["labels"]["ctune-resource"], new["labels"]["ctune-resource"]
        if labels[0] != labels[1] and not self.engine.current(self.engine.under_way):
            return "made under an earlier name, and no state has an entry"
        if newest["state"].endswith("CANCELLING"):
            return "job cancelled"
        if is_live(newest):
            return None
        model = newest.get("tunedModel", {}).get("model")
        if newest["state"].endswith(("FAILED", "CANCELLED", "EXPIRED")) or not model:
            return "job failed"
        if self.world.version(model) is None:
            return "results deleted"
        if self.replacing == self.engine.under_way:
            return "--replace"
        unmarked = f"{model} stays, but could not be marked as abandoned"
        if any(warning.startswith(unmarked) for warning in self.world.report.warnings):
            return "destroy could not mark what it left, and said so"
        return None

    def _key_of(self, job: dict[str, Any]) -> str:
        """Whose job it is: the resource's whose entry holds it, else the one's that it was made for."""
        holders = [entry.key for entry in self.engine.entries if entry.id == job["name"]]
        return holders[0] if holders else self.made_for[job["name"]]

    def _newcomer(self) -> Resource | None:
        """The resource that has taken an old name, or whose entry is still there."""
        if any(entry.key == "newcomer" for entry in self.engine.entries) and self.program[-1].key != "newcomer":
            return self.support
        return self.program[-1] if self.program[-1].key == "newcomer" else None

    def _is_unheld(self) -> bool:
        """Whether a job of the newcomer runs that no state holds."""
        held = {entry.id for entry in self.engine.entries}
        made = [job for job in self.world.jobs() if self._key_of(job) == "newcomer" and is_live(job)]
        return not self.engine.current("newcomer") or any(job["name"] not in held for job in made)

    def _is_rename_open(self) -> bool:
        """Whether the state has an entry under an earlier name of `support`."""
        entry = self.engine.current("support")
        return entry is not None and entry.urn != self.support.urn

    def _live_job_in_state(self) -> bool:
        live = {job["name"] for job in self.world.jobs() if is_live(job)}
        return any(entry.key == "support" and entry.id in live for entry in self.engine.entries)

    def _is_settled(self) -> bool:
        """Whether `support` has a finished job, and the next run would do nothing."""
        entry = self.engine.current("support")
        if not (entry and entry.outputs.get(RECORDED) and self.world.version(entry.outputs["tuned_model_name"])):
            return False
        if self.support.inputs["deletion_policy"] == "PREVENT":
            return False
        return len(self.engine.entries) == len(self.program) and not self.engine.preview(self.program)

    def _let_list_lag(self) -> None:
        if self.list_lags:
            self.world.emulator.faults.add(method="GET", path="/v1beta1/.*/tuningJobs$", stale_s=LIST_LAG_S, times=0)

    def _versions(self) -> list[dict[str, Any]]:
        """Jobs whose model version is there, the newest first."""
        made = [job for job in self.world.jobs() if job.get("tunedModel", {}).get("model")]
        return [job for job in made if self.world.version(job["tunedModel"]["model"])]

    def _clear_faults(self) -> None:
        self.world.emulator.faults.clear()

    def count(self, group: str, name: str) -> None:
        self.coverage.count(group, name)


def _work_of(job: dict[str, Any]) -> tuple[str, str]:
    """What a job is to do, and what it continues from."""
    return job["labels"]["ctune-inputs"], job["labels"].get("ctune-source", "")


def _kind_of(failed: RunFailed) -> str:
    """The clause that a run's error opens with, without names."""
    return re.sub(r"projects/\S+", "...", str(failed).partition(" [")[0].partition(": ")[0])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World.start(tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture
def machine(world: World, record_property: Callable[[str, object], None]) -> Iterator[type[JobSequences]]:
    """Sequences in this world, whose coverage goes into pytest's summary."""
    coverage = Coverage()
    yield type("JobSequences", (JobSequences,), {"world": world, "coverage": coverage})
    record_property("coverage", coverage.to_json())


@pytest.mark.parametrize("point", KILL_POINTS)
def test_kill_at_each_point_is_made_good(machine: type[JobSequences], point: str) -> None:
    """A replacement that is killed anywhere is finished by the next run, without a second job."""
    sequence = machine()
    sequence.start(policy="DELETE", list_lags=True, in_pages=False, source="a base model")
    sequence.up(replace=False, refresh=False, other_python=False)
    sequence.change(change="triggers", of_first=True)

    sequence.up_killed(kill=kill_at(point, nth=1, at_s=4.0), replace=False)
    sequence.teardown()

    assert machine.coverage.counts["kill point"] == {point: 1}
    assert len(sequence.world.jobs()) == 2


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_each_outcome_of_a_job_comes_to_an_end(machine: type[JobSequences], outcome: str) -> None:
    """However a job ends, further runs come to a finished job."""
    sequence = machine()
    sequence.start(policy="DELETE", list_lags=False, in_pages=False, source="a base model")

    sequence.up_with_outcome(outcome=outcome, disturbance=None)
    sequence.teardown()

    assert machine.coverage.counts["outcome"][outcome] >= 1


@pytest.mark.parametrize("how", IN_VAIN)
def test_edit_taken_back_is_free(machine: type[JobSequences], how: str) -> None:
    """Whatever a replacement came to nothing by, the finished job that it was to replace is there, and stays."""
    sequence = machine()
    sequence.start(policy="DELETE", list_lags=True, in_pages=False, source="a base model")
    sequence.up(replace=False, refresh=False, other_python=False)

    sequence.edit_in_vain_and_back(how, 0.0, refresh=False)
    sequence.teardown()

    assert machine.coverage.counts["edit taken back after a replacement that was"] == {how: 1}


@pytest.mark.parametrize("cut", CUTS)
def test_list_that_is_cut_short_is_no_absence(machine: type[JobSequences], cut: str) -> None:
    """A job that no state holds, on a page that cannot be read: none is submitted beside it."""
    sequence = machine()
    sequence.start(policy="DELETE", list_lags=False, in_pages=True, source="a base model")

    sequence.up_on_cut_list(cut, 0, lost=True)
    assert len(sequence.world.jobs()) == 1
    sequence.teardown()

    assert machine.coverage.counts["page of the list"] == {cut: 1}
    assert len(sequence.world.jobs()) == 1


@pytest.mark.parametrize("unknown", UNKNOWN)
def test_input_that_is_not_known_yet_is_announced(machine: type[JobSequences], unknown: str) -> None:
    """A preview that does not know an input tells of the run that its value may bring."""
    sequence = machine()
    sequence.start(policy="DELETE", list_lags=False, in_pages=False, source="a tuned model")
    sequence.up(replace=False, refresh=False, other_python=False)

    sequence.up_with_unknown(unknown=unknown, changes=True, disturbance=None)
    sequence.teardown()

    assert machine.coverage.counts["unknown in the preview"] == {unknown: 1}
    assert sequence.told_of.get("support", "") == ("" if unknown == "labels" else "may train")


def test_protected_job_that_is_renamed_and_replaced_leaves_the_state(machine: type[JobSequences]) -> None:
    """Its entry is deleted under the earlier name, where nobody refuses any more; its model stays."""
    sequence = machine()
    sequence.start(policy="PREVENT", list_lags=False, in_pages=False, source="a base model")
    sequence.up(replace=False, refresh=False, other_python=False)
    (first,) = sequence.world.jobs()
    sequence.support.inputs |= {"deletion_policy": "ABANDON", "triggers": [1]}

    sequence.rename(disturbance=None)

    assert [entry.pending_delete for entry in sequence.engine.entries] == [False]
    assert sequence.world.version(first["tunedModel"]["model"])


@pytest.mark.parametrize("shard", SHARDS)
def test_no_sequence_loses_or_doubles_a_job(machine: type[JobSequences], shard: str) -> None:
    """Whatever happens, a job that is paid for is held, taken over or cancelled, and none is doubled."""
    run_state_machine_as_test(seed(int(shard))(machine), settings=settings.get_profile("ci"))

    machine.coverage.count("shard", shard)
