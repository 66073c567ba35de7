"""What each answer to a submission means: nothing was made, something may have been, or it passes by itself."""

from typing import Any

import httpx2
import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.errors import CtuneError, PermissionDeniedError, WaitInterruptedError
from pulumi_ctune.vertex.client import VertexClient
from tests.core.rig import Rig
from vertex_emulator.transport import EmbeddedTransport

CREATE = {"method": "POST", "path": "/tuningJobs$"}
ACCOUNT = "tuner@acme.iam.gserviceaccount.com"
GRANT_IS_MISSING = (
    "The Vertex AI service agent lacks roles/iam.serviceAccountTokenCreator on the service account "
    "tuner@acme.iam.gserviceaccount.com."
)


class RefusedAfterAll(httpx2.BaseTransport):
    """The embedded emulator, which answers the first submission like this though it has carried it out."""

    def __init__(self, rig: Rig, code: int) -> None:
        self._embedded = EmbeddedTransport(rig.emulator)
        self._code = code

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = self._embedded.handle_request(request)
        if request.method != "POST" or not request.url.path.endswith("/tuningJobs"):
            return response
        error = {"code": self._code, "message": "The operation was cancelled.", "status": "CANCELLED"}
        return httpx2.Response(self._code, json={"error": error}, request=request)


@pytest.mark.parametrize("status", [400, 403])
def test_young_grants_are_waited_for(rig: Rig, status: int) -> None:
    """A refusal that grants of minutes ago explain is tried again, and one warning says why."""
    rig.emulator.faults.add(**CREATE, status=status, message=GRANT_IS_MISSING, times=4)

    state = rig.create(rig.inputs(service_account=ACCOUNT))

    assert [job["name"] for job in rig.emulator.jobs()] == [state["name"]]
    (warning,) = rig.report.warnings
    assert warning.startswith("Vertex AI refuses the service account, which grants that are minutes old explain:")


@pytest.mark.parametrize("delay_s", [120, 410], ids=["two minutes", "seven minutes"])
def test_grants_that_take_minutes_cost_no_run(rig: Rig, delay_s: int) -> None:
    """However long Google says that they may take: one job, one warning, and the run goes on by itself."""
    rig.emulator.configure(grant_delay_s=delay_s)

    state = rig.create(rig.inputs(service_account=ACCOUNT))

    assert [job["name"] for job in rig.emulator.jobs()] == [state["name"]]
    assert rig.emulator.jobs()[0]["serviceAccount"] == ACCOUNT
    assert len(rig.submissions()) > 1
    assert len(rig.report.warnings) == 1


def test_grants_that_never_come_are_a_refusal(rig: Rig) -> None:
    """The wait has an end, and the error is Google's."""
    rig.emulator.faults.add(**CREATE, status=403, message=GRANT_IS_MISSING, times=0)

    with pytest.raises(PermissionDeniedError, match=r"no tuning job was submitted.*serviceAccountTokenCreator"):
        rig.create(rig.inputs(service_account=ACCOUNT))

    assert rig.clock.now_s < 900


def test_refusal_without_a_service_account_is_final(rig: Rig) -> None:
    """Where no account was given, nobody's grants are young."""
    rig.emulator.faults.add(**CREATE, status=403, message=GRANT_IS_MISSING, times=0)

    with pytest.raises(PermissionDeniedError):
        rig.create(rig.inputs())

    assert len(rig.submissions()) == 1


@pytest.mark.parametrize("code", [409, 499])
def test_refusal_after_the_work_was_done_is_looked_up(rig: Rig, code: int) -> None:
    """409 and 499 also come when the job was made: it is found by its labels."""
    settings = Settings(project="acme", api_endpoint=ApiEndpoint("embedded"))
    rig.client = VertexClient(settings, transport=RefusedAfterAll(rig, code), sleep=lambda _: None)

    state = rig.create(rig.inputs())

    assert [job["name"] for job in rig.emulator.jobs()] == [state["name"]]


def test_refusal_that_proves_nothing_does_not_claim_that_nothing_was_made(rig: Rig) -> None:
    """A 409 without a job says what is not known, and nothing is sent again."""
    rig.emulator.faults.add(**CREATE, status=409, times=0)

    with pytest.raises(CtuneError, match="it is not known whether a tuning job was submitted"):
        rig.create(rig.inputs())

    assert len(rig.submissions()) == 1


@pytest.mark.parametrize("path", ["/tuningJobs$", "/models/[^/]*$", "/b/data/o/"], ids=["list", "source", "dataset"])
def test_nothing_is_sent_after_an_interruption(rig: Rig, path: str) -> None:
    """Ctrl-C while something is looked up before the submission: no job is made."""
    source = rig.create(rig.inputs())["tuned_model_name"]
    rig.clock.interrupt_at_s = rig.clock.now_s
    rig.emulator.faults.add(method="GET", path=path, status=503)

    with pytest.raises(WaitInterruptedError, match="no tuning job was submitted"):
        rig.create(_continued(rig, source))

    assert len(rig.submissions()) == 1


def _continued(rig: Rig, source: str) -> dict[str, Any]:
    return rig.continued(source, triggers=["another"])
