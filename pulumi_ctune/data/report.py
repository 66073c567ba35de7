"""What a look at a dataset found, typed, and as the document of `ctune validate --format json`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pulumi_ctune.data.limits import Method
from pulumi_ctune.data.problems import Problem, Severity
from pulumi_ctune.data.tokens import Counted, Tokens
from pulumi_ctune.data.weighing import Weighed


@dataclass(frozen=True)
class Validation:
    """The validation set beside it."""

    dataset: str
    size: int
    lines: int
    examples: int
    counted: Counted = field(default_factory=Counted, repr=False)


@dataclass(frozen=True)
class Report:
    """One dataset. `problems` are the first ones; `counts` are of all, by severity and rule.

    `examples` are the lines without an error. `method_from` says how the method is known. `read_all` is False
    where only the beginning was read. `sha256` is of what was read, `weighed` is what a count of some lines
    needs: both are None unless they were asked for.
    """

    dataset: str
    generation: str | None
    sha256: str | None
    method: Method
    method_from: Literal["option", "lines", "default"]
    model: str | None
    size: int
    lines: int
    examples: int
    tokens: Tokens
    problems: tuple[Problem, ...]
    counts: Mapping[tuple[Severity, str], int] = field(repr=False)
    counted: Counted = field(default_factory=Counted, repr=False)
    weighed: Weighed | None = field(default=None, repr=False)
    validation: Validation | None = None
    read_all: bool = True
    strict: bool = False

    @property
    def errors(self) -> int:
        return self._count("error")

    @property
    def warnings(self) -> int:
        return self._count("warning")

    @property
    def ok(self) -> bool:
        return not self.errors and not (self.strict and self.warnings)

    @property
    def why_nothing(self) -> str | None:
        """Why there is nothing to train on; None where there is, or may be in lines that were too long to be read."""
        if self.examples or self.counted.overlong:
            return None
        wrong = next((each for each in self.problems if each.severity == "error"), None)
        where = f"line {wrong.line:,}: " if wrong and wrong.line else ""
        return f"there is nothing to train on: {where}{wrong.message}" if wrong else "there is nothing to train on"

    def _count(self, severity: Severity) -> int:
        return sum(number for (of, _), number in self.counts.items() if of == severity)

    def as_dict(self) -> dict[str, Any]:
        """The document of the contract, in its order."""
        return {
            "dataset": self.dataset,
            "generation": self.generation,
            "sha256": self.sha256,
            "method": self.method,
            "model": self.model,
            "ok": self.ok,
            "bytes": self.size,
            "lines": self.lines,
            "examples": self.examples,
            "tokens": self.tokens.as_dict(),
            "errors": self.errors,
            "warnings": self.warnings,
            "problems": [_as_dict(problem) for problem in self.problems],
            "more_problems": self.errors + self.warnings - len(self.problems),
        }


def _as_dict(problem: Problem) -> dict[str, Any]:
    document = {
        "severity": problem.severity,
        "rule": problem.rule,
        "line": problem.line,
        "byte": problem.byte,
        "path": problem.path or None,
        "message": problem.message,
        "fix": problem.fix or None,
    }
    return document | ({"dataset": "validation"} if problem.part == "validation" else {})
