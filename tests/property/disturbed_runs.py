"""Runs of the engine on the stack of jobs, and how each is disturbed: killed, interrupted, faults, saves that fail."""

import re
from copy import deepcopy
from typing import Any

from pulumi.runtime import rpc

from tests.property.disturbances import COURSES, FAULTS, kill_at
from tests.property.engine_model import Resource, RunFailed
from tests.property.job_stack import JobStack
from tests.property.world import LIST_LAG_S, Kill, Killed

LONGEST_RUN_S = 3600.0
"""Far beyond what the timeout of ten minutes for each verb can add up to; nothing may wait for ever."""


class DisturbedRuns(JobStack):
    """A stack with runs, whose outcomes are counted."""

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
            self.announced_for = self.engine.announced
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
        self.count("run", kind_of(failed))
        if "timeout" in str(failed):
            self.count("outcome", "never ends")
        if failed.job_name not in str(failed):
            self.violations.append(f"an error does not name its job {failed.job_name}: {failed}")

    def _count_adoptions(self) -> None:
        for text in self.world.report.infos:
            if text.startswith("took over"):
                self.count("adopted", text.partition("(")[2].partition(")")[0])
        self.world.report.infos.clear()

    def _order_fault(self, name: str, times: int, skip: int) -> None:
        self.count("fault", name)
        fault = FAULTS[name]
        self.world.emulator.faults.add(**{**fault, "path": f"/v1beta1/.*{fault['path']}"}, times=times, skip=skip)

    def _clear_faults(self) -> None:
        self.world.emulator.faults.clear()

    def _let_list_lag(self) -> None:
        if self.list_lags:
            self.world.emulator.faults.add(method="GET", path="/v1beta1/.*/tuningJobs$", stale_s=LIST_LAG_S, times=0)

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


def kind_of(failed: RunFailed) -> str:
    """The clause that a run's error opens with, without names."""
    return re.sub(r"projects/\S+", "...", str(failed).partition(" [")[0].partition(": ")[0])
