"""What has to hold: a paid job is never lost, never doubled, never silent.

After each step, and at the end, where a run without trouble puts everything right.
"""

from typing import Any

from hypothesis.stateful import invariant

from pulumi_ctune.core.hidden import RECORDED
from tests.property.disturbances import outcome_of
from tests.property.disturbed_runs import DisturbedRuns, kind_of
from tests.property.engine_model import Entry, RunFailed
from tests.property.world import LIST_LAG_S, is_live


class KeptPromises(DisturbedRuns):
    """Runs, each job of which has a reason."""

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
                self.count("run to the end", kind_of(failed))
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


def _work_of(job: dict[str, Any]) -> tuple[str, str]:
    """What a job is to do, and what it continues from."""
    return job["labels"]["ctune-inputs"], job["labels"].get("ctune-source", "")
