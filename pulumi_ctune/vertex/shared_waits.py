"""Many waits of one place looked after by one list, where that is cheaper than a read for each.

Each wait looks at its job when its own pause is over. Whoever's is over first may list the jobs of the place: what the
list tells of the other waits' jobs is theirs when their turn comes, with its age, so that their next pause counts from
when it was so. A list is cheaper where the looks that it saves are more than its pages, each of which is counted as a
few reads. So a stack of few jobs never lists. Nor does one whose list takes longer than half a pause, unless the reads
would take longer still: on a busy machine all of them do.

A list is not trusted further than a read would go. What it does not show, shows without what was known before, or shows
as ended, is read. Whoever lists has read its own job just before: a list that knows less than that tells nothing, and
after a second one lists are left alone for a while, as where they fail. Until that shows, a list that lags behind can
let an end be noticed later by as much. And each wait reads its job itself now and then.
"""

import random
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from pulumi_ctune.core import job_states
from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.core.errors import WaitInterruptedError
from pulumi_ctune.core.names import JobName
from pulumi_ctune.vertex.shared_work import OnInterruption, Round

PAGE_SIZE = 100  # the most that the API gives
_PAGE_IN_READS = 4.0  # what a page costs, in reads of one job: measured as time of the processor
_LONGEST_UNREAD_S = 600.0
_FAILED_ALONE_S = 60.0  # a list that failed is left alone for so long,
_LAGGING_ALONE_S = 600.0  # and one that lags behind
_LAGS_UNTIL_LEFT_ALONE = 2  # in a row: a list may be half a second behind
_LEARNED_FOR_S = 600.0  # how many pages it takes changes with what other people do,
_SLOW_FOR_S = 30.0  # how long it takes with what this machine does just now
_LONGEST_JOINED_S = 10.0
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

Pages = Callable[[str, str, Collection[str]], Iterator[Sequence[TuningJob]]]
"""By project and location: those of the named jobs that each page of the list has; each page is one request."""


@dataclass
class _Wait:
    """One wait: what it knows, and since when."""

    name: str
    seen_at: float
    read_at: float
    pause_s: float = float("inf")  # between its last two looks; none yet
    known: TuningJob | None = None

    def saved_by_a_look(self, now: float) -> float:
        """The share of its next look that it would be spared."""
        return min(1.0, max(0.0, (now - self.seen_at) / self.pause_s))


