"""Lists of several pages: whole, or an error."""

from collections.abc import Callable, Sequence

import httpx2
import pytest

from pulumi_ctune.core.errors import UnavailableError
from pulumi_ctune.vertex.client import VertexClient
from tests.unit.vertex_wire import JOB, PARENT, Answer, Wire, client

LISTS: dict[str, tuple[str, Callable[[VertexClient], Sequence[object]]]] = {
    "jobs": ("tuningJobs", lambda vertex: vertex.list_jobs("acme", "us-central1")),
    "versions": ("models", lambda vertex: vertex.list_model_versions(f"{PARENT}/models/1")),
    "checkpoints": ("checkpoints", lambda vertex: vertex.list_checkpoints(f"{PARENT}/models/1@1")),
    "operations": ("operations", lambda vertex: vertex.list_deployment_operations(f"{PARENT}/endpoints/1")),
}
FAILURES: dict[str, Answer] = {
    "read timeout": httpx2.ReadTimeout("x"),
    "no connection": httpx2.ConnectError("x"),
    "pool": httpx2.PoolTimeout("x"),
    "reset": httpx2.ReadError("x"),
    "protocol": httpx2.RemoteProtocolError("x"),
    "cut": httpx2.Response(200, content=b'{"tuningJobs": [{"na'),
    "gzip": lambda _: httpx2.Response(200, headers={"content-encoding": "gzip"}, stream=httpx2.ByteStream(b"no gzip")),
    "empty": httpx2.Response(200, content=b""),
    "page": httpx2.Response(200, content=b"<html>sign in</html>"),
    "503": httpx2.Response(503),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize(("items", "read"), LISTS.values(), ids=LISTS)
def test_page_that_stays_out_fails_the_list(
    items: str, read: Callable[[VertexClient], Sequence[object]], failure: Answer
) -> None:
    """The first page is no excuse for the second."""
    with pytest.raises(UnavailableError):
        read(client(Wire({items: [{"name": JOB}], "nextPageToken": "2"}, failure)))


@pytest.mark.parametrize("failure", [httpx2.ReadTimeout("x"), httpx2.Response(503)], ids=["timeout", "503"])
def test_page_that_fails_once_is_read_again(failure: Exception | httpx2.Response) -> None:
    """Each page is a read like any other."""
    wire = Wire({"tuningJobs": [{"name": "a"}], "nextPageToken": "2"}, failure, {"tuningJobs": [{"name": "b"}]})

    jobs = client(wire).list_jobs("acme", "us-central1")

    assert [job.name for job in jobs] == ["a", "b"]


@pytest.mark.parametrize("tokens", [["2"], ["2", "3"]], ids=["the same", "in a circle"])
@pytest.mark.parametrize(("items", "read"), LISTS.values(), ids=LISTS)
def test_page_token_that_comes_again_is_an_error(
    items: str, read: Callable[[VertexClient], Sequence[object]], tokens: list[str]
) -> None:
    """A list that goes in a circle would never end."""
    pages = [{items: [], "nextPageToken": token} for token in [*tokens, tokens[0]]]

    with pytest.raises(UnavailableError, match="the list does not end"):
        read(client(Wire(*pages)))
