"""Requests that the calling thread can be released from: by an interruption, and by a limit for the whole answer.

The time limits of httpx2 are for single reads and writes: an answer that drips a byte a second never ends by them, and
nothing in them hears of a Ctrl-C. So a request runs in a thread of its own, its body included, and the caller waits for
whichever comes first. The threads are kept for the next request, and keep no process from ending.

A request that was abandoned while it still had no connection is not sent any more (httpx2's `trace` tells); of one that
was sent nobody knows what became of it.
"""

import threading
from collections.abc import Callable
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import Any

import httpx2

from pulumi_ctune.core.errors import WaitInterruptedError
from pulumi_ctune.core.retry import AGAIN

LONGEST_ANSWER_S = 120.0
"""From the first byte sent, or tried to send, to the last one read."""

_GRACE_S = 1.0  # for the answer to a change that is under way already: a job that was made has its id in it

OnInterruption = Callable[[Callable[[], None]], Callable[[], None]]
"""Has a function called once an interruption comes (at once, if one has come already), in whichever thread. Returns
what takes that back.
"""


def never(_: Callable[[], None]) -> Callable[[], None]:
    """The `OnInterruption` of a process that nothing interrupts."""
    return lambda: None


class Client(httpx2.Client):
    """httpx2's client, whose answers are always read whole."""

    def __init__(self, *, on_interruption: OnInterruption, longest_answer_s: float = LONGEST_ANSWER_S, **options: Any):
        super().__init__(**options)
        self._on_interruption = on_interruption
        self._longest_answer_s = longest_answer_s

    def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        """Raises `WaitInterruptedError` after an interruption; `ReadTimeout` when the whole answer takes too long."""
        sending = _Sending(request, lambda: httpx2.Client.send(self, request, **options))
        forget = self._on_interruption(sending.abandon)
        try:
            answer = sending.run(self._longest_answer_s)
        finally:
            forget()
        # It is read. In older releases of httpx2 it refers back to its answer, which would wait for the collector.
        answer.stream = httpx2.ByteStream(b"")
        return answer


class _Sending:
    """One request under way."""

    def __init__(self, request: httpx2.Request, send: Callable[[], httpx2.Response]) -> None:
        self._request = request
        self._send = send
        self._context = copy_context()
        self._lock = threading.Lock()
        self._over = threading.Event()  # answered, failed or interrupted
        self._ended = threading.Event()  # answered or failed
        self._interrupted = False
        self._abandoned = False
        self._started = False
        self._is_traced = False  # transports other than httpx2's own tell nothing
        self._is_sent = False
        self._answer: httpx2.Response | None = None
        self._error: BaseException | None = None
        request.extensions = {**request.extensions, "trace": self._trace}

    def run(self, longest_s: float) -> httpx2.Response:
        if not self._interrupted:
            self._started = True
            _workers.start(self._work)
            if not self._over.wait(longest_s):
                with self._lock:
                    self._abandoned = True
            elif self._may_change_something:
                self._ended.wait(_GRACE_S)
        if self._answer is not None:
            # Not kept: this and its request refer to each other, and large answers would wait for the collector.
            answer, self._answer = self._answer, None
            return answer
        if self._error is not None:
            raise self._error
        if self._interrupted:
            raise self._interruption()
        raise httpx2.ReadTimeout(f"the answer was not complete after {longest_s:.0f} s", request=self._request)

    def abandon(self) -> None:
        with self._lock:
            self._interrupted = self._abandoned = True
        self._over.set()

    @property
    def _may_change_something(self) -> bool:
        return self._request.method != "GET" and (self._is_sent or not self._is_traced)

    def _interruption(self) -> WaitInterruptedError:
        never_sent = not self._started or (self._is_traced and not self._is_sent)
        why = "nothing more is sent" if never_sent else "no answer had come yet"
        return WaitInterruptedError("interrupted", why=why, next_step=AGAIN).but(never_sent=never_sent)

    def _work(self) -> None:
        try:
            if not self._abandoned:
                self._answer = self._context.run(self._send)
        except BaseException as error:  # the caller's to judge, whichever it is
            if not self._interrupted:
                self._error = error
        self._ended.set()
        self._over.set()

    def _trace(self, event: str, _: Any) -> None:
        with self._lock:
            self._is_traced = True
            if event.endswith("send_request_headers.started"):
                if self._abandoned:
                    raise httpx2.WriteError("abandoned before it was sent", request=self._request)
                self._is_sent = True


class Workers:
    """Threads that run one piece of work after the other; as many as there is work at once.

    One that has had nothing to do for `idle_s` ends: hundreds of creates begin at once, and then wait for hours.
    """

    def __init__(self, idle_s: float = 30.0) -> None:
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._idle: list[SimpleQueue[Callable[[], None]]] = []

    def start(self, work: Callable[[], None]) -> None:
        with self._lock:
            queue = self._idle.pop() if self._idle else None  # the latest, so that the others stay idle
        if queue is None:
            queue = SimpleQueue()
            threading.Thread(target=self._serve, args=(queue,), name="ctune-request", daemon=True).start()
        queue.put(work)

    def _serve(self, queue: "SimpleQueue[Callable[[], None]]") -> None:
        while True:
            try:
                work = queue.get(timeout=self._idle_s)
            except Empty:
                with self._lock:
                    if queue in self._idle:
                        self._idle.remove(queue)
                        return
                work = queue.get()  # given in this moment
            work()
            del work  # it has an answer, which may be large
            with self._lock:
                self._idle.append(queue)


_workers = Workers()
