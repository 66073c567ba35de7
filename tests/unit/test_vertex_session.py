"""Hosts, proxies, credentials and the embedded emulator."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.errors import CredentialsError, PermissionDeniedError, UnavailableError
from tests.unit.vertex_wire import JOB, PARENT, SFT, Wire, client, error

ENDPOINT = f"{PARENT}/endpoints/1"


def local(url: str = "http://127.0.0.1:8085") -> Settings:
    return Settings(api_endpoint=ApiEndpoint("url", url=url))


@pytest.fixture(autouse=True)
def _no_credentials_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the developer's own sign-in."""
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))


def sign_in(path: Path) -> str:
    """A file as `gcloud auth application-default login` leaves it; returns its path."""
    document = {
        "type": "authorized_user",
        "client_id": "client",
        "client_secret": "secret",
        "refresh_token": "refresh",
        "quota_project_id": "pays",
    }
    path.write_text(json.dumps(document))
    return str(path)


class Google(Wire):
    """Answers API requests, token requests and impersonation; the n-th token is `t<n>`."""

    def __init__(self, accepted: str = "") -> None:
        super().__init__(self._answer)
        self._accepted = accepted
        self.minted = 0

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.host == "oauth2.googleapis.com":
            self.minted += 1
            return httpx2.Response(200, json={"access_token": f"t{self.minted}", "expires_in": 3600})
        if request.url.host == "iamcredentials.googleapis.com":
            return httpx2.Response(200, json={"accessToken": "borrowed", "expireTime": "2999-01-01T00:00:00Z"})
        if self._accepted and request.headers["authorization"] != f"Bearer {self._accepted}":
            return error(401, "Request had invalid authentication credentials.", "UNAUTHENTICATED")
        return httpx2.Response(200, json={"name": request.url.path.removeprefix("/v1beta1/")})

    def tokens(self, host_part: str = "aiplatform") -> list[str]:
        return [r.headers.get("authorization", "") for r in self.requests if host_part in r.url.host]


def test_loopback_needs_no_credentials() -> None:
    """On a loopback URL nothing is looked up; the SDK refuses google-auth's anonymous credentials."""
    wire = Wire({"name": JOB})
    vertex = client(wire, local())

    vertex.get_job(JOB)
    vertex.get_endpoint(ENDPOINT)

    assert [request.url.host for request in wire.requests] == ["127.0.0.1", "127.0.0.1"]
    assert {request.headers["authorization"] for request in wire.requests} == {"Bearer emulator"}


def test_given_token_is_sent_by_sdk_and_rest_alike() -> None:
    """`gcp:accessToken` goes with every request."""
    google = Google()
    vertex = client(google, Settings(access_token="given"))

    vertex.get_job(JOB)
    vertex.get_endpoint(ENDPOINT)

    assert google.tokens() == ["Bearer given", "Bearer given"]


def test_default_credentials_are_found_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Application Default Credentials serve the SDK and our own requests with one token."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", sign_in(tmp_path / "adc.json"))
    google = Google()
    vertex = client(google, Settings())

    vertex.get_job(JOB)
    vertex.get_endpoint(ENDPOINT)

    assert google.tokens() == ["Bearer t1", "Bearer t1"]


def test_service_account_is_impersonated() -> None:
    """`gcp:impersonateServiceAccount` borrows a token with the given one."""
    google = Google()
    settings = Settings(access_token="given", impersonate_service_account="robot@acme.iam.gserviceaccount.com")

    client(google, settings).get_job(JOB)

    assert google.requests[0].url.path.endswith(
        "/serviceAccounts/robot@acme.iam.gserviceaccount.com:generateAccessToken"
    )
    assert google.body(0)["scope"] == ["https://www.googleapis.com/auth/cloud-platform"]
    assert google.tokens("iamcredentials") == ["Bearer given"]
    assert google.tokens() == ["Bearer borrowed"]


def test_rejected_token_is_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A token that the server no longer takes costs one 401, not the whole wait."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", sign_in(tmp_path / "adc.json"))
    google = Google(accepted="t2")
    vertex = client(google, Settings())

    with pytest.raises(PermissionDeniedError):
        vertex.get_job(JOB)
    job = vertex.get_job(JOB)

    assert (job.name, google.minted) == (JOB, 2)


