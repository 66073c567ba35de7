"""Cancelling a job that may have ended in the meantime, on the real client and the emulator."""

import re

import httpx2
import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.tuning_job import job_cancellation
from pulumi_ctune.vertex.client import VertexClient
from tests.core.rig import Rig
from vertex_emulator.transport import EmbeddedTransport

REFUSED = "is in state JOB_STATE_SUCCEEDED and cannot be canceled."


class LateCancel(httpx2.BaseTransport):
    """The embedded emulator, where a job ends in the moment before it is cancelled, as Google answers then."""

    def __init__(self, rig: Rig, after_s: float) -> None:
        self._rig, self._after_s = rig, after_s
        self._embedded = EmbeddedTransport(rig.emulator)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith(":cancel"):
            self._rig.clock.pause(self._after_s)
        return self._embedded.handle_request(request)


def late_client(rig: Rig, after_s: float = 1000.0) -> VertexClient:
    """A client whose cancellations come late, and are refused."""
    rig.emulator.faults.add(path=":cancel$", status=400, reason="FAILED_PRECONDITION", message=REFUSED, times=0)
    settings = Settings(project="acme", api_endpoint=ApiEndpoint("embedded"))
    return VertexClient(settings, transport=LateCancel(rig, after_s), sleep=lambda _: None)


def running_job(rig: Rig, at_s: float = 300.0, **changes: object) -> dict[str, object]:
    """The state of a job whose wait was interrupted."""
    rig.clock.interrupt_at_s = rig.clock.now_s + at_s
    with pytest.raises(Unfinished) as interrupted:
        rig.verbs().create(rig.inputs(**changes))
    rig.clock.interrupt_at_s = float("inf")
    return interrupted.value.state


def test_running_job_is_cancelled(rig: Rig) -> None:
    """Google is asked once, and goes about it."""
    name = str(running_job(rig)["name"])

    assert job_cancellation.cancel(rig.client, rig.verbs().context, name)
    assert rig.live_jobs() == []


def test_job_that_ended_a_moment_before_is_as_good_as_cancelled(rig: Rig) -> None:
    """The refusal of a job that has ended is no error."""
    name = str(running_job(rig)["name"])

    assert not job_cancellation.cancel(late_client(rig), rig.verbs().context, name)


def test_second_cancel_may_be_refused(rig: Rig) -> None:
    """A job that is being cancelled already is left to that."""
    name = str(running_job(rig)["name"])
    rig.client.cancel_job(name)

    assert job_cancellation.cancel(late_client(rig, after_s=0.0), rig.verbs().context, name)


def test_job_that_is_gone_is_as_good_as_cancelled(rig: Rig) -> None:
    """Nothing runs where there is no job."""
    name = "projects/acme/locations/us-central1/tuningJobs/404"

    assert not job_cancellation.cancel(rig.client, rig.verbs().context, name)


def test_refusal_of_a_job_that_runs_on_is_an_error(rig: Rig) -> None:
    """It costs money: the error says how to cancel it by hand."""
    name = str(running_job(rig)["name"])

    with pytest.raises(CtuneError, match=re.escape(f"could not be cancelled and still runs [{name}]")) as refused:
        job_cancellation.cancel(late_client(rig, after_s=0.0), rig.verbs().context, name)

    assert "gcloud ai tuning-jobs cancel" in refused.value.next_step


def test_not_found_of_a_proxy_proves_nothing(rig: Rig) -> None:
    """A 404 that is not the API's own leaves it open whether the job runs: an error, though the job is there."""
    name = str(running_job(rig)["name"])
    rig.emulator.faults.add(path=":cancel$", status=404, reason="Not Found", times=0)

    with pytest.raises(CtuneError, match="could not be cancelled and still runs"):
        job_cancellation.cancel(rig.client, rig.verbs().context, name)
