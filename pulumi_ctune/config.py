"""Where to reach Google, as whom, and for which project: stack config first, environment second.

Reads the keys of pulumi-gcp, so that one stack config serves both providers, and three of its own. Knows neither Pulumi
nor HTTP: the caller passes a function that looks up a key of the stack config (`gcp:project`), and the environment.
Without `ctune:apiEndpoint` it is Google; nothing falls back to the emulator by itself.

Environment variables: `pulumi_gcp.config` and https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference
"""

import hashlib
import ipaddress
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pulumi_ctune.core import defaults, durations
from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.core.spending import DATA_CHECKS, Budget, Spending

DEFAULT_EMULATOR_DIR = Path(".ctune") / "emulator"  # below the current directory
SHORTEST_POLL_INTERVAL = timedelta(milliseconds=100)  # for the emulator, whose jobs can be that short
LONGEST_POLL_INTERVAL = timedelta(hours=1)

ENVIRONMENT = {
    "gcp:project": ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"),
    "gcp:region": ("GOOGLE_REGION", "GCLOUD_REGION", "CLOUDSDK_COMPUTE_REGION"),
    "gcp:impersonateServiceAccount": ("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT",),
    "gcp:accessToken": ("GOOGLE_OAUTH_ACCESS_TOKEN",),
    "gcp:credentials": (
        "GOOGLE_CREDENTIALS",
        "GOOGLE_CLOUD_KEYFILE_JSON",
        "GCLOUD_KEYFILE_JSON",
    ),
    "gcp:userProjectOverride": ("USER_PROJECT_OVERRIDE",),
    "gcp:billingProject": ("GOOGLE_BILLING_PROJECT",),
    "ctune:apiEndpoint": ("CTUNE_API_ENDPOINT",),
    "ctune:storageEndpoint": ("STORAGE_EMULATOR_HOST",),
    "ctune:pollInterval": ("CTUNE_POLL_INTERVAL",),
    "ctune:dataChecks": (),
    "ctune:budget": (),
    "ctune:prices": (),
}
"""Key of the stack config -> the environment variables that are read after it. The key is the name of a setting."""
_OWN = "ctune:"
_OWN_KEYS = (
    *(key for key in ENVIRONMENT if key.startswith(_OWN)),
    "ctune:organization",
    *(f"ctune:{key.partition(':')[2]}" for key in ENVIRONMENT if key.startswith("gcp:") and key != "gcp:credentials"),
)
"""The keys of our namespace; whatever else stands there is a slip of the pen that nobody may pass over."""
_NOT_TAKEN = {
    "gcp:universeDomain": ("", "googleapis.com"),
    "gcp:externalCredentials": ("", "{}"),
    "gcp:impersonateServiceAccountDelegates": ("", "[]"),
}
"""Settings of pulumi-gcp that decide on service or identity, which this package has not -> what changes nothing."""
_TRUE = frozenset(("true", "1", "t"))  # Go's strconv.ParseBool, which reads these settings for pulumi-gcp
_FALSE = frozenset(("false", "0", "f"))
_API_VERSIONS = ("v1", "v1beta1")
_EMBEDDED = "embedded"
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