def test_read_with_a_rejected_token_is_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Short reads get over it by themselves."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", sign_in(tmp_path / "adc.json"))
    google = Google(accepted="t2")

    endpoint = client(google, Settings()).get_endpoint(ENDPOINT)

    assert (endpoint.name, google.minted) == (ENDPOINT, 2)


def test_given_token_that_is_rejected_says_so() -> None:
    """A given token cannot be replaced by us."""
    with pytest.raises(PermissionDeniedError) as refused:
        client(Google(accepted="other"), Settings(access_token="given")).get_endpoint(ENDPOINT)

    assert str(refused.value) == (
        f"{ENDPOINT} could not be read: HTTP 401 UNAUTHENTICATED: Request had invalid authentication credentials. Run "
        "`gcloud auth application-default login`, or set gcp:accessToken or GOOGLE_APPLICATION_CREDENTIALS."
    )


def test_token_that_a_server_quotes_is_not_shown() -> None:
    """Whoever answers, a proxy too, may repeat what it was sent."""
    token = "ya29.hunter2-0123456789"
    wire = Wire(lambda request: error(403, f"No, {request.headers['authorization']}.", "PERMISSION_DENIED"))

    with pytest.raises(PermissionDeniedError, match=r"No, Bearer \[secret\]\."):
        client(wire, Settings(access_token=token)).get_endpoint(ENDPOINT)


@pytest.mark.parametrize("content", ["{", "{}", '{"type": "service_account"}'], ids=["cut", "empty", "incomplete"])
def test_broken_key_file_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str) -> None:
    """Whatever is wrong with the credentials, the answer is a CredentialsError with a way out."""
    key = tmp_path / "key.json"
    key.write_text(content)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
    wire = Wire({})

    with pytest.raises(CredentialsError, match="gcloud auth application-default login"):
        client(wire, Settings()).submit("acme", "us-central1", SFT)

    assert wire.requests == []


def test_no_credentials_at_all_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a sign-in and off Google Cloud, the answer is what to run."""
    monkeypatch.setenv("GCE_METADATA_DETECT_RETRIES", "1")
    wire = Wire(httpx2.ConnectError("no metadata server"))

    with pytest.raises(CredentialsError) as missing:
        client(wire, Settings()).submit("acme", "us-central1", SFT)

    assert str(missing.value).startswith(
        f"submitting a tuning job in {PARENT} failed: DefaultCredentialsError: Your default credentials were not found."
    )
    assert str(missing.value).endswith(
        "Run `gcloud auth application-default login`, or set gcp:accessToken or GOOGLE_APPLICATION_CREDENTIALS."
    )


def test_signing_in_again_helps_a_wait_that_is_under_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A sign-in that ended is looked up afresh, so that a running `up` gets over it."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", sign_in(tmp_path / "adc.json"))
    refused = httpx2.Response(400, json={"error": "invalid_grant", "error_description": "Reauthentication is needed"})
    token = httpx2.Response(200, json={"access_token": "t", "expires_in": 3600})
    wire = Wire(refused, token, {"name": JOB})
    vertex = client(wire, Settings())

    with pytest.raises(CredentialsError, match="Reauthentication is needed"):
        vertex.get_job(JOB)
    (tmp_path / "adc.json").write_text((tmp_path / "adc.json").read_text().replace('"refresh"', '"signed-in-again"'))
    job = vertex.get_job(JOB)

    assert job.name == JOB
    assert b"refresh_token=signed-in-again" in wire.requests[1].content


def test_threads_share_one_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Twenty resources that start at once fetch one token."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", sign_in(tmp_path / "adc.json"))
    google = Google()
    vertex = client(google, Settings())

    threads = [threading.Thread(target=vertex.get_endpoint, args=(ENDPOINT,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (google.minted, google.tokens()) == (1, ["Bearer t1"] * 20)


def test_missing_key_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The path that the variable holds is part of the message."""
    missing = tmp_path / "nope.json"
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(missing))

    with pytest.raises(CredentialsError, match=r"nope\.json"):
        client(Wire({}), Settings()).get_endpoint(ENDPOINT)


