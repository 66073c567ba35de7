"""Requests under way: an interruption releases whoever waits for one, and nothing is sent after it."""

import gc
import socket
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue

import httpx2
import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.errors import CtuneError, UnavailableError, WaitInterruptedError
from pulumi_ctune.vertex.client import VertexClient
from pulumi_ctune.vertex.sending import Client, Workers, never
from tests.unit.vertex_wire import JOB, PARENT, SFT, URL, Wire

HANGING = b""
DRIPPING = b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{"


class Ear:
    """An interruption that comes when `interrupt` is called."""

    def __init__(self) -> None:
        self.is_interrupted = False
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        if self.is_interrupted:
            listener()
        return lambda: self._listeners.remove(listener)

    def interrupt(self) -> None:
        self.is_interrupted = True
        for listener in list(self._listeners):
            listener()


@contextmanager
def server(begin: bytes, at_request: Callable[[], None]) -> Iterator[str]:
    """A server on loopback that begins its answer, says that it did, and never ends it."""
    listener = socket.create_server(("127.0.0.1", 0))
    held = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # closed
                return
            held.append(connection)
            connection.recv(65536)
            connection.sendall(begin)
            at_request()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in held:
            connection.close()
        thread.join()


CALLS: dict[str, Callable[[VertexClient], object]] = {
    "job": lambda vertex: vertex.get_job(JOB),
    "jobs": lambda vertex: vertex.list_jobs("acme", "us-central1"),
    "submission": lambda vertex: vertex.submit("acme", "us-central1", SFT),
    "cancel": lambda vertex: vertex.cancel_job(JOB),
    "model": lambda vertex: vertex.get_model_version(f"{PARENT}/models/1@1"),
    "endpoint": lambda vertex: vertex.get_endpoint(f"{PARENT}/endpoints/1"),
}


@pytest.mark.parametrize("begin", [HANGING, DRIPPING], ids=["no answer", "half an answer"])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_interruption_releases_a_request_under_way(call: Callable[[VertexClient], object], begin: bytes) -> None:
    """Whoever waits for an answer that never ends comes back; what became of the request is not known."""
    ear = Ear()
    with server(begin, ear.interrupt) as url:
        vertex = VertexClient(Settings(api_endpoint=ApiEndpoint("url", url=url)), on_interruption=ear.listen)

        with pytest.raises(WaitInterruptedError) as interrupted:
            call(vertex)

        vertex.close()
    assert not interrupted.value.proves_nothing_was_made


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_nothing_is_sent_after_an_interruption(call: Callable[[VertexClient], object]) -> None:
    """No request leaves, and the error says that none did."""
    ear, wire = Ear(), Wire({"name": JOB})
    ear.interrupt()
    settings = Settings(access_token="token", api_endpoint=ApiEndpoint("url", url=URL))

    with pytest.raises(WaitInterruptedError) as refused:
        call(VertexClient(settings, transport=wire, on_interruption=ear.listen))

    assert wire.requests == []
    assert refused.value.proves_nothing_was_made


def test_list_ends_between_two_pages() -> None:
    """An interruption during one page keeps the next one from being asked for."""
    ear = Ear()

    def page(_: httpx2.Request) -> httpx2.Response:
        ear.interrupt()
        return httpx2.Response(200, json={"nextPageToken": "more"})

    wire = Wire(page)
    settings = Settings(access_token="token", api_endpoint=ApiEndpoint("url", url=URL))

    with pytest.raises(WaitInterruptedError):
        VertexClient(settings, transport=wire, on_interruption=ear.listen).list_jobs("acme", "us-central1")

    assert len(wire.requests) == 1


def test_answer_that_comes_during_the_interruption_of_a_submission_is_kept() -> None:
    """A job that was made has its id in the answer, so that is worth a moment."""
    ear = Ear()

    def made(_: httpx2.Request) -> httpx2.Response:
        ear.interrupt()
        return httpx2.Response(200, json={"name": JOB})

    settings = Settings(access_token="token", api_endpoint=ApiEndpoint("url", url=URL))

    job = VertexClient(settings, transport=Wire(made), on_interruption=ear.listen).submit("acme", "us-central1", SFT)

    assert job.name == JOB


def test_two_hundred_requests_are_released_at_once() -> None:
    """Waiting for a free connection counts as under way, too."""
    ear, arrived = Ear(), threading.Semaphore(0)
    ends: list[CtuneError] = []

    def look(vertex: VertexClient) -> None:
        try:
            vertex.get_endpoint(f"{PARENT}/endpoints/1")
        except CtuneError as error:
            ends.append(error)

    with server(HANGING, arrived.release) as url:
        vertex = VertexClient(Settings(api_endpoint=ApiEndpoint("url", url=url)), on_interruption=ear.listen)
        threads = [threading.Thread(target=look, args=(vertex,)) for _ in range(200)]
        for thread in threads:
            thread.start()
        arrived.acquire()
        ear.interrupt()
        for thread in threads:
            thread.join()
        vertex.close()

    assert [type(end) for end in ends] == [WaitInterruptedError] * 200


def test_answer_that_drips_has_an_end() -> None:
    """The time limits of httpx2 are for single reads; ours is for the whole answer."""
    with (
        server(DRIPPING, lambda: None) as url,
        Client(on_interruption=never, longest_answer_s=0.1, trust_env=False) as client,
        pytest.raises(httpx2.ReadTimeout, match="the answer was not complete after"),
    ):
        client.get(url)


def test_request_that_is_abandoned_before_it_has_a_connection_is_never_sent() -> None:
    """A connection that comes about later carries nothing."""
    ear, connected, seen = Ear(), threading.Event(), []

    class Slow(httpx2.BaseTransport):
        """Tells what httpx2's own transport tells, and connects when it may."""

        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            request.extensions["trace"]("connection.connect_tcp.started", {})
            ear.interrupt()
            connected.wait()
            try:
                request.extensions["trace"]("http11.send_request_headers.started", {})
                seen.append("sent")
            except httpx2.WriteError:
                seen.append("not sent")
                raise
            return httpx2.Response(200)

    with Client(on_interruption=ear.listen, transport=Slow()) as client:
        with pytest.raises(WaitInterruptedError) as interrupted:
            client.post(URL)
        connected.set()
        while not seen:
            time.sleep(0.001)

    assert seen == ["not sent"]
    assert interrupted.value.never_sent


def test_transport_that_fails_raises_in_the_callers_thread() -> None:
    """The thread that sends is no business of the caller's."""
    settings = Settings(access_token="token", api_endpoint=ApiEndpoint("url", url=URL))

    with pytest.raises(UnavailableError):
        VertexClient(settings, transport=Wire(httpx2.ReadError("x"))).get_job(JOB)


def test_idle_thread_ends_and_the_next_request_gets_another() -> None:
    """Hundreds of creates send at once, and then wait for hours."""
    workers, served = Workers(idle_s=0.01), SimpleQueue[threading.Thread]()
    for _ in range(2):
        workers.start(lambda: served.put(threading.current_thread()))
        thread = served.get(timeout=20)
        thread.join(20)
        assert not thread.is_alive()


def test_answer_is_freed_without_the_garbage_collector() -> None:
    """Answers may be megabytes each, and the collector counts objects: twenty of them would lie about."""
    with Client(on_interruption=never, transport=Wire({})) as client:
        gc.disable()
        try:
            answer = weakref.ref(client.get(URL))
        finally:
            gc.enable()

    assert answer() is None
