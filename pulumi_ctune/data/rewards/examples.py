"""The lines of a dataset that a reward is tried on, as the service hands them to rewards: in camelCase."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_ctune.core.content import Content
from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.data import lines, schema, slow_check
from pulumi_ctune.data.problems import Finding, severity_of
from pulumi_ctune.data.rewards.config import NOT_TRIED

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Example:
    """One line; `line` counts from 1, and is 0 for an example that no dataset has."""

    line: int
    content: Mapping[str, Any]

    @property
    def references(self) -> Mapping[str, str]:
        found: Mapping[str, str] = self.content.get("references", {})
        return found


@dataclass
class Examples:
    """The examples to try, in the order of their lines, of `total`; `wrong` is how many lines are none. `is_cut`: only
    the beginning of the dataset was read.
    """

    tried: list[Example] = field(default_factory=list)
    total: int = 0
    wrong: int = 0
    first_wrong: str = ""
    is_cut: bool = False

    @property
    def is_all(self) -> bool:
        """Whether there are no others in the dataset."""
        return not self.is_cut and len(self.tried) == self.total


def read(source: Content, most: int | None = None, *, is_cut: bool = False) -> Examples:
    """All examples, or so many chosen at random, but always the same ones of the same dataset. `is_cut`: the source is
    the beginning of a dataset, and ends in the middle of a line.

    Raises `CtuneError` for what cannot be read, or holds no example.
    """
    found, choice = Examples(is_cut=is_cut), random.Random(0)
    for number, line in _lines(source, is_cut):
        finding, content = _example(line)
        if finding is not None:
            found.wrong += finding.rule != "blank-line"
            found.first_wrong = found.first_wrong or f"line {number}: {finding.message}"
            continue
        found.total += 1
        if most is None or found.total <= most:
            found.tried.append(Example(number, content))
        elif (place := choice.randrange(found.total)) < most:
            found.tried[place] = Example(number, content)
    if not found.tried:
        raise InvalidInputError(
            NOT_TRIED,
            where=source.name,
            why=f"no line is an example of reinforcement tuning ({found.first_wrong or 'there is none'})",
            next_step="`ctune validate --method rft` tells all problems.",
        )
    found.tried.sort(key=lambda example: example.line)
    return found


def made_up(names: frozenset[str]) -> Examples:
    """One example with these references, for a reward without a dataset."""
    content = {
        "contents": [{"role": "user", "parts": [{"text": "A question."}]}],
        "references": {name: f"The {name}." for name in sorted(names)},
    }
    return Examples([Example(0, content)], total=1)


def _lines(source: Content, is_cut: bool) -> Iterator[tuple[int, bytes]]:
    for block in lines.blocks(source.pieces()):
        if is_cut and not block.ended:
            return
        for number, line in enumerate(block.lines, block.number):
            yield number, line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line


def _example(line: bytes) -> tuple[Finding | None, Mapping[str, Any]]:
    findings, _ = slow_check.examine("rft", line)
    for finding in findings:
        if finding.rule == "blank-line" or (finding.severity or severity_of(finding.rule)) == "error":
            return finding, {}
    parsed = slow_check.parse(line)
    return (parsed, {}) if isinstance(parsed, Finding) else (None, schema.read("rft", parsed[0])[0])
