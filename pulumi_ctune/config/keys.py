"""Which keys of the stack config and which environment variables there are, and where a value comes from.

Environment variables: `pulumi_gcp.config` and https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.core.printable import shown

NOT_USABLE = "the configuration is not usable"

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
OWN_KEYS = (
    *(key for key in ENVIRONMENT if key.startswith(_OWN)),
    *("ctune:organization", "ctune:defaultLabels"),
    *(f"ctune:{key.partition(':')[2]}" for key in ENVIRONMENT if key.startswith("gcp:") and key != "gcp:credentials"),
)
"""The keys of our namespace; whatever else stands there is a slip of the pen that nobody may pass over."""
_ELSEWHERE = {
    "ctune:credentials": (
        "Give a key file, its content or its path, as gcp:credentials, or sign in with "
        "`gcloud auth application-default login`."
    ),
}
"""Keys that people expect in our namespace -> what to do instead."""
_NOT_TAKEN = {
    "gcp:universeDomain": ("", "googleapis.com"),
    "gcp:externalCredentials": ("", "{}"),
    "gcp:impersonateServiceAccountDelegates": ("", "[]"),
}
"""Settings of pulumi-gcp that decide on service or identity, which this package has not -> what changes nothing."""


@dataclass(frozen=True)
class Source:
    """A value and the key or variable that it came from."""

    origin: str
    value: str

    @property
    def where(self) -> str:
        """The origin, for people."""
        return self.origin if ":" in self.origin else f"environment variable {self.origin}"


def look_up(key: str, get: Callable[[str], str | None], environ: Mapping[str, str]) -> Source | None:
    """The value of a setting: of our namespace, of the key itself, of a variable, in this order; None for none."""
    own = f"ctune:{key.partition(':')[2]}"
    for name in (own, key) if own in OWN_KEYS else (key,):
        if value := get(name):
            return Source(name, value.strip())
    for variable in ENVIRONMENT.get(key, ()):
        if value := environ.get(variable):
            return Source(variable, value.strip())
    return None


def unknown_keys(keys: Iterable[str]) -> list[InvalidInputError]:
    """One error for each key of the namespace `ctune:` that does not exist, with the one that was hardly meant."""
    lines = []
    for key in sorted(keys):
        if key.startswith(_OWN) and key not in OWN_KEYS:
            import difflib  # not before it is needed: every program loads this module

            close = difflib.get_close_matches(key.lower(), [known.lower() for known in OWN_KEYS], 1)
            near = next((known for known in OWN_KEYS if close and known.lower() == close[0]), "")
            hint = f"Did you mean {near}?" if near else f"There are {', '.join(sorted({*OWN_KEYS}))}."
            hint = _ELSEWHERE.get(key, hint)
            error = InvalidInputError(NOT_USABLE, where=key, why="there is no such key", next_step=hint)
            lines.append(error)
    return lines


def refuse_what_is_not_taken(get: Callable[[str], str | None]) -> None:
    """Passed over, these would have two resources of one stack work in two places, or as two accounts."""
    for key, harmless in _NOT_TAKEN.items():
        if (get(key) or "").strip() not in harmless:
            raise InvalidInputError(
                NOT_USABLE,
                where=key,
                why="pulumi-gcp would go by it, and tuned models cannot",
                next_step="Leave it out of the stack, or give it to an explicit gcp.Provider of the other resources.",
            )


def refused(source: Source, why: str, next_step: str = "") -> InvalidInputError:
    """The error for a value that cannot be right; `why` goes on after the value."""
    return InvalidInputError(NOT_USABLE, where=source.where, why=f"{shown(source.value)} {why}", next_step=next_step)
