"""What the service left out of a dataset: it drops examples without failing the job, so somebody has to say which."""

from collections.abc import Iterator, Sequence

from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.core.printable import listed
from pulumi_ctune.core.retry import Report


class Losses:
    """Tells of the examples that a job has dropped, once, as soon as its record shows them."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._reported = 0

    def tell(self, job: TuningJob) -> None:
        count = job.dropped_example_count or 0
        if count > self._reported:
            self._reported = count
            which = "; ".join(_which(job)) or "it does not say which"
            self._report.warn(f"{count:,} training {_examples(count)} dropped by the service: {which}")


def _examples(count: int) -> str:
    return "example was" if count == 1 else "examples were"


def _which(job: TuningJob) -> Iterator[str]:
    """The lines by their reason, as far as the service names them."""
    indices, reasons = job.dropped_example_indices, job.dropped_example_reasons
    if len(indices) == len(reasons):
        by_reason: dict[str, list[int]] = {}
        for index, reason in zip(indices, reasons, strict=True):
            by_reason.setdefault(reason, []).append(index)
        for reason, lines in by_reason.items():
            yield f"{_lines(lines)} ({reason})"
        return
    if indices:
        yield _lines(indices)
    if reasons:
        yield listed(sorted({*reasons}), between="; ")


def _lines(indices: Sequence[int]) -> str:
    return f"line{'' if len(indices) == 1 else 's'} {listed(map('{:,}'.format, indices))}"
