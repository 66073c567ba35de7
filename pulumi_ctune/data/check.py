"""Check a dataset, and the validation set beside it: the one entry of this package.

Reads each source once, from its beginning to its end. Lines go through `fast_check`, and what that refuses through
`slow_check`; what is known only of all lines (counts, repeats, tokens) comes at the end.
"""

import hashlib
import itertools
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pulumi_ctune.core.content import Content
from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.data import first_bytes, lines, slow_check, whole_dataset
from pulumi_ctune.data import method as methods
from pulumi_ctune.data.example import Example, billed_texts
from pulumi_ctune.data.fast_check import Reader
from pulumi_ctune.data.limits import LIMITS, MOST_BYTES, Method
from pulumi_ctune.data.lines import Block
from pulumi_ctune.data.near_repeats import NearDuplicates
from pulumi_ctune.data.problems import Finding, Listing, Part, Problem, severity_of
from pulumi_ctune.data.repair import Repairs
from pulumi_ctune.data.repeats import Repeats
from pulumi_ctune.data.report import Report, Validation
from pulumi_ctune.data.sample import Sample
from pulumi_ctune.data.text_bounds import token_bounds
from pulumi_ctune.data.tokens import Counted
from pulumi_ctune.data.weighing import Weighed

MOST_PROBLEMS = 50
MOST_READ = 2 * MOST_BYTES
"""Bytes of what has no size: it is too large long before, and what writes it may never end."""

Progress = Callable[[int], None]
"""Called with the number of bytes that were read since the last call."""


@dataclass(frozen=True)
class Options:
    """How to look. `method` None: told from the first lines. `head`: only so many bytes of each dataset are read.

    `references` are the names that a reward reads, `looked_up` those that its snippet looks up; `digest` asks for the
    content's SHA-256, `weigh` for what a count of some lines needs.
    """

    method: Method | None = None
    model: str | None = None
    references: frozenset[str] = frozenset()
    looked_up: frozenset[str] = frozenset()
    most_problems: int = MOST_PROBLEMS
    head: int | None = None
    strict: bool = False
    digest: bool = False
    near_duplicates: bool = False
    weigh: bool = False


def check_dataset(
    training: Content,
    validation: Content | None = None,
    options: Options = Options(),
    progress: Progress = lambda _: None,
    repairs: Repairs | None = None,
) -> Report:
    """Read and check a dataset. Raises `CtuneError` where it cannot be read; what is wrong with it is in the report.

    `repairs` gets all lines of the training set on the way.
    """
    listing = Listing(options.most_problems)
    with Repeats() as repeats:
        first = _Scan(training, "training", options, listing, repeats, progress, repairs)
        first.run(options.method)
        second = None
        if validation is not None:
            second = _Scan(validation, "validation", options, listing, repeats, progress)
            second.run(first.method)
        for repeat in repeats.found():
            if not listing.counts_only(repeat.rule, severity_of(repeat.rule), repeat.part, repeat.line):
                listing.add(whole_dataset.of_repeat(repeat))
    whole_dataset.check_counts(first.seen, second.seen if second else None, first.method, listing, head=first.cut)
    return Report(
        dataset=training.name,
        generation=training.generation,
        sha256=first.digest.hexdigest() if first.digest else None,
        method=first.method,
        method_from="option" if options.method else "lines" if first.shows_method else "default",
        model=options.model,
        size=first.seen.size,
        lines=first.seen.lines,
        examples=first.seen.examples,
        tokens=first.counted.band(first.method),
        counted=first.counted,
        weighed=first.weighed,
        problems=tuple(listing.listed()),
        counts=dict(listing.counts),
        validation=_validation(second) if second else None,
        read_all=not first.cut,
        strict=options.strict,
    )


