"""Examples that are almost the same: opt-in, since it takes ten times as long as everything else.

Texts are compared by their runs of five words. Of each example the 32 smallest hashes of such runs are kept; two
examples of which at least 80 % of these are common are near duplicates. Only the first `MOST` examples take part.
"""

import heapq
from array import array
from typing import NamedTuple
from zlib import crc32

from pulumi_ctune.data.example import Example

MOST = 100_000  # examples; about 0.8 kB each
_WORDS = 5
_KEPT = 32
_KEYS = 4  # hashes by which an earlier example is found
_ALIKE = 0.8


class _Sketch(NamedTuple):
    hashes: "array[int]"  # the smallest ones
    number: int
    whole: int


class NearDuplicates:
    """Takes the examples of one dataset in their order; `add` answers the line that one is almost the same as."""

    def __init__(self) -> None:
        self._sketches: list[_Sketch] = []
        self._by_hash: dict[int, int] = {}  # the place of the first example with this hash among its smallest

    def add(self, example: Example, number: int) -> int | None:
        if len(self._sketches) >= MOST:
            return None
        prompt = "" if example.is_alone else example.prompt
        # Python's own hash of a text is another one in each process, and so would be what is found.
        words = [crc32(word.encode(errors="surrogatepass")) for word in f"{prompt}\n{example.answer}".lower().split()]
        if len(words) < _WORDS:
            return None
        runs = {hash(run) for run in zip(*(words[offset:] for offset in range(_WORDS)), strict=False)}
        smallest = heapq.nsmallest(_KEPT, runs)
        sketch = _Sketch(array("q", smallest), number, hash(tuple(words)))
        keys = smallest[:_KEYS]
        near = {self._by_hash[key] for key in keys if key in self._by_hash}
        place = len(self._sketches)
        self._sketches.append(sketch)
        for key in keys:
            self._by_hash.setdefault(key, place)
        for other in map(self._sketches.__getitem__, sorted(near)):
            if other.whole == sketch.whole:  # duplicates have a rule of their own
                return None
            if _likeness(sketch.hashes, other.hashes) >= _ALIKE:
                return other.number
        return None


def _likeness(one: "array[int]", other: "array[int]") -> float:
    """The share of runs that two texts have in common, as far as their smallest hashes tell."""
    both = {*one} & {*other}
    smallest = heapq.nsmallest(_KEPT, {*one, *other})
    return sum(value in both for value in smallest) / len(smallest)