@dataclass(frozen=True)
class Settings:
    """What the provider and the client go by, each under the key it comes from. Absent texts are None."""

    project: str | None = None
    """Project id or number. An input of the resource takes precedence."""
    region: str | None = None
    """Location of jobs and models, such as `us-central1`. An input of the resource takes precedence."""
    impersonate_service_account: str | None = None
    """Email of the service account to act as; the signed-in identity needs `roles/iam.serviceAccountTokenCreator`."""
    access_token: str | None = field(default=None, repr=False)
    """An OAuth token to use instead of looking up credentials. Nothing renews it: it must outlive the `up`."""
    credentials: str | None = field(default=None, repr=False)
    """A key file: its content or its path. An access token takes precedence; Application Default Credentials do not."""
    user_project_override: bool = False
    """`true`: requests are counted against `gcp:billingProject`, or else against the project. Default: `false`."""
    billing_project: str | None = None
    """The project that requests are counted against, with `gcp:userProjectOverride`."""
    api_endpoint: ApiEndpoint = ApiEndpoint()
    """Instead of Google's hosts: `embedded` or `embedded:DIR`, the emulator inside the provider with its state in DIR
    (default `.ctune/emulator`), or a base URL for all locations, such as that of `ctune emulator`. No credentials are
    looked up for `embedded` and for a URL of this machine. Default: Google.
    """
    storage_endpoint: str | None = None
    """A base URL instead of Cloud Storage's, for looking at datasets before a job is submitted; `embedded` has its own.
    With a URL as `ctune:apiEndpoint` and without this, datasets are not looked at.
    """
    poll_interval: timedelta = defaults.POLL_INTERVAL
    """The longest pause between two looks at a job, `100ms` to `1h`; it starts shorter and grows. Default: `60s`."""
    data_checks: str = DATA_CHECKS[0]
    """How a job's datasets are checked before it is submitted: `full` (all lines), `head` (the first ones) or `off`
    (only whether they are there). A reward is tried on some lines with `full`, read with `head`, and not looked at with
    `off`. Default: `full`.
    """
    budget: Budget | None = None
    """The budget of each job that has no input `budget`: an object with `max_tokens`, `max_usd` or both."""
    prices: str | None = None
    """Your own prices, which go before the list prices in the package: US dollars for a million training tokens by
    exact model and method, such as `{"gemini-3.5-flash": {"sft": 8}}`.
    """

    @classmethod
    def load(cls, get: Callable[[str], str | None], environ: Mapping[str, str]) -> Self:
        """Settings of a stack. `get` looks a key such as `gcp:project` up; an empty text counts as absent.

        Raises:
            InvalidInputError: a value cannot be right; names the key (or the variable), the value and what is allowed.
        """
        sources = {key: _look_up(key, get, environ) for key in ENVIRONMENT}
        if sources["ctune:apiEndpoint"] is None:
            _refuse_what_is_not_taken(get)
        return cls(
            project=_text(sources["gcp:project"]),
            region=_text(sources["gcp:region"]),
            impersonate_service_account=_text(sources["gcp:impersonateServiceAccount"]),
            access_token=_text(sources["gcp:accessToken"]),
            credentials=_text(sources["gcp:credentials"]),
            user_project_override=_flag(sources["gcp:userProjectOverride"]),
            billing_project=_text(sources["gcp:billingProject"]),
            api_endpoint=_api_endpoint(sources["ctune:apiEndpoint"]),
            storage_endpoint=_storage_endpoint(sources["ctune:storageEndpoint"]),
            poll_interval=_poll_interval(sources["ctune:pollInterval"]),
            data_checks=_data_checks(sources["ctune:dataChecks"]),
            budget=_budget(sources["ctune:budget"]),
            prices=_prices(sources["ctune:prices"]),
        )

    def told(self) -> dict[str, str]:
        """What program and provider must agree on, by config key, as text; of secrets a fingerprint.

        What is not set is left out. The project counts only where it is the one that pays.
        """
        endpoint = self.api_endpoint
        embedded = f"{_EMBEDDED}:{endpoint.state_dir}" if endpoint.kind == _EMBEDDED else ""
        texts = {
            "ctune:apiEndpoint": endpoint.url or embedded,
            "ctune:storageEndpoint": self.storage_endpoint,
            "ctune:pollInterval": None if self.poll_interval == defaults.POLL_INTERVAL else str(self.poll_interval),
            "gcp:impersonateServiceAccount": self.impersonate_service_account,
            "gcp:accessToken": fingerprint(self.access_token),
            "gcp:credentials": fingerprint(self.credentials),
            "gcp:userProjectOverride": "true" if self.user_project_override else None,
            "gcp:billingProject": self.billing_project,
            "ctune:dataChecks": None if self.data_checks == DATA_CHECKS[0] else self.data_checks,
            "ctune:budget": str(self.budget) if self.budget else None,
            "ctune:prices": self.prices,
            "gcp:project": self.project if self.user_project_override and not self.billing_project else None,
        }
        return {key: text for key, text in texts.items() if text}

    @property
    def spending(self) -> Spending:
        """What the stack says of spending, for the resources."""
        return Spending(self.budget, self.data_checks, self.prices or "")

    @property
    def kind(self) -> Literal["google", "emulator", ""]:
        """Which kind of service it is; empty for a URL elsewhere, which may be a way to Google."""
        if self.api_endpoint.is_local:
            return "emulator"
        return "google" if self.api_endpoint.kind == "google" else ""

    @property
    def service(self) -> str:
        """Which service this is about, for people."""
        endpoint = self.api_endpoint
        if endpoint.kind == _EMBEDDED:
            return f"the emulator in {endpoint.state_dir}, not at Google"
        if endpoint.kind == "url":
            return endpoint.url
        return f"Google: project {self.project or '(not set)'}, region {self.region or '(not set)'}"

    @property
    def looks_at_datasets(self) -> bool:
        """Whether dataset objects are looked at before a job is submitted.

        Not where only Vertex AI was pointed elsewhere: such a server need not mean the objects of Cloud Storage.
        """
        return self.api_endpoint.kind != "url" or self.storage_endpoint is not None


