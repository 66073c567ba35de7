"""The program of the random sequences, and how it and its jobs stand between two runs.

The program has the resource `support`, perhaps a job `base` that it continues from, and perhaps a newcomer that has
taken an earlier name of `support`. What a run does, and what has to hold, is not known here.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from pulumi_ctune.core.hidden import RECORDED
from tests.property.coverage import Coverage
from tests.property.engine_model import Engine, Resource
from tests.property.world import World, is_live

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
}


class JobStack(RuleBasedStateMachine):
    """One stack of job resources."""

    world: World
    coverage: Coverage
    engine: Engine
    support: Resource
    program: list[Resource]
    source: str
    violations: list[str]
    perhaps_deleted: set[str]
    made_for: dict[str, str]
    labels_of_others: dict[str, dict[str, str]]
    replacing: str
    announced_for: Mapping[str, str]
    edits: int
    list_lags: bool

    def _begin(self, policy: str, source: str) -> None:
        """Start from nothing, with a program that nobody has run yet."""
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
        self.violations = []
        self.perhaps_deleted = set()
        self.made_for = {}
        self.labels_of_others = {}
        self.replacing = ""
        self.announced_for = {}
        self.edits = 10

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

    def _versions(self) -> list[dict[str, Any]]:
        """Jobs whose model version is there, the newest first."""
        made = [job for job in self.world.jobs() if job.get("tunedModel", {}).get("model")]
        return [job for job in made if self.world.version(job["tunedModel"]["model"])]

    def count(self, group: str, name: str) -> None:
        self.coverage.count(group, name)
