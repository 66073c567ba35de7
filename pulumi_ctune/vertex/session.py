"""One HTTP client and one set of credentials for everything that goes to Google, or to what stands in for it.

Owns hosts, time limits, proxies and tokens. Knows no resource of the API. google-genai sends over this client as well,
so that the emulator inside the process sees its requests too.

Hosts: https://cloud.google.com/vertex-ai/docs/reference/rest#service-endpoint
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from pulumi_ctune.config import DEFAULT_EMULATOR_DIR, Settings, is_loopback
from pulumi_ctune.core.errors import CredentialsError, InvalidInputError
from pulumi_ctune.core.names import MULTI_REGIONS
from pulumi_ctune.vertex.sending import Client, OnInterruption, never
from pulumi_ctune.vertex.stored_answers import keep_as_stored

if TYPE_CHECKING:
    from pulumi_ctune.vertex.credentials import Credentials

_STORAGE_URL = "https://storage.googleapis.com"
_BILLING_URL = "https://cloudbilling.googleapis.com"
_EMBEDDED_URL = "http://embedded.localhost"  # never connected to: requests to it stay in the process
_LOOPBACK = ("all://localhost", "all://127.0.0.1", "all://[::1]")
_LIMITS = httpx2.Timeout(connect=10.0, read=60.0, write=60.0, pool=60.0)

_answers: ContextVar[list[httpx2.Response] | None] = ContextVar("answers", default=None)


class Session:
    """Settings turned into a client. Safe for threads; open until `close`.

    `on_interruption` releases requests under way (see `sending`). `on_answer` sees every answer that is no token, read
    in full, in the thread that it came to. `transport` replaces the network below the client, in tests.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        on_interruption: OnInterruption = never,
        on_answer: "Callable[[httpx2.Response], None] | None" = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._endpoint = settings.api_endpoint
        self._on_interruption = on_interruption
        self._on_answer = on_answer
        self._transport = transport
        self._lock = threading.Lock()
        self._resources = ExitStack()
        self._credentials: dict[bool, Credentials] = {}
        self._tokens_over: httpx2.Client | None = None
        self.client = self._resources.enter_context(self._shared_client())

    @cached_property
    def user_agent(self) -> str:
        try:
            return f"pulumi-ctune/{version('pulumi-ctune')}"
        except PackageNotFoundError:  # run from a source tree that was never installed
            return "pulumi-ctune"

    def api_url(self, location: str) -> str:
        """Base URL of Vertex AI for a location, without a slash at the end. `location` is a host label."""
        if self._endpoint.kind == "url":
            return self._endpoint.url
        if self._endpoint.kind == "embedded":
            return _EMBEDDED_URL
        if location == "global":
            return "https://aiplatform.googleapis.com"
        if location in MULTI_REGIONS:
            return f"https://aiplatform.{location}.rep.googleapis.com"
        return f"https://{location}-aiplatform.googleapis.com"

    @property
    def has_console(self) -> bool:
        """Whether the jobs have a page in the Google Cloud console: those of an emulator have none."""
        return self._endpoint.kind == "google"

    @property
    def storage_url(self) -> str | None:
        """Base URL of Cloud Storage; None where dataset objects are not looked at."""
        if not self._settings.looks_at_datasets:
            return None
        if self._settings.storage_endpoint is not None:
            return self._settings.storage_endpoint
        return _EMBEDDED_URL if self._endpoint.kind == "embedded" else _STORAGE_URL

    @property
    def billing_url(self) -> str | None:
        """Base URL of the Cloud Billing Catalog; None for the embedded emulator, which has none."""
        if self._endpoint.kind == "embedded":
            return None
        return self._endpoint.url or _BILLING_URL

    def cloud_url(self, service: str) -> str:
        """Base URL of another service of Google Cloud (`serviceusage`); that of Vertex AI where it is not Google's."""
        if self._endpoint.kind == "google":
            return f"https://{service}.googleapis.com"
        return self._endpoint.url or _EMBEDDED_URL

    def credentials(self, url: str) -> "Credentials":
        """Credentials for requests to `url`; nothing is looked up yet.

        Raises:
            CredentialsError: `url` is plain http to another machine: no looked-up token is sent over that.
        """
        from pulumi_ctune.vertex import credentials

        is_local = is_loopback(url)
        if not is_local and url.startswith("http:") and not self._has_only_a_given_token:
            raise CredentialsError(
                "no request was sent",
                why=f"{_host_of(url)} is plain http to another machine, where Google credentials would be readable",
                next_step="Use https, or set gcp:accessToken to a token that may be seen.",
            )
        with self._lock:
            if is_local not in self._credentials:
                self._credentials[is_local] = (
                    credentials.for_emulator(self._token_client)
                    if is_local
                    else credentials.for_google(self._settings, self._token_client)
                )
            return self._credentials[is_local]

    def headers(self, url: str) -> dict[str, str]:
        """Headers of a request to `url`: token, the project that pays, who we are."""
        credentials = self.credentials(url)
        headers = {"authorization": f"Bearer {credentials.current_token()}", "user-agent": self.user_agent}
        if credentials.quota_project_id:
            headers["x-goog-user-project"] = credentials.quota_project_id
        return headers

    def close(self) -> None:
        self._resources.close()

    @property
    def _has_only_a_given_token(self) -> bool:
        return self._settings.access_token is not None and self._settings.impersonate_service_account is None

    def _shared_client(self) -> httpx2.Client:
        # No redirects: they would carry the token along. No proxies for loopback: HTTP_PROXY catches that as well.
        mounts: dict[str, httpx2.BaseTransport | None] = dict.fromkeys(_LOOPBACK)
        transport = self._transport
        if transport is None and self._endpoint.kind == "embedded":
            embedded = self._embedded_transport()
            if self._settings.storage_endpoint is None:
                transport = embedded  # the only one: setting up TLS would take longer than the first requests
            else:
                mounts[_EMBEDDED_URL] = embedded
        return self._new_client(
            transport=transport,
            mounts=None if transport else mounts,
            timeout=_LIMITS,
            trust_env=not self._endpoint.is_local,
            event_hooks={
                "request": [_limit_time],
                "response": [keep_as_stored, self._note_rejected_token, _keep_answer, self._show_answer],
            },
        )

    def _token_client(self) -> httpx2.Client:
        # A client of its own: tokens are fetched in the middle of the other's requests, whose answers may be kept.
        with self._lock:
            if self._tokens_over is None:
                client = self._new_client(transport=self._transport, timeout=_LIMITS)
                self._tokens_over = self._resources.enter_context(client)
            return self._tokens_over

    def _new_client(self, **options: Any) -> Client:
        """Raises InvalidInputError where the environment names a proxy or certificates that cannot be used."""
        try:
            return Client(on_interruption=self._on_interruption, **options)
        except (ImportError, OSError, ValueError) as error:
            raise InvalidInputError(
                "no request can be sent",
                why=f"the proxy or the certificates that the environment names cannot be used ({error})",
                next_step="Look at ALL_PROXY, HTTP_PROXY, HTTPS_PROXY, SSL_CERT_FILE and SSL_CERT_DIR.",
            ).but(never_sent=True) from error

    def _embedded_transport(self) -> httpx2.BaseTransport:
        from vertex_emulator.app import Emulator
        from vertex_emulator.transport import EmbeddedTransport

        directory = self._endpoint.state_dir or DEFAULT_EMULATOR_DIR
        directory.mkdir(parents=True, exist_ok=True)
        if directory == DEFAULT_EMULATOR_DIR:  # nobody chose it, so nobody thinks of keeping it out of Git
            _ignore_in_git(directory)
        return EmbeddedTransport(self._resources.enter_context(Emulator(directory)))

    def _show_answer(self, response: httpx2.Response) -> None:
        if self._on_answer is not None:
            response.read()
            self._on_answer(response)

    def _note_rejected_token(self, response: httpx2.Response) -> None:
        if response.status_code != 401:
            return
        token = response.request.headers.get("authorization", "").removeprefix("Bearer ")
        for credentials in list(self._credentials.values()):
            credentials.reject(token)


def _host_of(url: str) -> str:
    return f"http://{httpx2.URL(url).netloc.decode()}"


@contextmanager
def kept_answers() -> Iterator[list[httpx2.Response]]:
    """The answers to requests that this thread sends in the block, read in full, the oldest first."""
    answers: list[httpx2.Response] = []
    token = _answers.set(answers)
    try:
        yield answers
    finally:
        _answers.reset(token)


def _keep_answer(response: httpx2.Response) -> None:
    answers = _answers.get()
    if answers is not None:
        response.read()
        answers.append(response)


def _limit_time(request: httpx2.Request) -> None:
    # google-genai asks for no limit at all, and with its own `timeout` the connection would get as long as the answer.
    request.extensions["timeout"] = _LIMITS.as_dict()


def _ignore_in_git(directory: Path) -> None:
    ignore = directory / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")
