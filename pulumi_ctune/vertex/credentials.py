"""Access tokens: from the config, by Application Default Credentials, or by impersonating a service account.

One object serves the SDK and our own requests. Credentials are looked up with the first request and refreshed over our
own HTTP client, so that proxies and certificates are the same everywhere. Nothing is looked up for the emulator.

Application Default Credentials: https://cloud.google.com/docs/authentication/application-default-credentials
"""

import json
import threading
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import google.auth
import google.auth.credentials
import google.auth.exceptions
import google.auth.transport
import httpx2

from pulumi_ctune.config import Settings
from pulumi_ctune.core import printable
from pulumi_ctune.core.errors import CredentialsError
from pulumi_ctune.vertex.errors import SIGN_IN

_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_LIFETIME_S = 3600  # of an impersonated token: the longest without an organisation policy
_EMULATOR_TOKEN = "emulator"
_SHORTEST_SECRET = 16  # characters of Google's; shorter ones are words, such as tests have
_SECRETS_OF_A_KEY = ("private_key", "client_secret", "refresh_token")


class Credentials(google.auth.credentials.Credentials):
    """google-auth's interface over a source that is looked up when the first token is needed."""

    def __init__(
        self,
        load: Callable[[google.auth.transport.Request], google.auth.credentials.Credentials],
        *,
        http: Callable[[], httpx2.Client],
        quota_project: str | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # google-auth is half typed; the same below
        self._load = load
        self._request = _HttpRequest(http)
        self._quota_project_id = quota_project
        self._source: google.auth.credentials.Credentials | None = None
        self._rejected: str | None = None
        self._lock = threading.Lock()

    def current_token(self) -> str:
        """A token that is good for some minutes; refreshes when needed. Raises what google-auth raises."""
        if self.expired or not self.token:
            self.refresh()
        return str(self.token)

    @property
    def account(self) -> str:
        """The email that the token is of, where the credentials say it; known once there was a token."""
        for name in ("service_account_email", "signer_email", "account"):
            if "@" in (found := str(getattr(self._source, name, None) or "")):
                return found
        return ""

    def refresh(self, request: Any = None) -> None:
        """Get a new token, unless another thread just did. The SDK's `request` is not used: ours knows proxies."""
        with self._lock:
            if self.token and not self.expired:
                return
            if self._source is None:
                self._source = self._load(self._request)
                self._quota_project_id = self._quota_project_id or self._source.quota_project_id
            if not self._source.valid or self._source.token == self._rejected:
                try:
                    self._source.refresh(self._request)  # type: ignore[no-untyped-call]
                except google.auth.exceptions.GoogleAuthError:
                    self._source = None  # look it up again next time: somebody may have signed in meanwhile
                    raise
            self.expiry = self._source.expiry
            self.token = self._source.token
            _hide(self.token)

    def reject(self, token: str) -> None:
        """The server did not take `token`: get another one before the next request."""
        with self._lock:
            if token == self.token and self._source is not None and _is_refreshable(self._source):
                self._rejected = token
                self.token = None


def for_google(settings: Settings, http: Callable[[], httpx2.Client]) -> Credentials:
    """Credentials by the settings. Looks nothing up yet."""
    quota_project = (settings.billing_project or settings.project) if settings.user_project_override else None

    def load(request: google.auth.transport.Request) -> google.auth.credentials.Credentials:
        source: google.auth.credentials.Credentials
        if settings.access_token:
            source = _FixedToken(settings.access_token)
        elif settings.credentials:
            source = _of_key(settings.credentials, settings.credentials_where)
        else:
            source = _default(request)
        if settings.impersonate_service_account is None:
            return source
        from google.auth import impersonated_credentials  # cryptography comes with it

        return impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
            source_credentials=source,
            target_principal=settings.impersonate_service_account,
            target_scopes=list(_SCOPES),
            lifetime=_LIFETIME_S,
        )

    return Credentials(load, http=http, quota_project=quota_project)


