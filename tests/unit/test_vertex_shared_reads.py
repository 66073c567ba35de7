"""Reads that are shared: how many there are, what they may be shared with, and who waits for whom."""

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from pulumi_ctune.core.errors import UnavailableError, WaitInterruptedError
from pulumi_ctune.vertex.shared_reads import SharedReads

LIMIT_S = 20  # far beyond anything here


class Server:
    """Counts the reads; each is let through by the test, and tells its number."""

    def __init__(self) -> None:
        self.began: list[threading.Event] = [threading.Event() for _ in range(8)]
        self.may_end: list[threading.Event] = [threading.Event() for _ in range(8)]
        self.fails = False
        self._numbers = itertools.count()

    def read(self) -> int:
        number = next(self._numbers)
        self.began[number].set()
        assert self.may_end[number].wait(LIMIT_S)
        if self.fails:
            raise UnavailableError("the list could not be read")
        return number


class Ear:
    """Listens for interruptions as the verbs do, and counts who waits."""

    def __init__(self) -> None:
        self.listening = threading.Semaphore(0)
        self._is_interrupted = False
        self._listeners: list[Callable[[], None]] = []

    def listen(self, release: Callable[[], None]) -> Callable[[], None]:
        self._listeners.append(release)
        if self._is_interrupted:
            release()
        self.listening.release()
        return lambda: self._listeners.remove(release)

    def end_pause_of_first(self) -> None:
        """As if its time had passed."""
        self._listeners[0]()

    def interrupt(self) -> None:
        self._is_interrupted = True
        for release in list(self._listeners):
            release()


def asked(pool: ThreadPoolExecutor, ear: Ear, reads: SharedReads[int], server: Server, times: int) -> list[Future[int]]:
    """Calls that came while a read was under way, and wait."""
    waiting = [pool.submit(reads.read, "jobs", server.read) for _ in range(times)]
    for _ in waiting:
        assert ear.listening.acquire(timeout=LIMIT_S)
    return waiting


def first(pool: ThreadPoolExecutor, reads: SharedReads[int], server: Server) -> Future[int]:
    """A call whose read is under way."""
    begun = pool.submit(reads.read, "jobs", server.read)
    assert server.began[0].wait(LIMIT_S)
    return begun


def test_all_who_ask_during_a_read_share_the_next_one() -> None:
    """Not the one under way: it began before they asked, and may lack what was made since."""
    ear, server = Ear(), Server()
    reads: SharedReads[int] = SharedReads(ear.listen)
    with ThreadPoolExecutor(16) as pool:
        begun = first(pool, reads, server)
        waiting = asked(pool, ear, reads, server, 10)
        for event in server.may_end:
            event.set()

        assert begun.result(LIMIT_S) == 0
        assert [each.result(LIMIT_S) for each in waiting] == [1] * 10


def test_whoever_asks_a_moment_after_a_read_shares_the_next_one() -> None:
    """Creates of a stack ask one after the other. Where the server answers at once, each would list by itself."""
    ear, server = Ear(), Server()
    reads: SharedReads[int] = SharedReads(ear.listen, apart_s=LIMIT_S, clock=lambda: 7.0)
    for event in server.may_end:
        event.set()
    with ThreadPoolExecutor(16) as pool:
        assert reads.read("jobs", server.read) == 0
        waiting = asked(pool, ear, reads, server, 1)
        waiting += asked(pool, ear, reads, server, 9)
        ear.end_pause_of_first()

        assert [each.result(LIMIT_S) for each in waiting] == [1] * 10


def test_reads_of_two_places_share_nothing() -> None:
    server = Server()
    reads: SharedReads[int] = SharedReads(Ear().listen)
    for event in server.may_end:
        event.set()

    assert [reads.read(place, server.read) for place in ("us", "eu", "us")] == [0, 1, 2]


def test_failure_is_shared_and_the_next_call_reads_again() -> None:
    ear, server = Ear(), Server()
    reads: SharedReads[int] = SharedReads(ear.listen)
    with ThreadPoolExecutor(4) as pool:
        begun = first(pool, reads, server)
        waiting = asked(pool, ear, reads, server, 3)
        server.fails = True
        for event in server.may_end:
            event.set()
        for each in (begun, *waiting):
            with pytest.raises(UnavailableError):
                each.result(LIMIT_S)
    server.fails = False

    assert reads.read("jobs", server.read) == 2


def test_interruption_ends_the_wait_for_somebody_elses_read() -> None:
    """Who is interrupted reads by itself, which says so at once: nobody waits for a read that never begins."""
    ear, server = Ear(), Server()
    reads: SharedReads[int] = SharedReads(ear.listen)
    with ThreadPoolExecutor(4) as pool:
        begun = first(pool, reads, server)
        waiting = asked(pool, ear, reads, server, 3)
        for event in server.may_end[1:]:
            event.set()
        ear.interrupt()

        assert sorted(each.result(LIMIT_S) for each in waiting) == [1, 2, 3]
        server.may_end[0].set()
        assert begun.result(LIMIT_S) == 0
    assert reads.read("jobs", server.read) == 4


def test_interruption_of_whoever_reads_is_nobody_elses() -> None:
    """The others read again."""
    ear, server = Ear(), Server()
    reads: SharedReads[int] = SharedReads(ear.listen)

    def interrupted() -> int:
        server.read()
        raise WaitInterruptedError("interrupted")

    with ThreadPoolExecutor(4) as pool:
        begun = first(pool, reads, server)
        leader = pool.submit(reads.read, "jobs", interrupted)
        assert ear.listening.acquire(timeout=LIMIT_S)
        others = asked(pool, ear, reads, server, 2)
        for event in server.may_end:
            event.set()

        assert begun.result(LIMIT_S) == 0
        with pytest.raises(WaitInterruptedError):
            leader.result(LIMIT_S)
        assert {each.result(LIMIT_S) for each in others} <= {2, 3}
