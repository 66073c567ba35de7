"""Lines of a stream of bytes, each with its number and its place, in memory that does not grow with the file."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

LONGEST = 8 * 1024 * 1024
"""Bytes of a line that is still read as an example: far above what any limit on tokens leaves, and it has to be held
in memory several times over."""

_SHOWN = 4096  # bytes of a longer line that are looked at


class Block(NamedTuple):
    """Consecutive lines without their line feeds; `number` and `start` (a byte's offset) are those of the first one.

    `overlong` says how long the one line of this block is where that is more than `LONGEST`, and only its beginning is
    held. `ended` is False for what comes after the last line feed.
    """

    lines: list[bytes]
    number: int
    start: int
    overlong: int = 0
    ended: bool = True


def blocks(pieces: Iterable[bytes], start: int = 0) -> Iterator[Block]:
    """All lines of what `pieces` are together, of which the first byte is the file's at `start`.

    An end of the file without a line feed ends a line too.
    """
    held: list[bytes] = []  # of a line whose end has not come yet
    size = 0
    number = 1
    for piece in pieces:
        end = piece.rfind(b"\n")
        if end < 0:
            size += len(piece)
            if size <= LONGEST or not held:
                held.append(piece)
            else:
                held = [b"".join(held)[:_SHOWN]]
            continue
        lines = piece.split(b"\n")
        rest, first = lines.pop(), len(lines[0])
        if size + first > LONGEST:
            yield Block([b"".join((*held, lines[0][:_SHOWN]))[:_SHOWN]], number, start, overlong=size + first)
            number, start = number + 1, start + size + first + 1
            del lines[0]
            end -= first + 1
        elif held:
            lines[0] = b"".join((*held, lines[0]))
            end += size
        if lines:
            yield Block(lines, number, start)
            number, start = number + len(lines), start + end + 1
        held, size = [rest] if rest else [], len(rest)
    if size > LONGEST:
        yield Block([b"".join(held)[:_SHOWN]], number, start, size, ended=False)
    elif size:
        yield Block([b"".join(held)], number, start, ended=False)