def is_true(text: str | None) -> bool:
    """Whether pulumi-gcp takes this text for true; what is neither true nor false is not."""
    return (text or "").lower() in _TRUE


def fingerprint(secret: str | None) -> str | None:
    """A word by which two secrets can be compared, and nobody can tell either."""
    return f"sha256:{hashlib.sha256(b'pulumi-ctune ' + secret.encode()).hexdigest()[:12]}" if secret else None


def unknown_keys(keys: Iterable[str]) -> list[InvalidInputError]:
    """One error for each key of the namespace `ctune:` that does not exist, with the one that was hardly meant."""
    import difflib  # not before it is needed: every program loads this module

    lines = []
    for key in sorted(keys):
        if key.startswith(_OWN) and key not in _OWN_KEYS:
            close = difflib.get_close_matches(key.lower(), [known.lower() for known in _OWN_KEYS], 1)
            near = next((known for known in _OWN_KEYS if close and known.lower() == close[0]), "")
            hint = f"Did you mean {near}?" if near else f"There are {', '.join(sorted({*_OWN_KEYS}))}."
            error = InvalidInputError(
                "the configuration is not usable", where=key, why="there is no such key", next_step=hint
            )
            lines.append(error)
    return lines


def _refuse_what_is_not_taken(get: Callable[[str], str | None]) -> None:
    """Passed over, these would have two resources of one stack work in two places, or as two accounts."""
    for key, harmless in _NOT_TAKEN.items():
        if (get(key) or "").strip() not in harmless:
            raise InvalidInputError(
                "the configuration is not usable",
                where=key,
                why="pulumi-gcp would go by it, and tuned models cannot",
                next_step="Leave it out of the stack, or give it to an explicit gcp.Provider of the other resources.",
            )


def default_labels(get: Callable[[str], str | None]) -> Mapping[str, Any]:
    """Labels of every job: an object in JSON. Labels of the resource take precedence. Changed in place."""
    text = get("gcp:defaultLabels")
    try:
        labels = json.loads(text) if text else {}
    except ValueError:
        labels = None
    if not isinstance(labels, Mapping):
        raise InvalidInputError(
            "the configuration is not usable", where="gcp:defaultLabels", why="it is no object of labels"
        )
    return labels


def default_of(key: str, get: Callable[[str], str | None], environ: Mapping[str, str]) -> str | None:
    """One text setting, such as `gcp:project`, without a look at the others; None where neither place has it."""
    return _text(_look_up(key, get, environ))


def embedded_dir(place: str) -> Path | None:
    """Where the emulator keeps its state for `embedded` or `embedded:DIR`; None for any other text."""
    if place == _EMBEDDED:
        return DEFAULT_EMULATOR_DIR
    kind, _, directory = place.partition(":")
    return Path(directory) if kind == _EMBEDDED and directory else None


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine: `localhost`, a name below it, 127.0.0.0/8 or ::1."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class _Source:
    """A value and the key or variable that it came from."""

    origin: str
    value: str


def _look_up(key: str, get: Callable[[str], str | None], environ: Mapping[str, str]) -> _Source | None:
    own = f"ctune:{key.partition(':')[2]}"
    for name in (own, key) if own in _OWN_KEYS else (key,):
        if value := get(name):
            return _Source(name, value.strip())
    for variable in ENVIRONMENT.get(key, ()):
        if value := environ.get(variable):
            return _Source(variable, value.strip())
    return None


