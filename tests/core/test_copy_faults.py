"""Trouble while a version is copied: whatever happens, the next run ends with one copy."""

from collections.abc import Iterator
from typing import Any, Literal

import httpx2
import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.errors import CtuneError, PermissionDeniedError
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.model_copy.kind import DEFAULT_TIMEOUT
from pulumi_ctune.vertex.client import VertexClient
from tests.core.copies import AGENT, ROLE, Copies
from tests.core.rig import Rig
from tests.core.serving import Killed
from vertex_emulator.transport import EmbeddedTransport

STEPS = {
    "source": {"method": "GET", "path": "/models/[^/:]*@"},
    "list": {"method": "GET", "path": ":listVersions$"},
    "copy": {"method": "POST", "path": "/models:copy$"},
    "wait": {"method": "GET", "path": r"/operations/\d+$"},
    "mark": {"method": "PATCH", "path": "/models/"},
}
FAULTS: dict[str, dict[str, Any]] = {
    "429": {"status": 429, "retry_after_s": 7.0},
    "503": {"status": 503},
    "request lost": {"drop": "before"},
    "answer lost": {"drop": "after"},
}


WITH_PARENT = [("copy", True), ("mark", True)]
"""A new model and the next version of one differ in how a request is known to have been carried out."""


@pytest.fixture(name="copies")
def copies_fixture(rig: Rig) -> Iterator[Copies]:
    with Copies.start(rig, versions=1) as copies:
        yield copies


def troubled(copies: Copies, **changes: Any) -> dict[str, Any] | None:
    """The state that the engine holds after a create that may fail; None for none."""
    try:
        return copies.create(**changes)
    except Unfinished as unfinished:
        return unfinished.state
    except CtuneError:
        return None
    finally:
        copies.rig.emulator.faults.clear()


def go_on(copies: Copies, state: dict[str, Any] | None, **changes: Any) -> dict[str, Any]:
    """What the next `up` does with it."""
    return copies.update(state, **changes) if state else copies.create(**changes)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize(("step", "has_parent"), [*((step, False) for step in STEPS), *WITH_PARENT])
def test_trouble_that_passes_leaves_one_copy(
    copies: Copies, step: str, fault: dict[str, Any], has_parent: bool
) -> None:
    """Twice in a row at any step: one run makes the copy, or the next one does, and there is one."""
    changes: dict[str, Any] = {"parent_model": copies.parent_model() if has_parent else None}
    copies.rig.emulator.faults.add(**STEPS[step], **fault, times=2)

    state = go_on(copies, troubled(copies, **changes), **changes)

    assert [copy.name for copy in copies.there()] == [state["tuned_model_name"]]


class DoneAndUnavailable(httpx2.BaseTransport):
    """The embedded emulator, which carries the first copy out and answers 503."""

    def __init__(self, rig: Rig) -> None:
        self._embedded, self._is_done = EmbeddedTransport(rig.emulator), False

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self._embedded.handle_request(request)
        if self._is_done or not request.url.path.endswith("/models:copy"):
            return answer
        self._is_done = True
        error = {"error": {"code": 503, "status": "UNAVAILABLE", "message": "The service is unavailable."}}
        return httpx2.Response(503, json=error, request=request)


@pytest.mark.parametrize("has_parent", [False, True], ids=["new model", "parent model"])
def test_503_after_the_work_was_done_asks_for_no_second_copy(copies: Copies, has_parent: bool) -> None:
    """What the answer denies is looked for before anything is sent again."""
    parent = copies.parent_model() if has_parent else None
    settings = Settings(project="acme-prod", api_endpoint=ApiEndpoint("embedded"))
    client = VertexClient(settings, transport=DoneAndUnavailable(copies.rig), sleep=lambda _: None)

    state = copies.create(client=client, parent_model=parent)

    assert [copy.name for copy in copies.there()] == [state["tuned_model_name"]]
    assert len(copies.requests()) == 1


