"""Problems of a dataset: the rules with their fixed ids and severities, and the first problems of each rule.

The ids are part of the contract with users: they stand in CI logs, SARIF files and suppressions.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]
Part = Literal["training", "validation"]

ERRORS: Mapping[str, str] = {
    "not-utf8": "The text is not UTF-8.",
    "not-json": "The line is not JSON.",
    "not-an-object": "The line is JSON, but not an object.",
    "unknown-field": "A key that the API's message does not have, or both spellings of one.",
    "wrong-type": "A value of another type than the API's field has.",
    "missing-field": "A required field is missing.",
    "empty-contents": "An example without turns.",
    "bad-role": "A turn with a role that the service does not know.",
    "last-turn": "The last turn has the wrong role.",
    "empty-parts": "A turn without parts.",
    "part-kind": "A part without data, with two kinds of data, or with a kind that the method does not take.",
    "openai-messages": "A line in OpenAI's chat format.",
    "completions": "A preference example without one preferred and one rejected answer.",
    "bad-references": "References that are not texts by name.",
    "reference-missing": "A reward reads a reference that the line does not have.",
    "undeclared-function": "A call of a function that the line does not declare.",
    "function-arguments": "A call with an argument that its declaration does not have.",
    "function-response-missing": "A call that no response follows.",
    "media-type": "A file of a type that the method does not take.",
    "file-too-large": "The file is larger than the service takes.",
    "too-many-examples": "More examples than the service takes.",
    "validation-too-large": "More validation examples than the service takes.",
    "no-examples": "There is nothing to train on.",
    "leakage": "The same prompt in training and validation: the evaluation measures memory.",
}
WARNINGS: Mapping[str, str] = {
    "too-long": "An example over the token limit: the service drops it without a word.",
    "media-limit": "More files than an example may have: the service drops it without a word.",
    "duplicate-line": "The same line twice.",
    "duplicate-example": "The same example twice, but for case, white space or spelling of the JSON.",
    "contradiction": "The same prompt with another answer.",
    "few-examples": "Fewer examples than Google advises.",
    "duplicate-key": "A key twice in one object: all but the last are lost.",
    "byte-order-mark": "The file begins with a byte order mark.",
    "crlf": "Lines end in CR LF.",
    "blank-line": "An empty line.",
    "not-jsonl-name": "The file's name does not end in .jsonl.",
    "near-duplicate": "Two examples that are almost the same.",
}
RULES: Mapping[str, str] = {**ERRORS, **WARNINGS}


class Finding(NamedTuple):
    """What is wrong within one line, `at` so many bytes. `severity` is given only where it is not the rule's own."""

    rule: str
    path: str
    message: str
    fix: str = ""
    at: int = 0
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a dataset. `line` counts from 1; it and `byte` are None for what is wrong with the whole file."""

    rule: str
    severity: Severity
    message: str
    fix: str = ""
    line: int | None = None
    byte: int | None = None
    path: str = ""
    part: Part = "training"


@dataclass
class Listing:
    """Counts every problem, and keeps the first `most` of each rule."""

    most: int
    counts: Counter[tuple[Severity, str]] = field(default_factory=Counter)
    wrong: set[Part] = field(default_factory=set)
    """The datasets that have an error."""
    _kept: dict[str, list[Problem]] = field(default_factory=dict)
    _last: dict[str, tuple[bool, int]] = field(default_factory=dict)  # by rule: where those end that can be listed

    def counts_only(self, rule: str, severity: Severity, part: Part, line: int) -> bool:
        """Count a problem that is too far in the file to be listed; False, and nothing is counted, for any other one.

        A file may have millions of them, and what they say takes longer than to find them.
        """
        last = self._last.get(rule)
        if last is None or (part == "validation", line) <= last:
            return False
        self.counts[severity, rule] += 1
        return True

    def add(self, problem: Problem) -> None:
        self.counts[problem.severity, problem.rule] += 1
        if problem.severity == "error":
            self.wrong.add(problem.part)
        kept = self._kept.setdefault(problem.rule, [])
        kept.append(problem)
        if len(kept) >= 2 * self.most + 100:  # repeats are found in no order
            self._kept[problem.rule] = _in_order(kept)[: self.most]
            if self.most:
                self._last[problem.rule] = _place(self._kept[problem.rule][-1])[:2]

    def add_finding(self, finding: Finding, line: int, start: int, part: Part) -> None:
        """What is wrong within the line that begins at byte `start`."""
        rule, severity = finding.rule, finding.severity or severity_of(finding.rule)
        if not self.counts_only(rule, severity, part, line):
            self.add(
                Problem(rule, severity, finding.message, finding.fix, line, start + finding.at, finding.path, part)
            )

    def listed(self) -> list[Problem]:
        """At most `most` problems in the order of the file: the first of every rule, then errors before warnings."""
        ranked = [
            (place >= 3, problem.severity == "warning", place, problem)
            for kept in self._kept.values()
            for place, problem in enumerate(_in_order(kept))
        ]
        ranked.sort(key=lambda item: (*item[:2], _place(item[3])))
        return _in_order([problem for *_, problem in ranked[: self.most]])


def severity_of(rule: str) -> Severity:
    return "error" if rule in ERRORS else "warning"


def _place(problem: Problem) -> tuple[bool, int, int, str]:
    return (problem.part == "validation", problem.line or 0, problem.byte or 0, problem.path)


def _in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=_place)