@dataclass
class _Scan:
    """One dataset on its way through."""

    source: Content
    part: Part
    options: Options
    listing: Listing
    repeats: Repeats
    progress: Progress
    repairs: Repairs | None = None
    method: Method = "sft"
    counted: Counted = field(default_factory=Counted)
    weighed: Weighed | None = None
    cut: bool = False
    shows_method: bool = False

    def __post_init__(self) -> None:
        self.seen = whole_dataset.Seen(self.source.name, self.part, self.source.size, self.source.encoding)
        self.digest = hashlib.sha256() if self.options.digest else None
        self._sample = Sample()
        self._end = 0  # of the last line that was looked at
        self._due = 0.0  # the byte at which `ends` look at the next one
        self._near = NearDuplicates() if self.options.near_duplicates else None

    def run(self, method: Method | None) -> None:
        pieces = self._pieces()
        start = b""
        for piece in pieces:
            start += piece
            if len(start) >= first_bytes.LENGTH:
                break
        if finding := first_bytes.other_format(start):
            self._no_lines(method, whole_dataset.of_file(finding, self.part))
            return
        mark = first_bytes.byte_order_mark(start)
        if mark:
            finding = Finding("byte-order-mark", "$", "the file begins with a byte order mark", "Take it out.")
            self.listing.add_finding(finding, 1, 0, self.part)
        blocks = lines.blocks(itertools.chain([start[mark:]], pieces), start=mark)
        first = next(blocks, None)
        if first and (finding := first_bytes.over_many_lines(first.lines)):
            self._no_lines(method, whole_dataset.of_file(finding, self.part, line=1))
            return
        recognized = methods.recognized_in(first.lines[: methods.LINES]) if first and not first.overlong else None
        self.shows_method = recognized is not None
        self.method = method or recognized or self.method
        reader = Reader(self.method, self.options.references | self.options.looked_up)
        if self.options.weigh and self.part == "training":
            self.weighed = Weighed(self.method)
        for block in itertools.chain([first] if first else [], blocks):
            if self.cut and not block.ended and not block.overlong:
                break  # what follows may make it right; nothing does that to a line that is too long already
            if block.overlong:
                self._overlong(block)
            else:
                self._check(block, reader)
        if self.cut and self.repairs is not None:
            why = f"it has more than {MOST_READ:,} bytes, which is too much for a dataset"
            raise CtuneError("nothing was repaired", where=self.source.name, why=why)
        if self.weighed is not None:
            is_right = (reader.read(line) or self._is_right(line) for line in self._sample.lines)
            self.weighed.sample += itertools.compress(self._sample.lines, is_right)
        if self.cut:
            self.counted.read = self._end
            self.counted.unread = max(0, (self.source.size or MOST_BYTES) - self._end)
            self.counted.is_known = self.source.size is not None

    def _no_lines(self, method: Method | None, problem: Problem) -> None:
        """The whole file is one problem."""
        if self.repairs is not None:
            why = problem.message
            raise CtuneError("nothing was repaired", where=self.source.name, why=why, next_step=problem.fix)
        self.method = method or self.method
        self.listing.add(problem)
        self.seen.unreadable = True

    def _pieces(self) -> Iterator[bytes]:
        left = self.options.head
        if self.source.size is None and (left is None or left > MOST_READ):
            left = MOST_READ
        for piece in self.source.pieces():
            if left is not None and len(piece) > left:
                piece = piece[:left]
                self.cut = True
            self.seen.size += len(piece)
            if self.digest:
                self.digest.update(piece)
            self.seen.crlf += piece.count(b"\r\n") if b"\r" in piece else 0
            self.progress(len(piece))
            yield piece
            if left is not None:
                left -= len(piece)
            if self.cut:
                return

    def _check(self, block: Block, reader: Reader) -> None:
        """Go over the lines several times, each time for one purpose: that is faster than once for all of them, since
        most of what can be asked for is not asked for, and most of what can be wrong is not.
        """
        lines, number = block.lines, block.number
        starts = [*itertools.accumulate([len(line) + 1 for line in lines], initial=block.start)]
        examples = reader.read_all(lines)
        if self.repairs is not None:
            for line, example in zip(lines, examples, strict=True):
                self._repair(self.repairs, line, example)
        if not all(examples):
            for index, example in enumerate(examples):
                if example is None:
                    examples[index] = self._examine(lines[index], number + index, starts[index])
        right = [*filter(None, examples)]
        self._count(right)
        left_out = self._hold_to_limits(examples, number, starts)
        self._look_at_some(examples, starts, left_out)
        self.repeats.add(examples, lines, number, starts, self.part == "validation")
        if self._near is not None:
            for index, example in enumerate(examples):
                if example is not None and (like := self._near.add(example, number + index)):
                    self.listing.add_finding(whole_dataset.nearly(like), number + index, starts[index], self.part)
        if self.weighed is not None:
            for index, example in enumerate(examples):
                if example is not None:
                    self.weighed.keep_long(example, lines[index], number + index)
            self.weighed.add(right)
            self._sample.offer(lines)
        self._end = starts[-1]
        self.seen.examples += len(right)
        self.seen.lines += len(lines)

    def _count(self, right: list[Example]) -> None:
        counted = self.counted
        counted.prompts += sum([example.asked for example in right])
        counted.answers += sum([example.answered for example in right])
        counted.repeated += sum([example.repeated for example in right])
        counted.declared += sum([example.declared for example in right])
        counted.turns = max([counted.turns, *[example.turns for example in right]])

    def _hold_to_limits(self, examples: list[Example | None], number: int, starts: list[int]) -> set[int]:
        """Returns the places of those that the service may not take."""
        most = LIMITS[self.method].tokens
        return {
            index
            for index, example in enumerate(examples)
            if example is not None
            and (example.length > most or example.media)
            and not self._is_taken(example, number + index, starts[index])
        }

    def _look_at_some(self, examples: list[Example | None], starts: list[int], left_out: set[int]) -> None:
        counted = self.counted
        if self.method == "rft" and self.seen.examples <= LIMITS["rft"].examples:
            counted.least += [
                token_bounds(billed_texts("rft", example)[0])[0]
                for index, example in enumerate(examples)
                if example is not None and index not in left_out
            ]
        index = -1
        while (index := bisect_left(starts, self._due + 1, index + 2) - 1) < len(examples):  # the next one that is due
            example = examples[index]
            if example is not None:
                start, size = starts[index], starts[index + 1] - starts[index] - 1
                self._due = counted.ends.look(self.method, example, start, size, counts=index not in left_out)

    def _repair(self, repairs: Repairs, line: bytes, example: Example | None) -> None:
        if example is not None:
            repairs.keep(line)
        else:
            repairs.mend(self.method, line.removesuffix(b"\r"), self.options.references)

    def _examine(self, line: bytes, number: int, start: int) -> Example | None:
        findings, example = slow_check.examine(self.method, line, self.options.references)
        if example is not None and self.options.looked_up and self.method == "rft":
            findings = [*findings, *slow_check.not_found(line, self.options.looked_up)]
        for finding in findings:
            self.listing.add_finding(finding, number, start, self.part)
        return example

    def _is_taken(self, example: Example, number: int, start: int) -> bool:
        """Returns whether the service certainly takes it."""
        self.counted.media += len(example.media)
        self.seen.with_files += bool(example.media)
        for finding in whole_dataset.of_model(self.method, self.options.model, example):
            self.listing.add_finding(finding, number, start, self.part)
        findings = [*whole_dataset.over_limits(self.method, example)]
        for finding in findings:
            self.listing.add_finding(finding, number, start, self.part)
        if not findings and not whole_dataset.may_be_too_long(self.method, example):
            return True
        self.counted.leave_out(self.method, example, certain=bool(findings))
        return False

    def _is_right(self, line: bytes) -> bool:
        return slow_check.examine(self.method, line, self.options.references)[1] is not None

    def _overlong(self, block: Block) -> None:
        if self.repairs is not None:
            why = f"line {block.number:,} has {block.overlong:,} bytes, which is too much to be copied"
            raise CtuneError("nothing was repaired", where=self.source.name, why=why)
        self.seen.lines += 1
        self.counted.overlong += 1
        self._end = block.start + block.overlong + 1
        finding = whole_dataset.overlong(block, is_cut=self.cut and not block.ended)
        self.listing.add_finding(finding, block.number, block.start, self.part)


def _validation(scan: _Scan) -> Validation:
    seen = scan.seen
    return Validation(seen.name, seen.size, seen.lines, seen.examples, scan.counted)