@dataclass
class _Place:
    """The waits of one project and location, and what is known of its list."""

    waits: list[_Wait] = field(default_factory=list)
    listed: dict[str, tuple[float, TuningJob]] = field(default_factory=dict)
    listing: Round | None = None
    pages: int = 0  # of the last list that served all it could
    share: float = 1.0  # of the waits that it served
    took_s: float = 0.0
    read_took_s: float = 0.0  # just before it
    learned_at: float = float("-inf")
    left_alone_until: float = float("-inf")
    lags: int = 0

    def is_list_cheaper(self, wait: _Wait, now: float) -> bool:
        if now - self.learned_at > _LEARNED_FOR_S:
            self.pages, self.share = 0, 1.0
        if now - self.learned_at > _SLOW_FOR_S:
            self.took_s = 0.0
        reads = self.reads_saved(now) * self.share
        reads_take_s = min(reads * self.read_took_s, _LONGEST_JOINED_S)
        if now < self.left_alone_until or self.took_s > max(wait.pause_s / 2, reads_take_s):
            return False
        pages = self.pages or -(-len(self.waits) // PAGE_SIZE)
        return reads > pages * _PAGE_IN_READS

    def reads_saved(self, now: float) -> float:
        """How many looks a list would save, if it showed all."""
        return sum(each.saved_by_a_look(now) for each in self.waits)

    def leave_alone(self, until: float) -> None:
        self.left_alone_until, self.lags = until, 0


class SharedWaits:
    """Safe for threads. `read` reads one job, `pages` lists. `on_interruption` as in `VertexClient`."""

    def __init__(
        self,
        read: Callable[[str], TuningJob],
        pages: Pages,
        on_interruption: OnInterruption,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read_job = read
        self._pages = pages
        self._on_interruption = on_interruption
        self._now = clock
        self._lock = threading.Lock()
        self._places: dict[tuple[str, str], _Place] = {}

    @contextmanager
    def watching(self, name: str) -> Iterator[Callable[[], TuningJob]]:
        """For the length of a wait, what looks at the job. It raises what a read raises."""
        now = self._now()
        # As if read before, each at another time, so that not all of them read in the same moment.
        wait = _Wait(name, now, now - random.uniform(0.0, _LONGEST_UNREAD_S / 2))
        where = _where(name)
        with self._lock:
            place = self._places.setdefault(where, _Place())
            place.waits.append(wait)
        try:
            yield partial(self._look, where, place, wait)
        finally:
            with self._lock:
                place.waits.remove(wait)
                if all(each.name != name for each in place.waits):
                    place.listed.pop(name, None)
                if not place.waits:
                    self._places.pop(where, None)

    def _look(self, where: tuple[str, str], place: _Place, wait: _Wait) -> TuningJob:
        now = self._now()
        with self._lock:
            wait.pause_s = max(now - wait.seen_at, 1e-3)
            if now - wait.read_at > _LONGEST_UNREAD_S:
                listing, leads = None, False
            elif seen := self._seen(place, wait, now):
                return seen
            else:
                listing = place.listing
                leads = listing is None and place.is_list_cheaper(wait, now)
            if leads:
                listing = place.listing = Round()
        if listing is None:
            return self._read(wait)
        if leads:
            return self._read_and_list(where, place, wait, listing)
        if listing.waited_for(self._on_interruption, _LONGEST_JOINED_S):
            with self._lock:
                if seen := self._seen(place, wait, self._now()):
                    return seen
        return self._read(wait)

    def _seen(self, place: _Place, wait: _Wait, now: float) -> TuningJob | None:
        """What a list tells of the job that is newer than what the wait knows."""
        at, job = place.listed.get(wait.name, (wait.seen_at, None))
        if job is None or at <= wait.seen_at or not _tells_as_much(job, wait.known):
            return None
        wait.seen_at, wait.known = at, job
        return replace(job, seen_s_ago=now - at)

    def _read(self, wait: _Wait) -> TuningJob:
        began = self._now()
        job = self._read_job(wait.name)
        with self._lock:
            wait.seen_at = wait.read_at = began
            wait.known = job
        return job

    def _read_and_list(self, where: tuple[str, str], place: _Place, wait: _Wait, listing: Round) -> TuningJob:
        try:
            job = self._read(wait)
            with self._lock:
                place.read_took_s = self._now() - wait.read_at
            if not job_states.is_final(job.state):
                self._list(where, place, wait)
        finally:
            with self._lock:
                place.listing = None
            listing.end()
        return replace(job, seen_s_ago=max(0.0, self._now() - wait.seen_at))

    def _list(self, where: tuple[str, str], place: _Place, reader: _Wait) -> None:
        began = self._now()
        with self._lock:
            waits = {wait.name: wait for wait in place.waits}
            most_pages = max(1, int(place.reads_saved(began) / _PAGE_IN_READS))
        missing, served, pages = set(waits), 0, 0
        try:
            found = self._pages(*where, waits.keys())
            while missing and pages < most_pages:
                at = self._now()
                page = next(found, None)
                if page is None:
                    break
                pages += 1
                missing.difference_update(job.name for job in page)
                with self._lock:
                    served += sum(_is_noted(place, waits[job.name], job, at) for job in page)
                    if any(job.name == reader.name and not _tells_as_much(job, reader.known) for job in page):
                        place.lags += 1
                        place.listed.clear()
                        if place.lags >= _LAGS_UNTIL_LEFT_ALONE:
                            place.leave_alone(at + _LAGGING_ALONE_S)
                        return
                    if reader.name not in missing:
                        place.lags = 0
        except WaitInterruptedError:
            raise
        except Exception:  # whatever it is: a wait goes on by reads, as a wait for one job does
            with self._lock:
                place.leave_alone(self._now() + _FAILED_ALONE_S)
            return
        with self._lock:
            place.pages, place.share, place.took_s = max(1, pages), served / len(waits), self._now() - began
            place.learned_at = began


def _is_noted(place: _Place, wait: _Wait, job: TuningJob, at: float) -> bool:
    """Keep what a list tells of a job; False where it tells less than was known. One that has ended is read."""
    if job_states.is_final(job.state):
        return True
    if not _tells_as_much(job, wait.known):
        return False
    place.listed[job.name] = at, job
    return True


def _tells_as_much(job: TuningJob, known: TuningJob | None) -> bool:
    """Whether the job can be as it is listed after it was as it is known: lists may lag behind, or leave fields out."""
    if not job.state:
        return False
    if known is None:
        return True
    was_started, was_cancelled = known.start_time is not None, known.state == "JOB_STATE_CANCELLING"
    return (
        (job.update_time or _LONG_AGO) >= (known.update_time or _LONG_AGO)
        and (job.start_time is not None or not was_started)
        and (job.state == known.state or not was_cancelled)
        and (job.completed_step_count or 0) >= (known.completed_step_count or 0)
        and (job.completed_epoch_count or 0) >= (known.completed_epoch_count or 0)
    )


def _where(name: str) -> tuple[str, str]:
    try:
        job = JobName.parse(name)
    except ValueError:
        return name, ""
    return job.project, job.location
