"""The references of a dataset that a reward reads: `{{references.answer}}` in any text of its config."""

import re
from collections.abc import Iterator
from typing import Any

_PLACEHOLDER = re.compile(r"\{\{\s*references\.([^{}\s]+)\s*\}\}")


def read_by(reward: Any) -> frozenset[str]:
    """The names in all texts of a decoded reward config, single or composite."""
    return frozenset(name for text in _texts(reward) for name in _PLACEHOLDER.findall(text))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
