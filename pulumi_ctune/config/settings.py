"""The settings of a stack: where to reach Google, as whom, for which project, and what may be spent.

Stack config first, environment second. Reads the keys of pulumi-gcp, so that one stack config serves both providers,
and some of its own. Knows neither Pulumi nor HTTP: the caller passes a function that looks up a key of the stack config
(`gcp:project`), and the environment. Without `ctune:apiEndpoint` it is Google; nothing falls back to the emulator by
itself.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, Self

from pulumi_ctune.config import endpoints, values
from pulumi_ctune.config.endpoints import EMBEDDED, GOOGLE, ApiEndpoint
from pulumi_ctune.config.keys import ENVIRONMENT, look_up, refuse_what_is_not_taken
from pulumi_ctune.core import defaults
from pulumi_ctune.core.spending import DATA_CHECKS, Budget, Spending


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
    credentials_where: str = field(default="gcp:credentials", compare=False)
    """Where the key file is given, for people."""
    user_project_override: bool = False
    """`true`: requests are counted against `gcp:billingProject`, or else against the project. Default: `false`."""
    billing_project: str | None = None
    """The project that requests are counted against, with `gcp:userProjectOverride`."""
    api_endpoint: ApiEndpoint = GOOGLE
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
        sources = {key: look_up(key, get, environ) for key in ENVIRONMENT}
        if sources["ctune:apiEndpoint"] is None:
            refuse_what_is_not_taken(get)
        return cls(
            project=values.text(sources["gcp:project"]),
            region=values.text(sources["gcp:region"]),
            impersonate_service_account=values.text(sources["gcp:impersonateServiceAccount"]),
            access_token=values.text(sources["gcp:accessToken"]),
            credentials=values.text(sources["gcp:credentials"]),
            credentials_where=source.where if (source := sources["gcp:credentials"]) else cls.credentials_where,
            user_project_override=values.flag(sources["gcp:userProjectOverride"]),
            billing_project=values.text(sources["gcp:billingProject"]),
            api_endpoint=endpoints.api_endpoint(sources["ctune:apiEndpoint"]),
            storage_endpoint=endpoints.storage_endpoint(sources["ctune:storageEndpoint"]),
            poll_interval=values.poll_interval(sources["ctune:pollInterval"]),
            data_checks=values.data_checks(sources["ctune:dataChecks"]),
            budget=values.budget(sources["ctune:budget"]),
            prices=values.prices(sources["ctune:prices"]),
        )

    def as_texts(self) -> dict[str, str]:
        """What program and provider must agree on, by config key, as text; of secrets a fingerprint.

        What is not set is left out. The project counts only where it is the one that pays.
        """
        endpoint = self.api_endpoint
        embedded = f"{EMBEDDED}:{endpoint.state_dir}" if endpoint.kind == EMBEDDED else ""
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
        if endpoint.kind == EMBEDDED:
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


def fingerprint(secret: str | None) -> str | None:
    """A word by which two secrets can be compared, and nobody can tell either."""
    return f"sha256:{hashlib.sha256(b'pulumi-ctune ' + secret.encode()).hexdigest()[:12]}" if secret else None


def default_of(key: str, get: Callable[[str], str | None], environ: Mapping[str, str]) -> str | None:
    """One text setting, such as `gcp:project`, without a look at the others; None where neither place has it."""
    return values.text(look_up(key, get, environ))
