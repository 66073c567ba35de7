"""The tokens of a dataset told from a sample of its lines that was counted exactly, by the service or by its tokenizer.

The count is scaled by class-weighted length. How far it may be off is told by the sample itself: it is counted in
groups, and their spread is that of such samples. Counts nothing: the caller has somebody who does.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pulumi_ctune.data import counting, slow_check
from pulumi_ctune.data.counting import Turn
from pulumi_ctune.data.limits import LIMITS
from pulumi_ctune.data.report import Report
from pulumi_ctune.data.tokens import COUNTED, Tokens
from pulumi_ctune.data.weighing import billed_length

_GROUPS = 10
_STUDENT = (math.inf, 12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26)
"""Student's t for 95 %, two-sided, by degrees of freedom."""

_LEAST = 0.02
"""Of the count, either way: what 200 lines left in measurements, however alike their groups were."""

_NEAR = 0.15
"""Of the limit on tokens, either way: lines that are counted one by one."""


@dataclass(frozen=True)
class Group:
    """Lines of the sample, with their weighted length and the requests that count them, their files too or not."""

    length: float
    files: bool
    requests: Sequence[list[Turn]]


@dataclass(frozen=True)
class SampleCount:
    """`ratio` is tokens by weighted length."""

    tokens: Tokens
    ratio: float


@dataclass(frozen=True)
class NearLimit:
    """A line that is or may be above the limit. `contents` are what the limit counts; empty where there is no doubt."""

    number: int
    contents: list[Turn]


def groups_of(report: Report, *, files: bool = True) -> list[Group]:
    """The sample in groups; empty where nothing can be told. Files are counted only where the sample is the whole
    dataset, and `files` says that they can be.
    """
    weighed = report.weighed
    if weighed is None:
        return []
    method = report.method
    examples = [(line, found) for line in weighed.sample if (found := slow_check.examine(method, line)[1])]
    is_whole = len(examples) == report.examples
    number = 1 if is_whole else min(_GROUPS, len(examples))
    groups = []
    for index in range(number):
        some = examples[index::number]
        requests = counting.requests_of([line for line, _ in some], method, files=files and is_whole)
        length = sum(billed_length(example, method) for _, example in some)
        groups.append(Group(length, files and is_whole, [*requests]))
    return groups if sum(group.length for group in groups) else []


def scaled(
    report: Report, groups: Sequence[Group], counts: Sequence[int], by: str, *, doubt: float = 0.0
) -> SampleCount:
    """What the counts of the groups, in their order, say of the whole dataset.

    `by` says who has counted, and `doubt` how far that may be from the service's own count, as a share.
    """
    assert report.weighed is not None
    length, counted = sum(group.length for group in groups), sum(counts)
    ratio, lines = counted / length, len(report.weighed.sample)
    if lines == report.examples:
        how, estimate, share = COUNTED.replace("the service", by), float(counted), doubt
        how += f": the service may count {doubt:.0%} more or less" if doubt else ""
    else:
        estimate = report.weighed.length * ratio
        share = doubt + max(_LEAST, _off(groups, counts, ratio) * math.sqrt(1 - lines / report.examples))
        how = f"{lines:,} of {report.examples:,} lines counted by {by}, scaled by length: within {share:.1%} for 19 of "
        how += "20 such samples"
    how += "; declarations of functions left out"
    if (media := report.counted.media) and not all(group.files for group in groups):
        how += f"; {media:,} files are not counted"
    low, high = estimate * max(0.0, 1 - share), estimate * (1 + share)
    return SampleCount(Tokens(math.floor(low), round(estimate), math.ceil(high), how), ratio)


def near_limit(report: Report, ratio: float) -> Iterator[NearLimit]:
    """The longest lines, as far as they are above the limit, or so near it that only an exact count tells."""
    most = LIMITS[report.method].tokens
    for long in sorted(report.weighed.longest if report.weighed else (), key=lambda each: each.number):
        share = long.length * ratio / most
        if share > 1 + _NEAR:
            yield NearLimit(long.number, [])
        elif share >= 1 - _NEAR:
            yield NearLimit(long.number, counting.contents_of_limit(json.loads(long.line), report.method))


def _off(groups: Sequence[Group], counts: Sequence[int], ratio: float) -> float:
    """How far such a sample is off for 19 of 20, as a share: of a ratio whose groups differ by this much."""
    number = len(groups)
    if number < 2 or not ratio:
        return 1.0
    residuals = sum((count - ratio * group.length) ** 2 for group, count in zip(groups, counts, strict=True))
    error = math.sqrt(residuals / (number * (number - 1)))
    return _STUDENT[number - 1] * error / (sum(counts) / number)
