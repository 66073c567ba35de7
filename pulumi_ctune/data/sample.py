"""Lines picked at random while a dataset is read: what would take too long to find out of every line.

Every line has the same chance, whatever the length of the file (algorithm L), and the same file gives the same lines.
"""

import math
import random
from collections.abc import Sequence

SIZE = 200
LONGEST = 256 * 1024  # bytes of a line that is kept: all of them are in memory


class Sample:
    """At most `size` of the lines that it has been offered."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._kept: list[bytes] = []
        self._random = random.Random(0)
        self._offered = 0
        self._share = 1.0
        self._next = size - 1
        self._skip()

    @property
    def lines(self) -> Sequence[bytes]:
        return [line for line in self._kept if line]

    def offer(self, lines: Sequence[bytes]) -> None:
        room = self._size - len(self._kept)
        if room:
            self._kept += [_kept(line) for line in lines[:room]]
        end = self._offered + len(lines)
        while self._next < end:
            self._kept[self._random.randrange(self._size)] = _kept(lines[self._next - self._offered])
            self._skip()
        self._offered = end

    def _skip(self) -> None:
        self._share *= math.exp(math.log(1 - self._random.random()) / self._size)
        self._next += math.floor(math.log(1 - self._random.random()) / math.log1p(-self._share)) + 1


def _kept(line: bytes) -> bytes:
    return line if len(line) <= LONGEST else b""
