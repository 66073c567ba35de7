"""Where the bytes of a dataset come from: a file, or a stream such as stdin.

Each is a `core.content.Content`, read once, in pieces of any size. Whatever cannot be read is one `CtuneError` with the
name as the user typed it. Knows nothing of lines. Objects are `vertex.stored_dataset`'s.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pulumi_ctune.core.errors import CtuneError, InvalidInputError

NOT_CHECKED = "the dataset was not checked"
_PIECE = 256 * 1024  # bytes; larger ones leave the processor's cache before their lines are looked at
_KINDS = {
    stat.S_IFDIR: "it is a folder",
    stat.S_IFCHR: "it is a device",
    stat.S_IFBLK: "it is a device",
    stat.S_IFSOCK: "it is a socket",
}


@dataclass(frozen=True)
class Stream:
    """Bytes that come once, from a pipe: their number is not known."""

    name: str
    stream: BinaryIO
    size: None = None
    generation: None = None
    encoding: str = ""

    def pieces(self) -> Iterator[bytes]:
        try:
            yield from _to_the_end(self.stream.fileno())
        except OSError as error:
            raise _unreadable(self.name, error) from None


@dataclass(frozen=True)
class File:
    """A file of this machine, or a named pipe that somebody writes to."""

    path: Path
    name: str
    size: int | None
    generation: None = None
    encoding: str = ""

    def pieces(self) -> Iterator[bytes]:
        try:
            # Opening a pipe that nobody writes to would wait for ever.
            descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise _unreadable(self.name, error) from None
        with contextlib.closing(os.fdopen(descriptor, "rb", buffering=0)) as file:
            yield from self._read(file.fileno())

    def _read(self, descriptor: int) -> Iterator[bytes]:
        try:
            before = os.fstat(descriptor)
            if stat.S_ISFIFO(before.st_mode):
                yield from self._read_pipe(descriptor)
                return
            if not before.st_size:  # nobody knows it before: files that the system makes while they are read
                yield from _to_the_end(descriptor)
                return
            left = before.st_size
            while left and (piece := os.read(descriptor, min(left, _PIECE))):
                left -= len(piece)
                yield piece
            after = os.fstat(descriptor)
        except OSError as error:
            raise _unreadable(self.name, error) from None
        if left or (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise CtuneError(
                NOT_CHECKED,
                where=self.name,
                why="the file changed while it was read",
                next_step="Check it again when nothing writes to it any more.",
            )

    def _read_pipe(self, descriptor: int) -> Iterator[bytes]:
        try:
            piece = os.read(descriptor, _PIECE)
        except BlockingIOError:  # there is a writer, which has not written yet
            piece = None
        if piece == b"":
            raise CtuneError(
                NOT_CHECKED,
                where=self.name,
                why="nobody writes to this pipe",
                next_step="Name a file.",
            )
        os.set_blocking(descriptor, True)
        if piece:
            yield piece
        yield from _to_the_end(descriptor)


def _to_the_end(descriptor: int) -> Iterator[bytes]:
    while piece := os.read(descriptor, _PIECE):
        yield piece


def open_file(text: str) -> File:
    """The file of this name. Raises `InvalidInputError` for a name of something that holds no lines."""
    if not text:
        raise InvalidInputError(NOT_CHECKED, why="its name is empty", next_step="Name a file.")
    path = Path(text)
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        raise _unreadable(text, error) from None
    if why := _KINDS.get(stat.S_IFMT(found.st_mode)):
        next_step = "Name the file in it." if stat.S_ISDIR(found.st_mode) else "Name a file, or pipe into `-`."
        raise InvalidInputError(NOT_CHECKED, where=text, why=why, next_step=next_step)
    return File(path, text, None if stat.S_ISFIFO(found.st_mode) else found.st_size or None)


def _unreadable(name: str, error: OSError | ValueError) -> CtuneError:
    why = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return CtuneError(NOT_CHECKED, where=name, why=f"it cannot be read: {why}")
