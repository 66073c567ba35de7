"""Errors of the layers below become ours: none leaks, and Google's words stay."""

import inspect
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import ModuleType

import google.auth.exceptions
import google.genai.errors
import httpx2
import pydantic
import pytest

from pulumi_ctune.core.errors import (
    ApiError,
    BadRequestError,
    CredentialsError,
    CtuneError,
    NotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    UnavailableError,
)
from pulumi_ctune.vertex.errors import of_answer, of_operation, translate, translating
from tests.unit.vertex_wire import PARENT, Wire, client, error

# Raised by nothing that is called here: function calling, live sessions, streams and cookies.
_NEVER_MET = {
    "UnknownFunctionCallArgumentError",
    "UnsupportedFunctionError",
    "FunctionInvocationError",
    "ContinuationInterruptedError",
    "ExperimentalWarning",
    "CookieConflict",
    "StreamError",
    "StreamConsumed",
    "StreamClosed",
    "ResponseNotRead",
    "RequestNotRead",
}


def exception_classes(module: ModuleType) -> Iterator[type[Exception]]:
    for _, cls in inspect.getmembers(module, inspect.isclass):
        if issubclass(cls, Exception) and cls.__name__ not in _NEVER_MET:
            yield cls


def made(cls: type[Exception]) -> Exception:
    """An instance, without asking what its constructor wants."""
    instance = cls.__new__(cls)
    instance.args = ("some text",)
    if issubclass(cls, google.genai.errors.APIError):
        instance.__dict__.update(code=503, details={}, response=None)
    if issubclass(cls, httpx2.HTTPStatusError):
        instance.__dict__.update(response=httpx2.Response(503))
    if issubclass(cls, google.auth.exceptions.GoogleAuthError):
        instance.__dict__.update(_retryable=False)
    return instance


@pytest.mark.parametrize(
    "cls",
    [
        *exception_classes(httpx2),
        *exception_classes(google.auth.exceptions),
        *exception_classes(google.genai.errors),
        json.JSONDecodeError,
        UnicodeDecodeError,
        pydantic.ValidationError,
    ],
    ids=lambda cls: f"{cls.__module__}.{cls.__name__}",
)
def test_every_error_of_the_layers_below_is_translated(cls: type[Exception]) -> None:
    """A new exception class in httpx2, google-auth or google-genai must be given a meaning here first."""
    if cls is UnicodeDecodeError:
        instance: Exception = UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
    elif cls is json.JSONDecodeError:
        instance = json.JSONDecodeError("Expecting value", "", 0)
    elif cls is pydantic.ValidationError:
        instance = pydantic.ValidationError.from_exception_data("TuningJob", [])
    else:
        instance = made(cls)

    translated = translate(instance, "it failed")

    assert isinstance(translated, ApiError | CredentialsError)
    assert translated.what == "it failed"


def test_our_own_mistakes_stay_as_they_are() -> None:
    """A bug of ours is a traceback, never a polite message."""
    with pytest.raises(KeyError), translating("it failed"):
        raise KeyError("name")


def test_our_own_errors_pass_through() -> None:
    """What is translated already is not wrapped again."""
    with pytest.raises(NotFoundError) as raised, translating("the outer one failed"):
        raise NotFoundError("the inner one failed")

    assert str(raised.value) == "the inner one failed"


@pytest.mark.parametrize(
    ("code", "error_class"),
    [
        (400, BadRequestError),
        (401, PermissionDeniedError),
        (403, PermissionDeniedError),
        (404, BadRequestError),
        (408, UnavailableError),
        (409, BadRequestError),
        (412, BadRequestError),
        (429, QuotaExceededError),
        (499, BadRequestError),
        (500, UnavailableError),
        (501, BadRequestError),
        (503, UnavailableError),
        (504, UnavailableError),
    ],
)
def test_status_decides_the_class(code: int, error_class: type[ApiError]) -> None:
    """The same status means the same by way of the SDK and of our own requests."""
    by_sdk, by_rest = client(Wire(error(code, "m", "S"))), client(Wire(error(code, "m", "S")))

    with pytest.raises(ApiError) as sdk:
        by_sdk.get_job(f"{PARENT}/tuningJobs/1")
    with pytest.raises(ApiError) as rest:
        by_rest.get_endpoint(f"{PARENT}/endpoints/1")

    assert (type(sdk.value), sdk.value.code, sdk.value.status) == (error_class, code, "S")
    assert (type(rest.value), rest.value.code, rest.value.status) == (error_class, code, "S")
    assert sdk.value.why == rest.value.why == f"HTTP {code} S: m"


