"""The state directory that the Vertex AI emulator works on, as this plugin uses it.

Owns requests to Vertex AI and Cloud Storage, which go the way of any client's (so faults and the request log see them),
and the records of everything that these two do not have. Knows no kind of resource.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from vertex_emulator.app import Emulator
from vertex_emulator.pulumi_gcp.errors import NotFoundError, PluginError
from vertex_emulator.store import Store, Transaction
from vertex_emulator.transport import EmbeddedTransport

RECORDS = "gcp_resource"  # the kind of the documents that hold records
_URL = "http://embedded.localhost"  # never connected to: requests to it stay in the process
_OPERATION_LIMIT_S = 20 * 60.0  # as the real plugin
_LONGEST_PAUSE_S = 1.0
_NOT_FOUND = 404
_CONFLICT = 409

_open: dict[Path, "Client"] = {}
_open_lock = threading.Lock()


class Client:
    """Vertex AI, Cloud Storage and the records of one state directory. Safe for threads, and beside other processes."""

    def __init__(self, state_dir: Path) -> None:
        self._client = httpx2.Client(transport=EmbeddedTransport(Emulator(state_dir)), base_url=_URL)
        self._store = Store(state_dir)
        self.policy_lock = threading.Lock()
        """For who reads, changes and writes an access policy: spares the threads of this process their conflicts."""

    def call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Send a request (arguments of `httpx2.Client.request`) and return the JSON of its answer, `{}` for none.

        Raises:
            PluginError: with the server's words; NotFoundError for 404, PluginError for no answer.
        """
        answer = self._answer(method, path, request)
        document: dict[str, Any] = answer.json() if answer.content else {}
        return document

    def content(self, path: str, **request: Any) -> bytes:
        """The body of a GET. Raises as `call`."""
        return self._answer("GET", path, request).content

    def find(self, path: str) -> dict[str, Any] | None:
        """The JSON of a GET, None for 404. Raises as `call` for other failures."""
        try:
            return self.call("GET", path)
        except NotFoundError:
            return None

    def finished(self, operation: Mapping[str, Any]) -> None:
        """Wait for the end of a long-running operation of Vertex AI.

        Raises:
            PluginError: with the operation's error, or when it takes longer than 20 minutes.
        """
        deadline, pause = time.monotonic() + _OPERATION_LIMIT_S, 0.05
        while not operation.get("done"):
            if time.monotonic() > deadline:
                raise PluginError("a long-running operation did not end", where=str(operation["name"]))
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)
            operation = self.call("GET", f"/v1beta1/{operation['name']}")
        if error := operation.get("error"):
            raise PluginError("the operation failed", where=str(operation["name"]), why=str(error.get("message")))

    @contextmanager
    def records(self) -> Iterator[Transaction]:
        """One transaction on the store, for the documents of kind `RECORDS`."""
        with self._store.transaction() as tx:
            yield tx

    def _answer(self, method: str, path: str, request: dict[str, Any]) -> httpx2.Response:
        try:
            answer = self._client.request(method, path, **request)
        except httpx2.TransportError as error:
            raise PluginError("the emulator did not answer", where=f"{method} {path}", why=str(error)) from None
        if answer.is_success:
            return answer
        kind = NotFoundError if answer.status_code == _NOT_FOUND else PluginError
        raise kind(
            f"the emulator answered {answer.status_code}",
            where=f"{method} {path}",
            why=answer.json()["error"]["message"],
            code=answer.status_code,
        )


def is_conflict(error: PluginError) -> bool:
    """Whether somebody else changed, or already has, what the request was about."""
    return error.code == _CONFLICT


def at(state_dir: Path) -> Client:
    """The emulator on a state directory: one for each in this process, opened when first asked for."""
    place = state_dir.resolve()
    with _open_lock:
        if place not in _open:
            _open[place] = Client(place)
        return _open[place]
