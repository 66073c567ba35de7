"""Waits that share lists: who waits for a list that is under way, and what ends that."""

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial

import pytest

from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.core.errors import WaitInterruptedError
from pulumi_ctune.vertex.shared_waits import SharedWaits
from tests.unit.test_vertex_shared_reads import LIMIT_S, Ear

COUNT = 20


def name(number: int) -> str:
    return f"projects/1/locations/us-central1/tuningJobs/{number}"


class Server:
    """Reads at once, and a list that the test lets through."""

    def __init__(self) -> None:
        self.reads: list[str] = []
        self.lists = 0
        self.began = threading.Event()
        self.may_end = threading.Event()
        self.refuses = False
        self.during_a_read: Callable[[], None] = lambda: None
        self.during_a_list: Callable[[], None] = lambda: None

    def read(self, name: str) -> TuningJob:
        if self.refuses:
            raise WaitInterruptedError("interrupted")
        self.reads.append(name)
        self.during_a_read()
        return TuningJob(name, "JOB_STATE_RUNNING")

    def pages(self, project: str, location: str, wanted: Collection[str]) -> Iterator[Sequence[TuningJob]]:
        self.lists += 1
        self.began.set()
        assert self.may_end.wait(LIMIT_S)
        self.during_a_list()
        yield [TuningJob(name, "JOB_STATE_RUNNING") for name in wanted]


class Waits:
    """`COUNT` waits that have looked once, and that are due again; the list that the first of them makes goes on."""

    def __init__(self, stack: ExitStack) -> None:
        self.server, self.ear, self.now_s = Server(), Ear(), 0.0
        shared = SharedWaits(self.server.read, self.server.pages, self.ear.listen, lambda: self.now_s)
        self.looks: list[Callable[[], TuningJob]] = [
            stack.enter_context(shared.watching(name(number))) for number in range(COUNT)
        ]
        self.now_s = 1.0
        self.server.may_end.set()
        for look in self.looks:
            look()
        self.now_s = 5.0
        self.server.reads.clear()
        self.server.lists = 0
        self.server.began.clear()
        self.server.may_end.clear()
        self.pool = stack.enter_context(ThreadPoolExecutor(4))
        self.listing = self.pool.submit(self.looks[0])
        assert self.server.began.wait(LIMIT_S)

    def joined(self) -> Future[TuningJob]:
        """A look that waits for the list."""
        look = self.pool.submit(self.looks[1])
        assert self.ear.listening.acquire(timeout=LIMIT_S)
        return look


def test_looks_during_a_list_share_it() -> None:
    """With the age of what it tells: their next pause counts from there."""
    with ExitStack() as stack:
        waits = Waits(stack)
        joined = waits.joined()
        waits.now_s = 6.0
        waits.server.may_end.set()

        assert joined.result(LIMIT_S).seen_s_ago == 1.0
        assert [look().seen_s_ago for look in waits.looks[2:]] == [1.0] * (COUNT - 2)
        assert (waits.server.reads, waits.server.lists) == ([name(0)], 1)


def test_interruption_ends_the_wait_for_a_list() -> None:
    """Whoever is interrupted reads by itself, which says so at once, and waits for nobody else's list."""
    with ExitStack() as stack:
        waits = Waits(stack)
        joined = waits.joined()
        waits.server.refuses = True
        waits.ear.interrupt()

        with pytest.raises(WaitInterruptedError):
            joined.result(LIMIT_S)
        waits.server.may_end.set()
        assert waits.listing.result(LIMIT_S).name == name(0)


def test_slow_list_is_left_alone_for_a_while() -> None:
    """One that takes longer than half a pause would tell what is due to be looked at anew; a busy machine passes."""
    with ExitStack() as stack:
        waits = Waits(stack)
        waits.now_s = 9.0
        waits.server.may_end.set()
        waits.listing.result(LIMIT_S)
        for look in waits.looks[1:]:
            look()
        waits.now_s = 12.0
        waits.server.reads.clear()
        for look in waits.looks:
            look()

        assert waits.server.lists == 1
        assert waits.server.reads == [name(number) for number in range(COUNT)]

        waits.now_s = 60.0
        for look in waits.looks:
            look()

        assert waits.server.lists == 2


def test_slow_list_is_shared_where_reads_are_slower() -> None:
    """On a busy machine both are slow; what a list tells has its age, so nothing is taken for newer than it is."""
    with ExitStack() as stack:
        waits = Waits(stack)
        waits.server.may_end.set()
        waits.listing.result(LIMIT_S)

        def passes(seconds: float) -> None:
            waits.now_s += seconds

        waits.server.during_a_read, waits.server.during_a_list = partial(passes, 1.0), partial(passes, 4.0)
        for _ in range(4):
            waits.now_s += 2.0
            waits.server.reads.clear()
            waits.server.lists = 0
            ages = [look().seen_s_ago for look in waits.looks]

        assert waits.server.lists == 1
        assert len(waits.server.reads) == 1
        assert max(ages) == 4.0 + 2.0  # of the list, and of the pause


def test_each_wait_reads_its_own_job_now_and_then() -> None:
    """However long lists have told that it goes on."""
    with ExitStack() as stack:
        waits = Waits(stack)
        waits.server.may_end.set()
        waits.listing.result(LIMIT_S)
        while waits.now_s < 700.0:
            waits.now_s += 5.0
            for look in waits.looks:
                look()

        assert {*waits.server.reads} == {name(number) for number in range(COUNT)}
        assert len(waits.server.reads) < 2 * COUNT + waits.server.lists
