"""Settings of resources of the plugin that have a provider of their own: its inputs, in place of the stack's config.

An explicit provider does not see the stack's config, so a command must not look there either. Owns what holds where a
stack has several of them. Knows nothing of what the settings mean.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pulumi_ctune.cli.pulumi_cli import SECRET, UNKNOWN_VALUE
from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.native import kept_schema, setting_texts

Entry = Mapping[str, Any]
Config = Mapping[str, str]

_TYPE = f"pulumi:providers:{kept_schema.PACKAGE}"
_OURS = re.compile(rf"(?:{kept_schema.PACKAGE}:index:|pulumi-python:dynamic/{kept_schema.PACKAGE}:)\w+")
_DEFAULT = re.compile(r"default(_\d\w*)?")  # the provider that the engine makes of the stack's config, with its version
_SECRETS_SIGN = "4dabf18193072939515e22adb298388d"  # the key that a secret has in a state
_SERVICE = "ctune:apiEndpoint"


def entries(exported: Mapping[str, Any], preview: Mapping[str, Any] | None = None) -> Sequence[Entry]:
    """The entries of a state; with a preview as they are after the update, those that are not there yet too."""
    found: dict[str, Entry] = {}
    for entry in (exported.get("deployment") or {}).get("resources") or ():
        if not entry.get("delete"):
            found[str(entry.get("urn"))] = entry
    for step in (preview or {}).get("steps") or ():
        if step.get("newState"):
            found[str(step.get("urn"))] = step["newState"]
        elif step.get("op") == "delete":
            found.pop(str(step.get("urn")), None)
    return list(found.values())


def in_force(
    found: Sequence[Entry], config: Config, revealed: Callable[[], Iterable[Entry]], hide: Callable[[str], None]
) -> Config:
    """The config that our resources have: the stack's, or the inputs of their provider. Where there are several
    providers it is what they agree on. `revealed` gives the saved entries with secrets in plain text, each of which
    `hide` is told.

    Raises:
        InvalidInputError: they do not agree on the service, so there is none to ask.
    """
    providers = {str(entry.get("urn")): entry for entry in found if entry.get("type") == _TYPE}
    used = {_urn(entry) for entry in found if _OURS.fullmatch(_type(entry))}
    explicit = sorted(urn for urn in used if urn in providers and not _DEFAULT.fullmatch(_name(urn)))
    if not explicit:
        return config
    saved: dict[str, Entry] = {}
    if any(_is_secret(value) for urn in explicit for value in _inputs(providers[urn]).values()):
        saved = {str(entry.get("urn")): entry for entry in revealed()}
    configs = {_name(urn): dict(_texts(providers[urn], saved.get(urn) or {}, hide)) for urn in explicit}
    if len(explicit) < len(used):
        configs["the stack's config"] = dict(config)
    services = {name: each.get(_SERVICE, "") for name, each in configs.items()}
    if len({*services.values()}) > 1:
        said = ", ".join(f"{service or 'Google'} ({name})" for name, service in services.items())
        raise InvalidInputError(
            "the stack cannot be looked at",
            where=_SERVICE,
            why=f"its providers name several services, and a command asks one: {said}",
            next_step="Give all providers of the stack the same apiEndpoint.",
        )
    first, *others = configs.values()
    return {key: text for key, text in first.items() if all(other.get(key) == text for other in others)}


def _texts(provider: Entry, saved: Entry, hide: Callable[[str], None]) -> Iterator[tuple[str, str]]:
    """The inputs as config; without those that only an update can tell."""
    plain = _inputs(saved)
    for name, value in _inputs(provider).items():
        if _is_secret(value):
            value = _plain(plain.get(name))
            if value:
                hide(setting_texts.text_of(name, value))
        if value and UNKNOWN_VALUE not in (text := setting_texts.text_of(name, value)):
            yield f"{kept_schema.PACKAGE}:{name}", text


def _plain(value: Any) -> Any:
    """A value of a state that was read with its secrets; None for a secret that cannot be read."""
    if not isinstance(value, Mapping):
        return value
    if _SECRETS_SIGN not in value:
        return {key: _plain(item) for key, item in value.items()}
    try:
        return json.loads(value["plaintext"])
    except (TypeError, KeyError, ValueError):
        return None


def _is_secret(value: Any) -> bool:
    """Also where a part of it is one."""
    if isinstance(value, Mapping):
        return _SECRETS_SIGN in value or any(map(_is_secret, value.values()))
    return bool(value == SECRET)


def _inputs(entry: Entry) -> Mapping[str, Any]:
    found = entry.get("inputs")
    return found if isinstance(found, Mapping) else {}


def _type(entry: Entry) -> str:
    return str(entry.get("type"))


def _urn(entry: Entry) -> str:
    """Of the entry's provider: what comes before its id."""
    return str(entry.get("provider")).rpartition("::")[0]


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]
