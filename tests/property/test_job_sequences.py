"""A paid job is never lost, never doubled, never silent: whatever happens, in whatever order.

Random sequences of runs, interruptions, kills, faults, changes and time, on the unmodified google-genai SDK and the
stand-in in simulated time. Each sequence ends with proof that a run without trouble puts everything right.

What nobody can promise is not played: a run that starts before the list of jobs shows what the one before has
submitted (see `LIST_LAG_S`).
"""

import re
from collections.abc import Callable, Iterator
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

from tests.property.coverage import KILL_POINTS, OUTCOMES, SHARDS, Coverage
from tests.property.disturbances import COURSES, FAULTS, kill_at, outcome_of
from tests.property.engine_model import Engine, RunFailed
from tests.property.world import JOB_S, LIST_LAG_S, Kill, Killed, World, is_live

LONGEST_RUN_S = 3600.0
"""Far beyond what the timeout of ten minutes for each verb can add up to; nothing may wait for ever."""

_POLICIES = ("ABANDON", "DELETE", "PREVENT")
_PROGRAM: dict[str, Any] = {
    "project": "acme",
    "location": "us-central1",
    "base_model": "gemini-3.5-flash",
    "supervised_tuning_spec": {
        "training_dataset_uri": "gs://data/train.jsonl",
        "hyper_parameters": {"epoch_count": 1},
    },
    "tuned_model_display_name": "support",
    "__owner": {"organization": "acme-org", "project": "infra", "stack": "dev", "name": "support"},
}
_kills = st.builds(
    kill_at, st.sampled_from(KILL_POINTS), nth=st.integers(1, 4), at_s=st.sampled_from((1.0, 4.0, JOB_S, 15.0))
)
_moments = st.sampled_from((0.5, 3.0, 6.0, 12.0))
_rarely = st.sampled_from((False, False, False, True))
_faults = st.tuples(st.sampled_from(sorted(FAULTS)), st.integers(1, 4), st.integers(0, 2))