def test_token_that_cannot_be_fetched_is_no_missing_sign_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Network trouble on the way to a token may pass by itself."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", sign_in(tmp_path / "adc.json"))
    wire = Wire(httpx2.ConnectError("no route to host"))

    with pytest.raises(UnavailableError, match=r"no access token \(TransportError: no route to host\)"):
        client(wire, Settings()).get_job(JOB)


@pytest.mark.parametrize(
    ("settings", "header"),
    [
        ({"user_project_override": True, "billing_project": "bill", "project": "acme"}, "bill"),
        ({"user_project_override": True, "project": "acme"}, "acme"),
        ({"billing_project": "bill", "project": "acme"}, None),
    ],
    ids=["billing-project", "own-project", "no-override"],
)
def test_quota_project_is_sent_where_it_is_wanted(settings: Mapping[str, Any], header: str | None) -> None:
    """`gcp:userProjectOverride` names the project that pays, for SDK and REST alike."""
    google = Google()
    vertex = client(google, Settings(access_token="given", **settings))

    vertex.get_job(JOB)
    vertex.get_endpoint(ENDPOINT)

    assert [request.headers.get("x-goog-user-project") for request in google.requests] == [header, header]


def test_quota_project_of_the_credentials_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without an override the project in the credentials file pays, as with Google's own tools."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", sign_in(tmp_path / "adc.json"))
    google = Google()

    client(google, Settings()).get_job(JOB)

    assert google.requests[-1].headers["x-goog-user-project"] == "pays"


def test_looked_up_credentials_never_go_over_plain_http() -> None:
    """Anybody on the way could read the token."""
    wire = Wire({})

    with pytest.raises(CredentialsError, match=r"http://vertex\.example is plain http to another machine"):
        client(wire, local("http://vertex.example")).get_endpoint(ENDPOINT)

    assert wire.requests == []


def test_given_token_may_go_over_plain_http() -> None:
    """An emulator in another container is reached with a token that means nothing."""
    wire = Wire({"name": ENDPOINT})
    settings = Settings(access_token="fake", api_endpoint=ApiEndpoint("url", url="http://vertex.example"))

    endpoint = client(wire, settings).get_endpoint(ENDPOINT)

    assert endpoint.name == ENDPOINT


def test_redirect_is_not_followed() -> None:
    """A redirect would carry the token to another host."""
    wire = Wire(httpx2.Response(302, headers={"location": "https://evil.example/"}))

    with pytest.raises(Exception, match="HTTP 302"):
        client(wire).get_endpoint(ENDPOINT)

    assert [request.url.host for request in wire.requests] == ["vertex.example"]


def test_names_cannot_lead_a_request_elsewhere() -> None:
    """A location is part of a host name, so that nothing but a host label is one."""
    wire = Wire({})

    with pytest.raises(Exception, match="is not of the form"):
        client(wire, Settings(access_token="given")).submit("acme", "evil.example/x?", SFT)

    assert wire.requests == []


@pytest.mark.parametrize("as_path", [False, True], ids=["content", "path"])
def test_key_of_the_config_goes_before_the_default_credentials(tmp_path: Path, as_path: bool) -> None:
    """`gcp:credentials` is the content of a key file or its path, as for pulumi-gcp."""
    path = sign_in(tmp_path / "key.json")
    google = Google()

    client(google, Settings(credentials=path if as_path else Path(path).read_text())).get_endpoint(ENDPOINT)

    assert google.tokens() == ["Bearer t1"]


def test_key_of_the_environment_is_reported_by_its_variable() -> None:
    """Where it came from, not which key of the config it stands for."""
    settings = Settings.load({}.get, {"GCLOUD_KEYFILE_JSON": "{"})

    with pytest.raises(CredentialsError, match=r"\[environment variable GCLOUD_KEYFILE_JSON\]: this is not the JSON"):
        client(Google(), settings).get_endpoint(ENDPOINT)


@pytest.mark.parametrize(
    "content", ['{"hunter2', '{"type": "hunter2"}', '{"type": "service_account", "private_key": "hunter2"}']
)
def test_broken_key_of_the_config_is_reported_without_its_content(content: str) -> None:
    """One line, and no part of the key in it."""
    with pytest.raises(CredentialsError, match="gcp:credentials") as refused:
        client(Google(), Settings(credentials=content)).get_endpoint(ENDPOINT)

    assert "hunter2" not in str(refused.value)
    assert "\n" not in str(refused.value)
