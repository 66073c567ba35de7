"""Turn every error of the layers below into ours: google-genai, httpx2, google-auth, pydantic, JSON, and error answers.

Owns one table from exception classes to translations; a class stands for its subclasses. Classes are held by name,
because importing their modules takes longer than most calls. What the table does not know is our own mistake and stays
a traceback.

Error answers: https://cloud.google.com/apis/design/errors
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any

from pulumi_ctune.core import next_steps
from pulumi_ctune.core.errors import (
    GRPC_CODES,
    ApiError,
    BadRequestError,
    CredentialsError,
    CtuneError,
    NotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    UnavailableError,
)
from pulumi_ctune.core.printable import MOST_NAMES, listed
from pulumi_ctune.vertex import documents

SIGN_IN = "Run `gcloud auth application-default login`, or set gcp:accessToken or GOOGLE_APPLICATION_CREDENTIALS."
_LOOK_AT_NETWORK = "Check the network, the proxy settings and ctune:apiEndpoint."
_NEVER_SENT = frozenset(("ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError"))  # there was no connection yet
_LONGEST_PAGE = 20_000  # what a page has to say stands at its begin
# An element or tag that does not end goes on to the end of the page: one way to match each text, so linear time.
_TAG = re.compile(
    r"<style\b[^<]*(?:<(?!/style)[^<]*)*(?:</style[^>]*>?)?|<script\b[^<]*(?:<(?!/script)[^<]*)*(?:</script[^>]*>?)?|<[^>]*>?",
    re.IGNORECASE,
)
_FORBIDDEN = 403
_MOST_VIOLATIONS = 100  # of one detail
_LONGEST_TEXT = 600  # of an answer that is not Google's: such as a proxy's page

_OF_CODE: Mapping[int, type[ApiError]] = {
    401: PermissionDeniedError,
    403: PermissionDeniedError,
    404: NotFoundError,
    408: UnavailableError,
    429: QuotaExceededError,
    501: BadRequestError,  # this server does not know the method: asking again changes nothing
}

_NEXT_STEP_OF_CODE: Mapping[int, str] = {401: SIGN_IN, 407: "Check the proxy settings."}


@contextmanager
def translating(what: str) -> Iterator[None]:
    """Raise foreign errors of the block as ours. `what` is the clause that the error opens with."""
    try:
        yield
    except CtuneError:
        raise
    except Exception as error:
        translated = translate(error, what)
        if translated is None:
            raise
        raise translated from error


def translate(error: Exception, what: str) -> CtuneError | None:
    """Our error for a foreign one; None for a class that no table knows."""
    for cls in type(error).__mro__:
        if translation := _TRANSLATIONS.get(f"{cls.__module__}.{cls.__qualname__}"):
            return translation(error, what)
    return None


def of_answer(what: str, code: int, headers: Mapping[str, str], body: str, reason: str = "") -> ApiError:
    """Our error for an HTTP answer with an error status. `body` is Google's JSON, or whatever a proxy said instead."""
    document = _error_document(body)
    message = document.get("message")
    text = message + _violations(document, message) if isinstance(message, str) else _plain(body)
    status = str(document.get("status") or reason or "")
    why = f"HTTP {code} {status}".rstrip() + (f": {text}" if text else "")
    is_absent = _tells_of_absence(document)
    error = _api_error(what, code, status, why, text, _retry_after_s(headers, document), is_absent=is_absent)
    # Google repeats the code and says its word for it; a proxy that answers in JSON does not.
    error.from_google = document.get("code") == code and isinstance(document.get("status"), str)
    return error


def of_operation(what: str, error: Mapping[str, Any]) -> ApiError:
    """Our error for the `error` of a long-running operation, which has gRPC codes."""
    number = _int(error.get("code"))
    status, code = GRPC_CODES.get(number, ("UNKNOWN", 500))
    message = str(error.get("message") or "")
    text = message + _violations(error, message)
    why = f"gRPC {number} {status}" + (f": {text}" if text else "")
    return _api_error(what, code, status, why, text, _retry_after_s({}, error), is_absent=True)


def _api_error(
    what: str,
    code: int,
    status: str,
    why: str,
    text: str,
    retry_after_s: float | None,
    *,
    is_absent: bool,
) -> ApiError:
    error_class = _OF_CODE.get(code) or (BadRequestError if code < 500 else UnavailableError)
    if error_class is NotFoundError and not is_absent:
        error_class = BadRequestError
    next_step = next_steps.for_refusal(text) if code == _FORBIDDEN else _NEXT_STEP_OF_CODE.get(code, "")
    return error_class(what, why=why, next_step=next_step, code=code, status=status, retry_after_s=retry_after_s)


def _tells_of_absence(document: Mapping[str, Any]) -> bool:
    """Whether a 404 is the word of Vertex AI or Cloud Storage: a proxy or a portal does not know what there is."""
    return document.get("status") == "NOT_FOUND" or bool(_dicts(document.get("errors")))


def _error_document(body: str) -> Mapping[str, Any]:
    try:
        document = documents.parse(body)
    except ValueError:
        return {}
    if isinstance(document, list) and len(document) == 1:  # some of Google's front ends wrap it
        document = document[0]
    if not isinstance(document, dict):
        return {}
    error = document.get("error", document)
    return error if isinstance(error, dict) else {"message": str(error)}