class JobSequences(RuleBasedStateMachine):
    """One stack with one job resource, and everything that can happen to it."""

    world: World
    coverage: Coverage

    @initialize(policy=st.sampled_from(("ABANDON", "DELETE")), list_lags=st.booleans(), continues=st.booleans())
    def start(self, policy: str, list_lags: bool, continues: bool) -> None:
        self.world.begin()
        self.engine = Engine(self.world)
        self.program = {**_PROGRAM, "deletion_policy": policy}
        self.source = self.world.make_source() if continues else ""
        if continues:
            del self.program["base_model"], self.program["tuned_model_display_name"]
            self.program["pre_tuned_model"] = {"tuned_model_name": self.source}
        self.count("source", "a tuned model" if continues else "a base model")
        self.world.wire.on_job_made = self._note_job
        self.violations: list[str] = []
        self.perhaps_deleted: set[str] = set()
        self.replacing = False
        self.count("sequence", "list lags" if list_lags else "list up to date")
        if list_lags:
            self.world.emulator.faults.add(method="GET", path="/v1beta1/.*/tuningJobs$", stale_s=LIST_LAG_S, times=0)

    @rule(replace=_rarely, refresh=_rarely)
    def up(self, replace: bool, refresh: bool) -> None:
        self._up(None, replace, refresh)

    @rule(after_s=_moments, replace=_rarely)
    def up_interrupted(self, after_s: float, replace: bool) -> None:
        self._up(after_s, replace)

    @rule(kill=_kills, replace=_rarely)
    def up_killed(self, kill: Kill, replace: bool) -> None:
        self._up(kill, replace)

    @rule(fault=_faults, kill=st.none() | _kills)
    def up_with_fault(self, fault: tuple[str, int, int], kill: Kill | None) -> None:
        self._order_fault(*fault)
        self._up(kill)

    @rule(outcome=st.sampled_from(OUTCOMES), disturbance=st.none() | _moments | _kills)
    def up_with_outcome(self, outcome: str, disturbance: Kill | float | None) -> None:
        """A run whose next job ends like this."""
        self.world.emulator.faults.add(path="/v1beta1/", job={**COURSES[outcome], "message": outcome})
        self._up(disturbance)

    def _up(
        self,
        disturbance: Kill | float | None,
        replace: bool = False,
        refresh: bool = False,
    ) -> None:
        self.count("rule", "up" + (" --replace" if replace else "") + (" --refresh" if refresh else ""))
        self.replacing = replace
        self._run(disturbance, lambda: self.engine.up(self.program, replace=replace, refresh=refresh))
        self.replacing = False

    @rule(change=st.sampled_from(("triggers", "epochs", "dataset", "display name", "labels", "description", "policy")))
    def change(self, change: str) -> None:
        self.count("rule", f"change {change}")
        program = self.program
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
        self.count("rule", "destroy")
        if disturbance is not None:  # cut short, it may have deleted what the state still holds: only a refresh tells
            self.perhaps_deleted |= {entry.id for entry in self.engine.entries}
        self._run(disturbance, lambda: self.engine.destroy(old_first=old_first))

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
        """No job was made without a reason, and no two of them run for the same work."""
        assert self.violations == []
        live = [job["labels"]["ctune-inputs"] for job in self.world.jobs() if is_live(job)]
        assert len(live) == len(set(live)), "two live jobs for the same work"

    @invariant()
    def held_version_exists(self) -> None:
        """What the state holds as finished is there, unless it was deleted in the console or by half a destroy."""
        entry = self.engine.current
        if entry and entry.is_recorded and entry.id not in self.perhaps_deleted:
            assert self.world.version(entry.outputs["tuned_model_name"]), f"the version of {entry.id} was deleted"

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

    def _run_to_the_end(self) -> None:
        """What a user does after trouble: run `pulumi up` again, lift PREVENT, cancel a job that never ends."""
        for _ in range(5):
            try:
                self.engine.up(self.program, refresh=bool(self.perhaps_deleted))
            except RunFailed as failed:
                self.count("run to the end", _kind_of(failed))
                if "deletion_policy is PREVENT" in str(failed):
                    self.program["deletion_policy"] = "ABANDON"
                for job in self.world.jobs():
                    if is_live(job):
                        self.count("outcome", "never ends")
                        self.world.cancel(job["name"])
                continue
            entry = self.engine.current
            assert entry is not None
            assert entry.outputs["state"] in ("JOB_STATE_SUCCEEDED", "JOB_STATE_PARTIALLY_SUCCEEDED")
            assert self.world.version(entry.outputs["tuned_model_name"])
            assert self.engine.entries == [entry]
            return
        raise AssertionError("no run came to its end")

    def _prove_that_live_jobs_are_known(self) -> None:
        """A live job that the state does not hold is cancelled by the next create."""
        if any(map(is_live, self.world.jobs())):
            self.count("run to the end", "live job unknown to the state")
            self.program["triggers"] = [2]
            self.engine.up(self.program)
            assert not [job for job in self.world.jobs() if is_live(job)]

    def _prove_that_nothing_is_left_to_do(self) -> None:
        self.world.wire.writes.clear()
        assert self.engine.up(self.program) == "same"
        assert self.world.wire.writes == []

    def _prove_that_delete_deletes(self) -> None:
        """With the policy DELETE nothing stays of a job that was deleted last with that policy."""
        self.program["deletion_policy"] = "DELETE"
        self.engine.up(self.program)
        self.engine.destroy()
        assert not self.source or self.world.version(self.source), "the source was deleted"
        jobs = {job["name"]: job for job in self.world.jobs()}
        assert not list(filter(is_live, jobs.values()))
        for name, policy in self.engine.deleted.items():
            if policy == "DELETE":
                model = jobs[name].get("tunedModel", {}).get("model")
                assert not (model and self.world.version(model)), f"the version of {name} is left"
                assert self.world.endpoints_of(name) == [], f"an endpoint of {name} is left"

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

    def _note_job(self, before: list[dict[str, Any]]) -> None:
        """Find the reason for a job that was just made, among those that there are."""
        new, *own = self.world.jobs()
        reason = self._reason_for(new, own)
        self.count("reason to train", reason or "none")
        if reason is None:
            self.violations.append(f"{new['name']} was made although there is {own[0]['name']} ({own[0]['state']})")

    def _reason_for(self, new: dict[str, Any], own: list[dict[str, Any]]) -> str | None:
        if not own:
            return "first job"
        newest = own[0]
        if newest["labels"]["ctune-inputs"] != new["labels"]["ctune-inputs"]:
            return "other inputs"
        if newest["state"].endswith("CANCELLING"):
            return "job cancelled"
        if is_live(newest):
            return None
        model = newest.get("tunedModel", {}).get("model")
        if newest["state"].endswith(("FAILED", "CANCELLED", "EXPIRED")) or not model:
            return "job failed"
        if self.world.version(model) is None:
            return "results deleted"
        if self.replacing:
            return "--replace"
        unmarked = f"{model} stays, but could not be marked as abandoned"
        if any(warning.startswith(unmarked) for warning in self.world.report.warnings):
            return "destroy could not mark what it left, and said so"
        return None

    def _versions(self) -> list[dict[str, Any]]:
        """Jobs whose model version is there, the newest first."""
        made = [job for job in self.world.jobs() if job.get("tunedModel", {}).get("model")]
        return [job for job in made if self.world.version(job["tunedModel"]["model"])]

    def _clear_faults(self) -> None:
        self.world.emulator.faults.clear()

    def count(self, group: str, name: str) -> None:
        self.coverage.count(group, name)


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
    sequence.start(policy="DELETE", list_lags=True, continues=False)
    sequence.up(replace=False, refresh=False)
    sequence.change(change="triggers")

    sequence.up_killed(kill=kill_at(point, nth=1, at_s=4.0), replace=False)
    sequence.teardown()

    assert machine.coverage.counts["kill point"] == {point: 1}
    assert len(sequence.world.jobs()) == 2


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_each_outcome_of_a_job_comes_to_an_end(machine: type[JobSequences], outcome: str) -> None:
    """However a job ends, further runs come to a finished job."""
    sequence = machine()
    sequence.start(policy="DELETE", list_lags=False, continues=False)

    sequence.up_with_outcome(outcome=outcome, disturbance=None)
    sequence.teardown()

    assert machine.coverage.counts["outcome"][outcome] >= 1


@pytest.mark.parametrize("shard", SHARDS)
def test_no_sequence_loses_or_doubles_a_job(machine: type[JobSequences], shard: str) -> None:
    """Whatever happens, a job that is paid for is held, taken over or cancelled, and none is doubled."""
    run_state_machine_as_test(seed(int(shard))(machine), settings=settings.get_profile("ci"))

    machine.coverage.count("shard", shard)
