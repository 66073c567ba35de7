"""Files below `STATE_DIR/buckets/BUCKET/` that are objects of that bucket, without a step that copies them.

Owns the way from object names to files and back; knows no HTTP and nothing of generations. Directories behind symbolic
links are followed, names that start with a dot are not objects. No name leads out of its bucket's directory
by `..`.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class FileMark(NamedTuple):
    """What tells one content of a file from the next."""

    size: int
    mtime_ns: int


class PreloadedBuckets:
    """The directory `STATE_DIR/buckets`; it need not exist."""

    def __init__(self, state_dir: Path) -> None:
        self._root = state_dir / "buckets"

    def names(self) -> list[str]:
        """The buckets that have a directory, sorted."""
        try:
            return sorted(entry.name for entry in self._root.iterdir() if entry.is_dir() and entry.name[0] != ".")
        except OSError:
            return []

    def has(self, bucket: str) -> bool:
        return _is_plain(bucket) and (self._root / bucket).is_dir()

    def mark(self, bucket: str, object_name: str) -> FileMark | None:
        """None where no file stands for this object."""
        path = self._path(bucket, object_name)
        try:
            if path is None or not path.is_file():
                return None
            status = path.stat()
        except (OSError, ValueError):  # a name too long, or one with a NUL, is no file's
            return None
        return FileMark(status.st_size, status.st_mtime_ns)

    def read(self, bucket: str, object_name: str) -> bytes | None:
        path = self._path(bucket, object_name)
        try:
            return None if path is None else path.read_bytes()
        except (OSError, ValueError):
            return None

    def object_names(self, bucket: str) -> Iterator[str]:
        """Names of all files of a bucket, in no order."""
        if not self.has(bucket):
            return
        base = self._root / bucket
        entered: set[str] = set()  # a link to a directory above would never end
        for directory, subdirectories, files in os.walk(base, followlinks=True):
            real = os.path.realpath(directory)
            if real in entered:
                subdirectories.clear()
                continue
            entered.add(real)
            subdirectories[:] = [name for name in subdirectories if _is_plain(name)]
            for name in files:
                if _is_plain(name):
                    yield (Path(directory) / name).relative_to(base).as_posix()

    def _path(self, bucket: str, object_name: str) -> Path | None:
        segments = [bucket, *object_name.split("/")]
        return self._root.joinpath(*segments) if all(map(_is_plain, segments)) else None


def _is_plain(segment: str) -> bool:
    if not segment or segment[0] == "." or "/" in segment or "\\" in segment:
        return False
    try:
        segment.encode()  # file names that are not UTF-8 reach Python as lone surrogates
    except UnicodeEncodeError:
        return False
    return True