def for_emulator(http: Callable[[], httpx2.Client]) -> Credentials:
    """A fixed token. google-auth's anonymous credentials do not do: the SDK insists on refreshing those."""
    return Credentials(lambda _: _FixedToken(_EMULATOR_TOKEN), http=http)


class _FixedToken(google.auth.credentials.Credentials):
    """A token that nobody can renew. google-auth's own class for it loads all that user accounts need."""

    refresh_token = None

    def __init__(self, token: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.token = token

    def refresh(self, request: Any) -> None:
        raise google.auth.exceptions.RefreshError("this access token cannot be refreshed")  # type: ignore[no-untyped-call]


def _hide(secret: Any) -> None:
    if isinstance(secret, str) and len(secret) >= _SHORTEST_SECRET:
        printable.hide(secret)


def _of_key(content_or_path: str, where: str) -> google.auth.credentials.Credentials:
    """Credentials of a key file, given as its content or its path. Nothing of its content gets into an error."""
    is_content = content_or_path.lstrip().startswith("{")
    try:
        text = content_or_path if is_content else Path(content_or_path).expanduser().read_text(encoding="utf-8")
        info = json.loads(text)
        if not isinstance(info, dict):
            raise ValueError
        for field in _SECRETS_OF_A_KEY:
            _hide(info.get(field))
    except OSError as error:
        raise CredentialsError(
            "no usable Google credentials",
            where=where,
            why=f"the key file cannot be read ({type(error).__name__})",
            next_step="Give the content of a key file, or its path.",
        ) from None
    except ValueError:
        raise CredentialsError(
            "no usable Google credentials",
            where=where,
            why="this is not the JSON of a key file",
            next_step="Give the content of a key file, or its path.",
        ) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            source: google.auth.credentials.Credentials
            source, _ = google.auth.load_credentials_from_dict(info, scopes=_SCOPES)  # type: ignore[no-untyped-call]
    except Exception as error:  # google-auth raises whatever a missing or malformed field leads to
        raise CredentialsError(
            "no usable Google credentials",
            where=where,
            why=f"the key file is broken or of a kind that is not known ({type(error).__name__})",
            next_step="Take a new one: of a service account, an authorized user, an external account or an "
            "impersonated service account.",
        ) from None
    return source


def _is_refreshable(source: google.auth.credentials.Credentials) -> bool:
    return getattr(source, "refresh_token", "by other means") is not None


def _default(request: google.auth.transport.Request) -> google.auth.credentials.Credentials:
    # Which project pays is settled by gcp:userProjectOverride and said by errors; a warning at each `up` helps nobody.
    warnings.filterwarnings("ignore", message="Your application has authenticated using end user credentials")
    try:
        source, _ = google.auth.default(scopes=_SCOPES, request=request)
    except google.auth.exceptions.GoogleAuthError:
        raise
    except (OSError, ValueError) as error:  # a key file that cannot be read, or holds something else
        raise CredentialsError(
            "no usable Google credentials", why=f"{type(error).__name__}: {error}", next_step=SIGN_IN
        ) from error
    return source


class _HttpRequest(google.auth.transport.Request):
    """google-auth's transport interface over httpx2."""

    def __init__(self, http: Callable[[], httpx2.Client]) -> None:
        self._http = http

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> "_HttpResponse":
        """Send a request. Raises google-auth's TransportError if there is no answer."""
        http = self._http()
        try:
            response = http.request(
                method, url, content=body, headers=headers, timeout=http.timeout if timeout is None else timeout
            )
        except httpx2.HTTPError as error:
            raise google.auth.exceptions.TransportError(error) from error  # type: ignore[no-untyped-call]
        return _HttpResponse(response)


class _HttpResponse(google.auth.transport.Response):
    def __init__(self, response: httpx2.Response) -> None:
        self._response = response

    @property
    def status(self) -> int:
        return self._response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    @property
    def data(self) -> bytes:
        return self._response.content
