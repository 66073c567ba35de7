"""How many digits and how much white space a dataset has at most: what makes the band of its tokens wider.

Small datasets are looked at whole. Of larger ones, examples are picked in proportion to their length, so that a few
long ones cannot hide among many short ones: the file is parted into some hundred stretches of the same length, and the
example at a place of each that is drawn at random counts for the stretch. What such picks may have missed is added. The
same file gives the same picks.
"""

import math
import random
from dataclasses import dataclass, field
from typing import NamedTuple

from pulumi_ctune.data.example import Example
from pulumi_ctune.data.limits import Method

_WHOLE_BYTES = 1 << 18  # up to here all is looked at
_MOST_PICKS = 512
_STRETCH = 1024  # bytes for each pick, in the beginning
_WINDOW = 512  # characters of a long text that are looked at
_DIGITS = b"0123456789"
_DEVIATIONS, _RARE = 3, 7
"""What is added: standard deviations of the sum, and as many picks. One sample in a thousand misses more."""


class _Found(NamedTuple):
    """Digits, and white space after white space."""

    digits: float
    padding: float


@dataclass
class Shares:
    """Is shown the examples in the order of the file."""

    _whole: list[_Found] = field(default_factory=list)
    _is_whole: bool = True
    _picks: dict[int, _Found] = field(default_factory=dict)  # by number of the stretch; by byte of the line
    _stretch: int = _STRETCH
    _number: int = 0
    _next: float = 0.0
    _random: random.Random = field(default_factory=lambda: random.Random(0))

    def look(self, method: Method, example: Example, start: int, size: int) -> float:
        """Look at an example whose line of `size` bytes begins at byte `start`. Returns the byte where the next look
        is due: examples before may be left out.
        """
        end = start + size + 1
        found = None
        while self._next < end:
            if self._next >= start:
                found = found or _found(method, example, self._random)
                self._picks[self._number] = _Found(found.digits / size, found.padding / size)
            self._advance()
        if self._is_whole:
            self._whole.append(_found(method, example, None))
            self._is_whole = end <= _WHOLE_BYTES
        return end if self._is_whole else self._next

    def _advance(self) -> None:
        if self._number % 2 and self._number >= _MOST_PICKS:
            self._number //= 2
            self._stretch *= 2
            kept = ((number, 2 * number + self._random.randrange(2)) for number in range(self._number + 1))
            self._picks = {number: self._picks[one] for number, one in kept if one in self._picks}
        self._number += 1
        self._next = (self._number + self._random.random()) * self._stretch

    @property
    def digits(self) -> float:
        """Characters at most that are digits, each as often as it is billed."""
        return self._most([each.digits for each in self._whole], [each.digits for each in self._picks.values()])

    @property
    def padding(self) -> float:
        """Characters at most that are white space after white space: a row of blanks may be one token."""
        return self._most([each.padding for each in self._whole], [each.padding for each in self._picks.values()])

    def _most(self, whole: list[float], picks: list[float]) -> float:
        if self._is_whole:
            return sum(whole)
        number = max(len(picks), 1)
        mean = sum(picks) / number
        squares = sum((each - mean) ** 2 for each in picks)
        return self._stretch * (sum(picks) + _DEVIATIONS * math.sqrt(squares) + _RARE)


def _found(method: Method, example: Example, draw: random.Random | None) -> _Found:
    """What an example has; of long texts, told from a part that `draw` chooses."""
    texts = [example.prompt] if method == "rft" else [example.prompt, example.answer]
    times = [2, 1] if method == "dpo" else [1, 1]
    found = [_in(text, draw) for text in texts]
    return _Found(*(sum(n * each[index] for n, each in zip(times, found, strict=False)) for index in (0, 1)))


def _in(text: str, draw: random.Random | None) -> _Found:
    length = len(text)
    if draw and length > _WINDOW:
        first = draw.randrange(length - _WINDOW)
        text = text[first : first + _WINDOW]
    times = length / len(text) if text else 0.0
    encoded = text.encode()
    digits = len(encoded) - len(encoded.translate(None, _DIGITS))
    return _Found(digits * times, (len(text) - len(" ".join(text.split()))) * times)
