"""What the random sequences have covered, counted by group and name, and what each run of the suite must cover."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Self

KILL_POINTS = (
    "before looking for own jobs",
    "before the submission",
    "submission in flight",
    "after the commit",
    "after the answer",
    "while waiting",
    "before the mark",
    "after the mark",
    "before the state is written",
    "before a write of delete",
    "after a write of delete",
)
"""Where a kill -9 can hit; each comes with its own way of being brought about in `world`."""

OUTCOMES = (
    "SUCCEEDED",
    "FAILED",
    "FAILED with a model",
    "CANCELLED",
    "EXPIRED",
    "PARTIALLY_SUCCEEDED",
    "PARTIALLY_SUCCEEDED without a model",
    "SUCCEEDED after a pause",
    "SUCCEEDED after an unknown state",
    "never ends",
)
"""How a job can end."""

IN_VAIN = (
    "FAILED",
    "FAILED with a model",
    "CANCELLED",
    "EXPIRED",
    "refused",
    "interrupted",
    "timed out",
    "killed",
    "not saved",
)
"""How a replacement can come to nothing before its edit is taken back."""

CUTS = ("lost", "never sent", "cut", "empty", "a proxy's page", "the same token again", "401", "403", "500", "503")
"""What can come instead of a further page of the list of jobs."""

UNKNOWN = ("triggers", "dataset", "epochs", "display name", "labels", "source")
"""Inputs that a preview may not know yet."""

SOURCES = ("a job of the stack", "a tuned model", "a base model")
"""What the resource `support` continues from."""

EVENTS = (
    "an edit is taken back",
    "a run meets a list that is cut short",
    "a resource is renamed while its job runs",
    "its old name is taken while its job runs",
    "its old name is taken after its job",
    "a resource with an old name leaves",
    "others label a version",
    "others train in the same place",
    "a run with two spellings of the provider",
    "a state that could not be saved after a run",
    "a state that could not be saved after a destroy",
)
"""What must have happened in some sequence beside faults and kills."""

ANNOUNCED = ("create", "replace", "may train")
"""What the preview before a paid run can have told of it."""

SHARDS = ("0", "1", "2", "3")
"""Tests that the sequences are divided over, each with a seed of its own, so that all cores have work."""

REQUIRED: Mapping[str, Iterable[str]] = {
    "kill point": KILL_POINTS,
    "outcome": OUTCOMES,
    "source": SOURCES,
    "edit taken back after a replacement that was": IN_VAIN,
    "page of the list": CUTS,
    "unknown in the preview": UNKNOWN,
    "event": EVENTS,
    "announced": ANNOUNCED,
    "shard": SHARDS,
}


class Coverage:
    """Counts by group ("rule", "kill point", ...) and name."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {}

    @classmethod
    def of_json(cls, text: str) -> Self:
        coverage = cls()
        coverage.counts = {group: Counter(counts) for group, counts in json.loads(text).items()}
        return coverage

    def to_json(self) -> str:
        return json.dumps(self.counts)

    def count(self, group: str, name: str) -> None:
        self.counts.setdefault(group, Counter())[name] += 1

    def add(self, other: "Coverage") -> None:
        for group, counts in other.counts.items():
            self.counts.setdefault(group, Counter()).update(counts)

    def missing(self) -> list[str]:
        """What `REQUIRED` names and no sequence has reached, as `group: name`."""
        return [
            f"{group}: {name}"
            for group, names in REQUIRED.items()
            for name in names
            if not self.counts.get(group, Counter())[name]
        ]

    def lines(self) -> list[str]:
        """One line for each group, the most frequent first."""
        return [
            f"{group}: " + ", ".join(f"{name} {count}" for name, count in counts.most_common())
            for group, counts in self.counts.items()
        ]
