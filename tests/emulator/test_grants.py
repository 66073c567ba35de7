"""The setting `grant_delay_s`: an account whose grants are young is refused, as at Google."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.emulator.conftest import PARENT, supervised
from vertex_emulator.app import Emulator

DELAY_S = 300.0


def submit(http: httpx2.Client, account: str) -> httpx2.Response:
    body = {
        "baseModel": "gemini-3.5-flash",
        **supervised(1),
        "serviceAccount": f"{account}@acme.iam.gserviceaccount.com",
    }
    return http.post(f"{PARENT}/tuningJobs", json=body)


def test_account_is_refused_until_its_grants_have_arrived(http: httpx2.Client, emulator: Emulator) -> None:
    """Counted from the first job that names the account; a refusal makes no job."""
    emulator.configure(grant_delay_s=DELAY_S)

    first = submit(http, "tuner")
    emulator.advance(timedelta(seconds=DELAY_S - 1))
    second = submit(http, "tuner")
    emulator.advance(timedelta(seconds=1))
    third = submit(http, "tuner")

    assert (first.status_code, first.json()["error"]["status"]) == (403, "PERMISSION_DENIED")
    assert "roles/iam.serviceAccountTokenCreator on the service account tuner@acme" in first.json()["error"]["message"]
    assert (second.status_code, third.status_code) == (403, 200)
    assert [job["name"] for job in emulator.jobs()] == [third.json()["name"]]


def test_each_account_has_grants_of_its_own(http: httpx2.Client, emulator: Emulator) -> None:
    """An account that has run a job stays allowed while a new one waits."""
    emulator.configure(grant_delay_s=DELAY_S)
    submit(http, "tuner")
    emulator.advance(timedelta(seconds=DELAY_S))

    assert (submit(http, "tuner").status_code, submit(http, "other").status_code) == (200, 403)


@pytest.mark.parametrize("delay_s", [0.0, DELAY_S], ids=["no delay", "no account"])
def test_nothing_else_is_refused(
    http: httpx2.Client, emulator: Emulator, create: Callable[..., dict[str, Any]], delay_s: float
) -> None:
    """By default grants are there at once, and a job without an account of its own needs none."""
    emulator.configure(grant_delay_s=delay_s)

    made = create() if delay_s else submit(http, "tuner").json()

    assert made["state"] == "JOB_STATE_PENDING"
