"""The same line, example or prompt twice, in memory that does not grow with the file.

Each example leaves 32 bytes: digests of its prompt and its answer, a mark of the bytes of its line, its place. Texts
are compared without case (ASCII) and without white space at their ends. Records go into buckets by the last bits of
their prompt; those beyond `MOST_HELD` go into a temporary file, and at the end one bucket at a time comes back. A bound
for 1 GB of lines of 100 bytes: 32 MB are held, a bucket's index has about 20 MB, 0.35 GB lie on disk.

Digests are Python's own of 64 bits, salted in each process. That two different prompts among ten million are taken for
one has a chance of three in a million.
"""

import struct
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.data.dataset_source import NOT_CHECKED
from pulumi_ctune.data.example import Example
from pulumi_ctune.data.problems import Part

MOST_HELD = 1 << 20  # examples
_BUCKETS = 64
_RECORD = struct.Struct("=qqIIq")  # prompt, answer, mark of the line, its number, its place
_COLUMNS = _RECORD.size // 8
_READ = 65_536 * _RECORD.size  # bytes that come back from the file at a time: all may be in one bucket
_HALF = (1 << 32) - 1
_LAST = _BUCKETS - 1
_SWAPPED = 2  # in a place: byte * 4 + swapped * 2 + validation
_pack = _RECORD.pack
_MOST_ANSWERS = 10_000  # of one prompt that are told apart; further ones are contradictions, whatever they repeat


class Repeat(NamedTuple):
    """A later example that repeats something: `rule` says what, `first` is the line of the earlier one."""

    rule: str
    part: Part
    line: int
    start: int
    first: int


class Repeats:
    """Takes examples in the order of the file, training before validation, and then tells the repeats. A context."""

    def __init__(self, most_held: int = MOST_HELD) -> None:
        self._most_held = most_held
        self._buckets = [bytearray() for _ in range(_BUCKETS)]
        self._held = 0
        self._spilled: BinaryIO | None = None
        self._runs: list[list[tuple[int, int]]] = [[] for _ in range(_BUCKETS)]  # offset and bytes in the file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._spilled:
            self._spilled.close()

    def add(
        self,
        examples: Sequence[Example | None],
        lines: Sequence[bytes],
        number: int,
        starts: Sequence[int],
        is_validation: bool = False,
    ) -> None:
        """Add the examples of consecutive lines, None for one that is not right. `number` is that of the first line,
        `starts` are the offsets of their bytes (and of the end).
        """
        buckets = self._buckets
        for index, (example, line, start) in enumerate(zip(examples, lines, starts, strict=False), number):
            if example is not None:
                prompt = answer = hash(example.answer.encode().strip().lower())
                if example.prompt and not example.is_alone:  # whatever stands alone has no other answer
                    prompt = hash(example.prompt.encode().strip().lower())
                place = start << 2 | is_validation
                if example.swapped:
                    place |= _SWAPPED
                buckets[prompt & _LAST].extend(_pack(prompt, answer, hash(line) & _HALF, index, place))
        self._held += len(examples)
        if self._held >= self._most_held:
            try:
                self._spill()
            except OSError as error:
                where, why = f"temporary files in {tempfile.gettempdir()}", error.strerror or str(error)
                raise CtuneError(
                    NOT_CHECKED, where=where, why=why, next_step="Set TMPDIR to a folder with room."
                ) from None

    def _spill(self) -> None:
        if self._spilled is None:
            self._spilled = tempfile.TemporaryFile(prefix="ctune-")  # noqa: SIM115 (closed in __exit__)
        for bucket, runs in zip(self._buckets, self._runs, strict=True):
            if bucket:
                runs.append((self._spilled.tell(), len(bucket)))
                self._spilled.write(bucket)
                bucket.clear()
        self._held = 0

    def found(self) -> Iterator[Repeat]:
        """All repeats, in no order of lines."""
        for index in range(_BUCKETS):
            twice = _twice(self._runs_of(index))
            if twice:
                yield from _repeats_in(self._runs_of(index), twice)

    def _runs_of(self, index: int) -> Iterator["array[int]"]:
        """The records of one bucket in the order in which they came, not all at a time."""
        for offset, size in self._runs[index]:
            assert self._spilled
            for begin in range(offset, offset + size, _READ):
                self._spilled.seek(begin)
                yield array("q", self._spilled.read(min(_READ, offset + size - begin)))
        yield array("q", bytes(self._buckets[index]))


def _twice(runs: Iterator["array[int]"]) -> set[int]:
    """The prompts that are there more than once."""
    once: set[int] = set()
    twice: set[int] = set()
    for run in runs:
        for prompt in run[::_COLUMNS]:
            if prompt in once:
                twice.add(prompt)
            else:
                once.add(prompt)
    return twice


class _Record(NamedTuple):
    prompt: int
    answer: int
    mark: int
    number: int
    place: int


class _Seen:
    """The examples of one prompt in one dataset so far: the first, and the first of each answer."""

    def __init__(self, first: _Record) -> None:
        self.first = first
        self.answers = {first.answer: first}

    def rule_of(self, record: _Record) -> tuple[str, _Record]:
        """What the record repeats, and which one."""
        same = self.answers.get(record.answer)
        if same is None:
            if len(self.answers) < _MOST_ANSWERS:
                self.answers[record.answer] = record
            return "contradiction", self.first
        if (same.place ^ record.place) & _SWAPPED:
            return "contradiction", same
        return ("duplicate-line" if same.mark == record.mark else "duplicate-example"), same


def _repeats_in(runs: Iterator["array[int]"], twice: set[int]) -> Iterator[Repeat]:
    seen: tuple[dict[int, _Seen], dict[int, _Seen]] = ({}, {})  # of training, of validation
    for run in runs:
        for begin in range(0, len(run), _COLUMNS):
            prompt = run[begin]
            if prompt not in twice:
                continue
            record = _Record(*_RECORD.unpack_from(run, begin * run.itemsize))
            is_validation = record.place & 1
            part: Part = "validation" if is_validation else "training"
            if is_validation and (trained := seen[0].get(prompt)):
                yield Repeat("leakage", part, record.number, record.place >> 2, trained.first.number)
            before = seen[is_validation].get(prompt)
            if before is None:
                seen[is_validation][prompt] = _Seen(record)
                continue
            rule, first = before.rule_of(record)
            yield Repeat(rule, part, record.number, record.place >> 2, first.number)
