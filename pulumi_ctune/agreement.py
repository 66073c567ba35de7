"""One stack, one service, one identity: what program, provider and explicit providers must agree on.

Compares what was told, as text and fingerprint; knows neither Pulumi nor HTTP. Each function returns the refusal, or
None where there is nothing to refuse.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.config import Settings, fingerprint
from pulumi_ctune.core.errors import InvalidInputError

_NAMES = {"google": "Google", "emulator": "an emulator"}


def other_settings(program: Mapping[str, Any], provider: Mapping[str, str]) -> InvalidInputError | None:
    """Settings of the program that the provider has not, or has otherwise; both as `Settings.as_texts` has them."""
    differ = [
        f"{key} is {program.get(key) or 'not set'} in the program and {provider.get(key) or 'not set'} here"
        for key in sorted({*program, *provider})
        if program.get(key) != provider.get(key)
    ]
    if not differ:
        return None
    return InvalidInputError(
        "the provider was not given the settings of the program",
        why="; ".join(differ),
        next_step="Give these keys as inputs of the explicit pulumi-python provider, or leave that provider out.",
    )


def other_identity(provider: Mapping[str, Any], settings: Settings) -> InvalidInputError | None:
    """An identity of an explicit `gcp.Provider` that is not the settings' own.

    `provider` has a fingerprint for each key that is set. There is one identity for a process, so another one cannot be
    taken over; one that it lacks matters only where identities do.
    """
    ours = {key: _as_fingerprint(text) for key, text in settings.as_texts().items()}
    others = [key for key, text in provider.items() if text and _as_fingerprint(str(text)) != ours.get(key)]
    lacking = [key for key, text in provider.items() if not text and key in ours and not settings.api_endpoint.is_local]
    if not others and not lacking:
        return None
    why = [f"{' and '.join(others)} cannot be taken from it"] if others else []
    why += [f"it lacks {' and '.join(lacking)} of the stack"] if lacking else []
    return InvalidInputError(
        "the explicit gcp.Provider has an identity of its own",
        why="; ".join(why),
        next_step="Set the same in the stack's config, or give another gcp.Provider.",
    )


def other_service(made_at: str, settings: Settings, where: str = "") -> InvalidInputError | None:
    """A resource that was made at Google and is looked for on an emulator, or the other way round.

    `made_at` is what `Settings.kind` was then; empty where nobody knows.
    """
    if not made_at or not settings.kind or made_at == settings.kind:
        return None
    return InvalidInputError(
        "nothing was looked up or changed",
        where=where,
        why=f"this was made at {_NAMES.get(made_at, made_at)}, and the settings now lead to {_NAMES[settings.kind]}",
        next_step="Set ctune:apiEndpoint and CTUNE_API_ENDPOINT as they were, or take it out of the state with "
        "`pulumi state delete`.",
    )


def _as_fingerprint(text: str) -> str | None:
    return text if text.startswith("sha256:") else fingerprint(text)