def _text(source: _Source | None) -> str | None:
    return source.value or None if source else None


def _flag(source: _Source | None) -> bool:
    if source is None or source.value.lower() in _FALSE:
        return False
    if source.value.lower() in _TRUE:
        return True
    raise _refused(source, "is neither 'true' nor 'false'")


def _api_endpoint(source: _Source | None) -> ApiEndpoint:
    if source is None:
        return ApiEndpoint()
    if state_dir := embedded_dir(source.value):
        return ApiEndpoint("embedded", state_dir=state_dir)
    if source.value == f"{_EMBEDDED}:":
        raise _refused(source, "names no directory after the colon", "Write 'embedded' or 'embedded:DIR'.")
    url = _base_url(source, "an http(s) URL, 'embedded' or 'embedded:DIR'")
    if url.rpartition("/")[2] in _API_VERSIONS:
        raise _refused(source, "ends with an API version", "Give the base URL before it.")
    return ApiEndpoint("url", url=url)


def _storage_endpoint(source: _Source | None) -> str | None:
    if source is None:
        return None
    if source.origin == _EMULATOR_HOST_KEY and "://" not in source.value:
        source = _Source(
            source.origin, f"http://{source.value}"
        )  # Google's Go client takes a bare host:port, so people set it
    return _base_url(source, "an http(s) URL")


def _base_url(source: _Source, allowed: str) -> str:
    try:
        parts = urlsplit(source.value)
        _ = parts.port  # raises ValueError for a port that is none
    except ValueError as error:
        raise _refused(source, f"is not {allowed} ({error})") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or any(map(str.isspace, source.value)):
        raise _refused(source, f"is not {allowed}")
    if parts.username is not None or parts.query or parts.fragment:
        raise InvalidInputError(  # without the value: it may hold a password
            "the configuration is not usable",
            where=source.origin,
            why="the URL carries a user name, a query or a fragment",
            next_step="Give scheme, host, port and path only.",
        )
    return source.value.rstrip("/")


def _poll_interval(source: _Source | None) -> timedelta:
    if source is None:
        return defaults.POLL_INTERVAL
    try:
        interval = durations.parse(source.value)
    except ValueError as error:
        raise InvalidInputError("the configuration is not usable", where=source.origin, why=str(error)) from None
    if not SHORTEST_POLL_INTERVAL <= interval <= LONGEST_POLL_INTERVAL:
        shortest, longest = durations.format(SHORTEST_POLL_INTERVAL), durations.format(LONGEST_POLL_INTERVAL)
        raise _refused(source, f"is not between {shortest} and {longest}")
    return interval


def _data_checks(source: _Source | None) -> str:
    if source is None:
        return DATA_CHECKS[0]
    if source.value not in DATA_CHECKS:
        raise _refused(source, f"is none of {', '.join(DATA_CHECKS)}")
    return source.value


def _budget(source: _Source | None) -> Budget | None:
    if source is None:
        return None
    from pulumi_ctune.core.budget import budget_of, wrong_in  # only where there is one: every program loads this module

    given = _object(source, '{"max_usd": 20}')
    for path, reason in wrong_in(given, source.origin):
        raise InvalidInputError("the configuration is not usable", where=path, why=reason)
    return budget_of(given, source.origin)


def _prices(source: _Source | None) -> str | None:
    if source is None:
        return None
    from pulumi_ctune.data.prices import Prices

    try:
        Prices.parse(_object(source, '{"gemini-3.5-flash": {"sft": 8}}'), source.origin)
    except ValueError as error:
        raise InvalidInputError("the configuration is not usable", where=source.origin, why=str(error)) from None
    return source.value


def _object(source: _Source, example: str) -> Mapping[str, Any]:
    try:
        found = json.loads(source.value, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, Mapping):
        raise _refused(source, "is no object in JSON", f"Write one such as {example}.")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are there once: of two limits or prices nobody knows which one was meant."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _refused(source: _Source, why: str, next_step: str = "") -> InvalidInputError:
    return InvalidInputError(
        "the configuration is not usable", where=source.origin, why=f"{source.value!r} {why}", next_step=next_step
    )