def _violations(document: Mapping[str, Any], message: str) -> str:
    """What the details of BadRequest, PreconditionFailure, QuotaFailure and Help say beyond the message."""
    said = []
    head = message[:_LONGEST_PAGE]  # each is looked for in it
    for detail in islice(_details(document), MOST_NAMES):
        violations = [*_dicts(detail.get("fieldViolations")), *_dicts(detail.get("violations"))]
        for violation in violations[:_MOST_VIOLATIONS]:
            description = str(violation.get("description") or "")
            subject = str(violation.get("field") or violation.get("subject") or "")
            if description and description not in head:
                said.append(f"{subject}: {description}" if subject else description)
            elif subject and subject not in head:
                said.append(subject)
        for link in _dicts(detail.get("links"))[:_MOST_VIOLATIONS]:
            description = str(link.get("description") or "")
            # One without a URL is advice: a closed location is explained so.
            if description and not link.get("url") and description not in head:
                said.append(description)
    return f" ({listed(said, between='; ')})" if said else ""


def _retry_after_s(headers: Mapping[str, str], document: Mapping[str, Any]) -> float | None:
    for detail in _details(document):
        if match := re.fullmatch(r"([0-9]{1,300}(?:\.[0-9]+)?)s", str(detail.get("retryDelay") or "")):
            return float(match[1])
    value = headers.get("retry-after", "")
    if re.fullmatch(r"[0-9]{1,300}", value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _details(document: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return _dicts(document.get("details"))


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _int(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0


def _plain(body: str) -> str:
    text = " ".join(_TAG.sub(" ", body[:_LONGEST_PAGE]).split())
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + " ..."


def _of_genai(error: Any, what: str) -> ApiError:
    response = getattr(error, "response", None)
    headers: Mapping[str, str] = getattr(response, "headers", None) or {}
    body = getattr(response, "text", None)
    if not isinstance(body, str):
        body = json.dumps(error.details)
    return of_answer(what, _int(error.code), headers, body, str(getattr(response, "reason_phrase", "") or ""))


def _of_status(error: Any, what: str) -> ApiError:
    response = error.response
    return of_answer(what, response.status_code, response.headers, response.text, response.reason_phrase)


def _unanswered(error: Any, what: str) -> ApiError:
    try:
        host = error.request.url.host
    except (AttributeError, RuntimeError):  # httpx2 raises RuntimeError where no request is attached
        host = ""
    return UnavailableError(
        what,
        why=f"no answer{f' from {host}' if host else ''} ({_said(error)})",
        next_step=_LOOK_AT_NETWORK,
        never_sent=type(error).__name__ in _NEVER_SENT,
    )


def _unreadable(error: Exception, what: str) -> ApiError:
    return UnavailableError(what, why=f"the answer is not what the API sends ({_said(error)})")


def _unsendable(error: Exception, what: str) -> ApiError:
    return BadRequestError(what, why=f"the request could not be built ({_said(error)})", never_sent=True)


def _of_credentials(error: Any, what: str) -> CtuneError:
    cause = error.__cause__ or error.__context__ or (error.args[0] if error.args else None)
    if error.retryable or _is_transport_error(cause):
        return _token_unanswered(error, what)
    return CredentialsError(what, why=_said(error), next_step=SIGN_IN)


def _is_transport_error(error: Any) -> bool:
    # google-auth wraps it, with its text, when the metadata server of a virtual machine does not answer
    return any(cls.__qualname__ == "TransportError" for cls in type(error).__mro__)


def _token_unanswered(error: Exception, what: str) -> CtuneError:
    return UnavailableError(
        what,
        why=f"no access token ({_said(error)})",
        next_step="Check the network and the proxy.",
        never_sent=True,
    )


def _said(error: Exception) -> str:
    """The class and first argument: google-auth's errors carry whole documents as further ones."""
    text = str(error.args[0] if error.args else error)
    text = text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + " ..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


_TRANSLATIONS: Mapping[str, Callable[[Any, str], CtuneError]] = {
    "google.genai.errors.APIError": _of_genai,
    "google.genai.errors.UnknownApiResponseError": _unreadable,
    "httpx2.HTTPStatusError": _of_status,
    "httpx2.TransportError": _unanswered,
    "httpx2.LocalProtocolError": _unsendable,
    "httpx2.UnsupportedProtocol": _unsendable,
    "httpx2.InvalidURL": _unsendable,
    "httpx2.DecodingError": _unreadable,
    "httpx2.TooManyRedirects": _unreadable,
    "httpx2.HTTPError": _unreadable,
    "google.auth.exceptions.GoogleAuthError": _of_credentials,
    "google.auth.exceptions.TransportError": _token_unanswered,
    "google.auth.exceptions.ResponseError": _token_unanswered,
    "google.auth.exceptions.TimeoutError": _token_unanswered,
    "pydantic_core._pydantic_core.ValidationError": _unsendable,
    "json.decoder.JSONDecodeError": _unreadable,
    "builtins.UnicodeDecodeError": _unreadable,
    "builtins.RecursionError": _unreadable,
}