@pytest.mark.parametrize(
    ("body", "error_class"),
    [
        ({"error": {"code": 404, "message": "m", "status": "NOT_FOUND"}}, NotFoundError),
        ({"error": {"code": 404, "message": "m", "errors": [{"reason": "notFound"}]}}, NotFoundError),
        ({"error": {"code": 404, "message": "m"}}, BadRequestError),
        ("<html>Not Found</html>", BadRequestError),
    ],
    ids=["Vertex AI", "Cloud Storage", "a proxy in JSON", "a proxy's page"],
)
def test_only_google_says_that_something_is_absent(body: object, error_class: type[ApiError]) -> None:
    """Who takes a portal's 404 for an absence trains again, or leaves behind what was to be deleted."""
    text = body if isinstance(body, str) else json.dumps(body)

    assert type(of_answer("w", 404, {}, text, "Not Found")) is error_class


def test_field_violations_are_shown() -> None:
    """Google says which field is wrong in the details; the message alone often does not."""
    answer = {
        "error": {
            "code": 400,
            "message": "Request contains an invalid argument.",
            "status": "INVALID_ARGUMENT",
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.BadRequest",
                    "fieldViolations": [
                        {"field": "supervisedTuningSpec.hyperParameters.epochCount", "description": "must be positive"},
                        {"field": "labels", "description": "too many"},
                    ],
                }
            ],
        }
    }

    actual = of_answer("submitting failed", 400, {}, json.dumps(answer))

    assert str(actual) == (
        "submitting failed: HTTP 400 INVALID_ARGUMENT: Request contains an invalid argument. "
        "(supervisedTuningSpec.hyperParameters.epochCount: must be positive; labels: too many)"
    )


def test_advice_is_shown_and_a_link_is_not() -> None:
    """Help without a URL says what the message leaves open; a link's title says nothing by itself."""
    links = [{"description": "Ask our sales team."}, {"description": "Console", "url": "https://x.example"}, "odd"]

    refusal = of_answer("w", 403, {}, error(403, "Permission denied.", "PERMISSION_DENIED", links=links).text)

    assert str(refusal) == "w: HTTP 403 PERMISSION_DENIED: Permission denied. (Ask our sales team.)"


def test_wrapped_error_document_is_unwrapped() -> None:
    """Some of Google's front ends answer with a list that holds the error."""
    actual = of_answer("it failed", 404, {}, '[{"error": {"code": 404, "message": "gone", "status": "NOT_FOUND"}}]')

    assert actual.why == "HTTP 404 NOT_FOUND: gone"


def test_page_of_a_proxy_becomes_plain_text() -> None:
    """What answers instead of Google is shown as text, cut to a readable length."""
    page = "<html><head><style>p {color: red}</style><title>502</title></head><body><p>Bad\ngateway</body></html>"

    actual = of_answer("it failed", 502, {}, page + "x" * 1000, "Bad Gateway")

    assert actual.why.startswith("HTTP 502 Bad Gateway: 502 Bad gateway xxx")
    assert len(actual.why) < 700


