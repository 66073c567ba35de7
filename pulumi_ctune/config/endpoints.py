"""Where Vertex AI and Cloud Storage are: Google's hosts, a URL, or the emulator inside this process."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pulumi_ctune.config.keys import NOT_USABLE, Source, refused
from pulumi_ctune.core.errors import InvalidInputError

DEFAULT_EMULATOR_DIR = Path(".ctune") / "emulator"  # below the current directory
EMBEDDED = "embedded"
_API_VERSIONS = ("v1", "v1beta1")
_EMULATOR_HOST_KEY = "STORAGE_EMULATOR_HOST"


@dataclass(frozen=True)
class ApiEndpoint:
    """Where Vertex AI is: Google's hosts, one base URL for all locations, or the emulator inside this process.

    `url` is set for kind `url` only (no slash at the end), `state_dir` for kind `embedded` only.
    """

    kind: Literal["google", "url", "embedded"] = "google"
    url: str = ""
    state_dir: Path | None = None

    @property
    def is_local(self) -> bool:
        """Embedded or on a loopback address: no credentials are looked up, and no proxy is asked."""
        return self.kind == "embedded" or (self.kind == "url" and is_loopback(self.url))


GOOGLE = ApiEndpoint()


def embedded_dir(place: str) -> Path | None:
    """Where the emulator keeps its state for `embedded` or `embedded:DIR`; None for any other text."""
    if place == EMBEDDED:
        return DEFAULT_EMULATOR_DIR
    kind, _, directory = place.partition(":")
    return Path(directory) if kind == EMBEDDED and directory else None


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine: `localhost`, a name below it, 127.0.0.0/8 or ::1."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def api_endpoint(source: Source | None) -> ApiEndpoint:
    if source is None:
        return GOOGLE
    if state_dir := embedded_dir(source.value):
        return ApiEndpoint("embedded", state_dir=state_dir)
    if source.value == f"{EMBEDDED}:":
        raise refused(source, "names no directory after the colon", "Write 'embedded' or 'embedded:DIR'.")
    url = _base_url(source, "an http(s) URL, 'embedded' or 'embedded:DIR'")
    if url.rpartition("/")[2] in _API_VERSIONS:
        raise refused(source, "ends with an API version", "Give the base URL before it.")
    return ApiEndpoint("url", url=url)


def storage_endpoint(source: Source | None) -> str | None:
    if source is None:
        return None
    if source.origin == _EMULATOR_HOST_KEY and "://" not in source.value:
        # Google's Go client takes a bare host:port, so people set it
        source = Source(source.origin, f"http://{source.value}")
    return _base_url(source, "an http(s) URL")


def _base_url(source: Source, allowed: str) -> str:
    try:
        parts = urlsplit(source.value)
        _ = parts.port  # raises ValueError for a port that is none
    except ValueError as error:
        raise refused(source, f"is not {allowed} ({error})") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or any(map(str.isspace, source.value)):
        raise refused(source, f"is not {allowed}")
    if parts.username is not None or parts.query or parts.fragment:
        raise InvalidInputError(  # without the value: it may hold a password
            NOT_USABLE,
            where=source.where,
            why="the URL carries a user name, a query or a fragment",
            next_step="Give scheme, host, port and path only.",
        )
    return source.value.rstrip("/")
