"""What the emulator tells of a project: number, services, permissions, quota, keys, policies. Read only."""

from typing import Any

import httpx2
import pytest

from vertex_emulator.app import Emulator
from vertex_emulator.names import project_number

NUMBER = project_number("acme")


def ask(http: httpx2.Client, method: str, path: str, **request: Any) -> httpx2.Response:
    return http.request(method, f"http://localhost{path}", **request)


def test_project_has_the_number_of_its_names(http: httpx2.Client) -> None:
    """By the id, as everywhere else."""
    found = ask(http, "GET", "/v3/projects/acme").json()

    assert (found["name"], found["projectId"], found["state"]) == (f"projects/{NUMBER}", "acme", "ACTIVE")


def test_services_are_enabled_until_one_is_withheld(http: httpx2.Client, emulator: Emulator) -> None:
    """In the order of the request, with the project's number."""
    emulator.withhold("cloudkms.googleapis.com")
    names = [f"projects/acme/services/{name}.googleapis.com" for name in ("aiplatform", "cloudkms")]

    found = ask(http, "GET", "/v1/projects/acme/services:batchGet", params={"names": names}).json()["services"]

    assert [(each["name"], each["state"]) for each in found] == [
        (f"projects/{NUMBER}/services/aiplatform.googleapis.com", "ENABLED"),
        (f"projects/{NUMBER}/services/cloudkms.googleapis.com", "DISABLED"),
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v3/projects/acme:testIamPermissions"),
        ("POST", "/v1/projects/-/serviceAccounts/tuner@acme.iam.gserviceaccount.com:testIamPermissions"),
        ("GET", "/storage/v1/b/data/iam/testPermissions"),
    ],
    ids=["project", "service account", "bucket"],
)
def test_permission_is_there_until_it_is_withheld(
    http: httpx2.Client, emulator: Emulator, method: str, path: str
) -> None:
    """The answer has those of the request that the caller has, and no field for none."""
    asked = {"permissions": ["storage.objects.get"]}
    request = {"params": asked} if method == "GET" else {"json": asked}

    before = ask(http, method, path, **request).json()
    emulator.withhold("storage.objects.get")
    after = ask(http, method, path, **request).json()

    assert before["permissions"] == ["storage.objects.get"]
    assert "permissions" not in after


def test_quota_is_the_limit_of_the_settings(http: httpx2.Client, emulator: Emulator) -> None:
    """Of concurrent jobs; -1 without one."""
    metric = "aiplatform.googleapis.com%2Fglobal_concurrent_tuning_jobs"
    path = f"/v1beta1/projects/acme/services/aiplatform.googleapis.com/consumerQuotaMetrics/{metric}"

    def limit() -> str:
        found = ask(http, "GET", path).json()["consumerQuotaLimits"][0]["quotaBuckets"][0]
        return str(found["effectiveLimit"])

    before = limit()
    emulator.configure(max_concurrent_jobs=3)

    assert (before, limit()) == ("-1", "3")


def test_key_is_enabled_and_open_to_nobody(http: httpx2.Client) -> None:
    """Any key; its policy has no bindings."""
    path = "/v1/projects/acme/locations/us-central1/keyRings/ring/cryptoKeys/key"

    assert ask(http, "GET", path).json()["primary"]["state"] == "ENABLED"
    assert "bindings" not in ask(http, "GET", f"{path}:getIamPolicy").json()


def test_policy_of_a_bucket_is_empty(http: httpx2.Client) -> None:
    """And there is none of a bucket that is not there."""
    found = [ask(http, "GET", f"/storage/v1/b/{bucket}/iam") for bucket in ("data", "none")]

    assert [each.status_code for each in found] == [200, 404]
    assert "bindings" not in found[0].json()


def test_withheld_is_ordered_and_given_back_over_http(http: httpx2.Client) -> None:
    """POST takes away, DELETE gives all back, and what has no name is refused."""
    path = "/emulator/v1/withheld"

    taken = ask(http, "POST", path, json={"name": "aiplatform.models.get"}).json()
    refused = ask(http, "POST", path, json={"role": "owner"})
    given = ask(http, "DELETE", path).json()

    assert (taken, given) == ({"withheld": ["aiplatform.models.get"]}, {"withheld": []})
    assert refused.status_code == 400