@pytest.mark.parametrize("has_parent", [False, True], ids=["new model", "parent model"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kill_at", [1, 2])
def test_killed_at_any_write_the_next_run_ends_with_one_copy(
    copies: Copies, kill_at: int, when: Literal["before", "after"], has_parent: bool
) -> None:
    """`kill -9` leaves no state: the next run finds what goes on at Google, marked or not."""
    changes: dict[str, Any] = {"parent_model": copies.parent_model() if has_parent else None}
    with pytest.raises(Killed):
        copies.create(client=copies.mortal(kill_at, when), **changes)

    state = copies.create(**changes)

    assert [copy.name for copy in copies.there()] == [state["tuned_model_name"]]


def test_interrupted_wait_is_resumed(copies: Copies) -> None:
    """A Ctrl-C while Google copies: the state knows the model, and the next run asks for nothing again."""
    copies.rig.emulator.configure(operation_duration_s=120)
    copies.rig.clock.interrupt_at_s = copies.rig.clock.now_s + 30

    with pytest.raises(Unfinished) as raised:
        copies.create()
    copies.rig.clock.interrupt_at_s = float("inf")
    state = copies.update(raised.value.state)

    assert "goes on at Google" in str(raised.value)
    assert [copy.name for copy in copies.there()] == [state["tuned_model_name"]]
    assert len(copies.requests()) == 1


def test_interrupted_copy_is_deleted_by_its_policy(copies: Copies) -> None:
    """A destroy after a Ctrl-C waits for the copy, and takes it away."""
    copies.rig.emulator.configure(operation_duration_s=120)
    copies.rig.clock.interrupt_at_s = copies.rig.clock.now_s + 30
    with pytest.raises(Unfinished) as raised:
        copies.create(deletion_policy="DELETE")
    copies.rig.clock.interrupt_at_s = float("inf")

    copies.delete(raised.value.state)

    assert copies.there() == []


def test_twin_that_copies_at_the_same_time_keeps_its_own(copies: Copies) -> None:
    """Two stacks, one parent, and the answer of the second lost: each ends with a copy of its own."""
    parent = copies.parent_model()
    mine = copies.create(parent_model=parent)
    copies.stack = "canary"
    copies.rig.emulator.faults.add(**STEPS["copy"], drop="after")

    other = go_on(copies, troubled(copies, parent_model=parent), parent_model=parent)

    assert sorted(copy.name for copy in copies.there()) == sorted([mine["tuned_model_name"], other["tuned_model_name"]])


def test_young_grants_are_ridden_out(copies: Copies) -> None:
    """The role was granted in the same `up`: it arrives minutes later, and one line says what is waited for."""
    copies.rig.emulator.configure(grant_delay_s=120)

    state = copies.create()

    assert [copy.name for copy in copies.there()] == [state["tuned_model_name"]]
    reported = [line for line in copies.rig.report.warnings if "grants that are minutes old" in line]
    assert len(reported) == 1


def test_grant_that_never_comes_is_reported_with_the_role(copies: Copies) -> None:
    """After seven minutes the refusal is final, and the line says what to grant where."""
    copies.rig.emulator.revoke("acme", ROLE, AGENT)
    began_s = copies.rig.clock.now_s

    with pytest.raises(PermissionDeniedError) as raised:
        copies.create()

    assert "grant roles/aiplatform.serviceAgent there" in str(raised.value)
    assert copies.rig.clock.now_s - began_s < 600
    assert copies.there() == []


def test_copy_within_one_project_waits_for_no_grants(copies: Copies) -> None:
    """There a 403 is about the caller, and final."""
    copies.rig.emulator.faults.add(**STEPS["copy"], status=403, times=0)
    source = copies.versions[0].replace(copies.versions[0].split("/")[1], "acme")
    began_s = copies.rig.clock.now_s

    with pytest.raises(PermissionDeniedError):
        copies.create(source, project="acme", location="europe-west4")

    assert copies.rig.clock.now_s - began_s < 60


@pytest.mark.parametrize("status", [503, 429])
def test_outage_ends_within_the_timeout_and_the_next_run_makes_the_copy(copies: Copies, status: int) -> None:
    copies.rig.emulator.faults.add(**STEPS["copy"], status=status, times=0)
    began_s = copies.rig.clock.now_s

    state = troubled(copies)
    took_s = copies.rig.clock.now_s - began_s
    ended = go_on(copies, state)

    assert took_s <= DEFAULT_TIMEOUT.total_seconds()
    assert [copy.name for copy in copies.there()] == [ended["tuned_model_name"]]
