"""When training will be through, told from how far it was and when, with its doubt.

Knows no job: shares of the work and moments only. Steps are seen late, by as much as a look comes after them, and their
pace varies; both are the doubt. What a service does before the first step and after the last one is not foreseen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

PACE_VARIES = 0.1
"""The share of what is left by which steps may come faster or slower than before."""

LEAST_DOUBT = timedelta(seconds=1)

_BEFORE_THE_FIRST = 0.1  # of the time until a step: reading data, waiting for capacity,
_FEW = 0.05  # which may be all of it while no more than this is done


@dataclass(frozen=True)
class Forecast:
    """The end is expected at `end`, and hardly more than `doubt` before or after."""

    end: datetime
    doubt: timedelta

    def left(self, now: datetime) -> timedelta:
        """Until the end; nothing once that has passed."""
        return max(timedelta(), self.end - now)


@dataclass(frozen=True)
class _Step:
    """The share `done` was reached at `at`, or as much as `late` before or after."""

    at: datetime
    done: float
    late: timedelta


class Forecaster:
    """What was seen of one job, and what follows. `started`: when its work began, if that is known."""

    def __init__(self, started: datetime | None = None) -> None:
        self._started = started
        self._looked_at: datetime | None = None
        self._unit = 0.0
        self._first: _Step | None = None
        self._last: _Step | None = None

    def look(self, at: datetime, done: float, unit: float) -> None:
        """At that moment the share `done` (0 to 1) was through; `unit` is what one more step adds.

        A step that the first look finds may be as old as a step is long.
        """
        before, self._looked_at, self._unit = self._looked_at, at, unit
        if done <= (self._last.done if self._last else 0.0):
            return
        late = timedelta()
        if before is not None:
            late = at - before
        elif self._started is not None:
            late = (at - self._started) * (unit / (done + unit))
        self._last = _Step(at - late / 2, done, late / 2)
        self._first = self._first or self._last

    def forecast(self) -> Forecast | None:
        """The end as it looks now; None while no step was seen."""
        last = self._last
        if last is None:
            return None
        found = [self._from(first, last) for first in self._references(last) if first.done < last.done]
        return min(found, key=lambda each: each.doubt, default=None)

    def _references(self, last: _Step) -> Iterator[_Step]:
        """What the last step may be measured from: the first one, or the start, after which other work came first."""
        if self._first is not None:
            yield self._first
        if self._started is not None:
            before = max(_BEFORE_THE_FIRST, min(1.0, _FEW / last.done))
            yield _Step(self._started, 0.0, (last.at - self._started) * before)

    def _from(self, first: _Step, last: _Step) -> Forecast:
        assert self._looked_at is not None
        whole, left = (last.at - first.at) / (last.done - first.done), max(0.0, 1.0 - last.done)
        end = max(last.at + whole * left, self._looked_at + whole * max(0.0, left - self._unit))
        doubt = last.late + (last.late + first.late) * (left / (last.done - first.done)) + whole * left * PACE_VARIES
        return Forecast(end, max(doubt, LEAST_DOUBT))
