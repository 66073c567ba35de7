"""What a count of some lines needs to tell the tokens of all: lengths of all lines, a sample, and the longest ones.

Filled while a dataset is read, where that is asked for: it takes time for every line. Counts nothing itself.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pulumi_ctune.data.example import Example
from pulumi_ctune.data.limits import LIMITS, Method
from pulumi_ctune.data.tokens import weighted_length

_MOST_LONG = 16  # lines that are kept since they may be above the limit
_LONGEST = 2**20  # bytes of such a line: what is longer is above it whatever its language


class LongLine(NamedTuple):
    """A line that may have more tokens than an example may. The order is that of the heap."""

    length: float
    number: int
    line: bytes


@dataclass
class Weighed:
    """Class-weighted lengths of all examples. `sample` are right lines that were chosen at random."""

    method: Method
    length: float = 0.0
    sample: list[bytes] = field(default_factory=list)
    longest: list[LongLine] = field(default_factory=list)

    def add(self, examples: Sequence[Example]) -> None:
        """Add some examples at once: long texts take less time than many short ones."""
        prompts = weighted_length("".join([example.prompt for example in examples]))
        answers = weighted_length("".join([example.answer for example in examples])) if self.method != "rft" else 0.0
        self.length += (2 * prompts if self.method == "dpo" else prompts) + answers

    def keep_long(self, example: Example, line: bytes, number: int) -> None:
        """Keep the line if it is among the longest of those that are near the limit, or above it."""
        if example.length <= LIMITS[self.method].tokens or len(line) > _LONGEST:
            return  # no token has less than a character
        kept = LongLine(limited_length(example, self.method), number, line)
        if len(self.longest) < _MOST_LONG:
            heapq.heappush(self.longest, kept)
        else:
            heapq.heappushpop(self.longest, kept)


def billed_length(example: Example, method: Method) -> float:
    """The weighted length of what one epoch bills: a prompt of a preference twice, references never."""
    prompt = weighted_length(example.prompt)
    if method == "rft":
        return prompt
    return (2 * prompt if method == "dpo" else prompt) + weighted_length(example.answer)


def limited_length(example: Example, method: Method) -> float:
    """The weighted length of what the limit of an example counts."""
    prompt = weighted_length(example.prompt)
    if method == "rft":
        return prompt
    answers = example.answer.split("\0") if method == "dpo" else [example.answer]
    return prompt + max(map(weighted_length, answers))
