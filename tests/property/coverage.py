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

SHARDS = ("0", "1", "2", "3")
"""Tests that the sequences are divided over, each with a seed of its own, so that all cores have work."""

REQUIRED: Mapping[str, Iterable[str]] = {"kill point": KILL_POINTS, "outcome": OUTCOMES, "shard": SHARDS}


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