@pytest.mark.parametrize(
    ("headers", "details", "expected"),
    [
        ({"retry-after": "7"}, [], 7.0),
        ({}, [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "12.5s"}], 12.5),
        ({"retry-after": "7"}, [{"retryDelay": "2s"}], 2.0),
        ({"retry-after": "soon"}, [{"retryDelay": "later"}], None),
        ({}, [], None),
    ],
    ids=["header", "retry-info", "both", "nonsense", "none"],
)
def test_requested_pause_is_read(
    headers: dict[str, str], details: list[dict[str, str]], expected: float | None
) -> None:
    """Retry-After and RetryInfo end up as seconds."""
    answer = {"error": {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED", "details": details}}

    actual = of_answer("it failed", 429, headers, json.dumps(answer))

    assert actual.retry_after_s == expected


def test_requested_pause_may_be_a_date() -> None:
    """HTTP allows a date in Retry-After; one in the past means now."""
    ahead, past = datetime.now(UTC) + timedelta(hours=1), datetime.now(UTC) - timedelta(hours=1)

    later = of_answer("it failed", 503, {"retry-after": format_datetime(ahead, usegmt=True)}, "")
    now = of_answer("it failed", 503, {"retry-after": format_datetime(past, usegmt=True)}, "")

    assert later.retry_after_s == pytest.approx(3600, abs=60)
    assert now.retry_after_s == 0


@pytest.mark.parametrize(
    ("code", "message", "next_step"),
    [
        (401, "Request had invalid credentials.", "gcloud auth application-default login"),
        (403, "Permission 'aiplatform.tuningJobs.create' denied on resource.", "roles/aiplatform.user"),
        (403, "Permission 'iam.serviceAccounts.actAs' denied.", "roles/iam.serviceAccountUser"),
        (403, "x does not have storage.objects.get access to the object.", "roles/storage.objectViewer"),
        (403, "Vertex AI API has not been used in project 1 before or it is disabled.", "gcloud services enable"),
        (404, "not here", ""),
    ],
)
def test_known_refusals_say_what_to_do(code: int, message: str, next_step: str) -> None:
    """Where the way out is known, it is named as a role or a command."""
    actual = of_answer("it failed", code, {}, json.dumps({"error": {"message": message}}))

    assert next_step in actual.next_step
    assert bool(next_step) == bool(actual.next_step)


@pytest.mark.parametrize(
    ("number", "error_class", "why"),
    [
        (9, BadRequestError, "gRPC 9 FAILED_PRECONDITION: still deployed"),
        (5, NotFoundError, "gRPC 5 NOT_FOUND: still deployed"),
        (14, UnavailableError, "gRPC 14 UNAVAILABLE: still deployed"),
        (99, UnavailableError, "gRPC 99 UNKNOWN: still deployed"),
    ],
)
def test_failed_operation_has_grpc_codes(number: int, error_class: type[ApiError], why: str) -> None:
    """Operations fail with gRPC codes, which are told apart from HTTP's."""
    actual = of_operation("it failed", {"code": number, "message": "still deployed"})

    assert (type(actual), actual.why) == (error_class, why)


def test_no_answer_names_the_host() -> None:
    """A refused connection is told with host, cause and what to check."""
    request = httpx2.Request("GET", "https://us-central1-aiplatform.googleapis.com/v1beta1/x")

    actual = translate(httpx2.ConnectError("[Errno 111] Connection refused", request=request), "it failed")

    assert str(actual) == (
        "it failed: no answer from us-central1-aiplatform.googleapis.com "
        "(ConnectError: [Errno 111] Connection refused). Check the network, the proxy settings and ctune:apiEndpoint."
    )


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (google.auth.exceptions.DefaultCredentialsError("not found"), CredentialsError),
        (google.auth.exceptions.RefreshError("invalid_grant", {"error": "invalid_grant"}), CredentialsError),
        (google.auth.exceptions.RefreshError("later", retryable=True), UnavailableError),
        (
            google.auth.exceptions.RefreshError(google.auth.exceptions.TransportError("no metadata server")),
            UnavailableError,
        ),
        (google.auth.exceptions.TransportError("no route"), UnavailableError),
    ],
    ids=["no-credentials", "refused", "retryable", "metadata-server", "network"],
)
def test_missing_credentials_are_known_from_a_missing_network(raised: Exception, expected: type[CtuneError]) -> None:
    """Without credentials somebody has to sign in; without a network it may pass by itself."""
    actual = translate(raised, "it failed")

    assert type(actual) is expected


def test_missing_credentials_say_how_to_sign_in() -> None:
    """The next step is a command and the config keys."""
    actual = translate(google.auth.exceptions.DefaultCredentialsError("Your default credentials were not found."), "x")

    assert str(actual) == (
        "x: DefaultCredentialsError: Your default credentials were not found. Run `gcloud auth application-default "
        "login`, or set gcp:accessToken or GOOGLE_APPLICATION_CREDENTIALS."
    )


@pytest.mark.parametrize("code", [400, 401, 403, 404, 429])
def test_googles_refusal_proves_that_nothing_was_made(code: int) -> None:
    """These answers come before any work is done."""
    refused = of_answer("w", code, {}, json.dumps({"error": {"code": code, "message": "m", "status": "S"}}))

    assert refused.proves_nothing_was_made


@pytest.mark.parametrize("code", [408, 409, 412, 418, 499, 500, 501, 503])
def test_other_answers_prove_nothing(code: int) -> None:
    """409 and 499 were seen after the work was done; what is not known to be a refusal is none."""
    answered = of_answer("w", code, {}, json.dumps({"error": {"code": code, "message": "m", "status": "S"}}))

    assert not answered.proves_nothing_was_made


@pytest.mark.parametrize("body", ["<html>no</html>", "", '{"error": "no"}', '{"message": "no"}', "[]", "null"])
def test_refusal_by_somebody_on_the_way_proves_nothing(body: str) -> None:
    """A proxy may have passed the request on before it said 403."""
    assert not of_answer("w", 403, {}, body).proves_nothing_was_made


@pytest.mark.parametrize("cls", [httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError])
def test_request_without_a_connection_was_never_sent(cls: type[Exception]) -> None:
    """No connection, no request: nothing can have been made."""
    translated = translate(cls("x"), "w")

    assert translated is not None
    assert translated.never_sent
    assert translated.but(what="other").proves_nothing_was_made


@pytest.mark.parametrize("cls", [httpx2.ReadError, httpx2.ReadTimeout, httpx2.WriteError, httpx2.RemoteProtocolError])
def test_request_that_lost_its_connection_may_have_been_carried_out(cls: type[Exception]) -> None:
    """What was written to a connection may have arrived."""
    translated = translate(cls("x"), "w")

    assert translated is not None
    assert not translated.proves_nothing_was_made


def test_request_without_a_token_was_never_sent() -> None:
    """Tokens are got before the request."""
    assert CredentialsError("w").proves_nothing_was_made
