"""How the text of each setting is read; one that is not set has its default. Where services are is `endpoints`'s."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from pulumi_ctune.config.keys import NOT_USABLE, Source, refused
from pulumi_ctune.core import defaults, durations
from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.core.spending import DATA_CHECKS, Budget

SHORTEST_POLL_INTERVAL = timedelta(milliseconds=100)  # for the emulator, whose jobs can be that short
LONGEST_POLL_INTERVAL = timedelta(hours=1)
_TRUE = frozenset(("true", "1", "t"))  # Go's strconv.ParseBool, which reads these settings for pulumi-gcp
_FALSE = frozenset(("false", "0", "f"))


def text(source: Source | None) -> str | None:
    return source.value or None if source else None


def flag(source: Source | None) -> bool:
    if source is None or source.value.lower() in _FALSE:
        return False
    if source.value.lower() in _TRUE:
        return True
    raise refused(source, "is neither 'true' nor 'false'")


def is_true(text: str | None) -> bool:
    """Whether pulumi-gcp takes this text for true; what is neither true nor false is not."""
    return (text or "").lower() in _TRUE


def poll_interval(source: Source | None) -> timedelta:
    if source is None:
        return defaults.POLL_INTERVAL
    try:
        interval = durations.parse(source.value)
    except ValueError as error:
        raise InvalidInputError(NOT_USABLE, where=source.where, why=str(error)) from None
    if not SHORTEST_POLL_INTERVAL <= interval <= LONGEST_POLL_INTERVAL:
        shortest, longest = durations.format(SHORTEST_POLL_INTERVAL), durations.format(LONGEST_POLL_INTERVAL)
        raise refused(source, f"is not between {shortest} and {longest}")
    return interval


def data_checks(source: Source | None) -> str:
    if source is None:
        return DATA_CHECKS[0]
    if source.value not in DATA_CHECKS:
        raise refused(source, f"is none of {', '.join(DATA_CHECKS)}")
    return source.value


def budget(source: Source | None) -> Budget | None:
    if source is None:
        return None
    from pulumi_ctune.core.budget import budget_of, wrong_in  # only where there is one: every program loads this module

    # Beside a program in another language than Python, people write it as they write the input of a job.
    given = dict(_object(source, '{"max_usd": 20}'))
    for spelled, key in (("maxTokens", "max_tokens"), ("maxUsd", "max_usd")):
        if spelled in given and key not in given:
            given[key] = given.pop(spelled)
    for path, reason in wrong_in(given, source.origin):
        raise InvalidInputError(NOT_USABLE, where=path, why=reason)
    return budget_of(given, source.origin)


def prices(source: Source | None) -> str | None:
    if source is None:
        return None
    from pulumi_ctune.data.prices import Prices

    try:
        Prices.parse(_object(source, '{"gemini-3.5-flash": {"sft": 8}}'), source.origin)
    except ValueError as error:
        raise InvalidInputError(NOT_USABLE, where=source.where, why=str(error)) from None
    return source.value


def _object(source: Source, example: str) -> Mapping[str, Any]:
    try:
        found = json.loads(source.value, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, Mapping):
        raise refused(source, "is no object in JSON", f"Write one such as {example}.")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are there once: of two limits or prices nobody knows which one was meant."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def default_labels(get: Callable[[str], str | None]) -> Mapping[str, Any]:
    """Labels of every job: an object in JSON. Labels of the resource take precedence. Changed in place."""
    key = next((key for key in ("ctune:defaultLabels", "gcp:defaultLabels") if get(key)), "")
    text = get(key) if key else None
    try:
        labels = json.loads(text) if text else {}
    except ValueError:
        labels = None
    if not isinstance(labels, Mapping):
        raise InvalidInputError(NOT_USABLE, where=key, why="it is no object of labels")
    return labels
