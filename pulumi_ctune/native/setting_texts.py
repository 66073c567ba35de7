"""Inputs of a provider of the plugin as the settings that they are. Loads nothing of Pulumi's SDK."""

import json
from contextlib import suppress
from typing import Any

_OBJECTS = ("budget", "defaultLabels", "prices")


def text_of(name: str, value: Any) -> str:
    """An input as the text that its key of the config has.

    SDKs write an object as JSON; a text in its place, which is JSON already, once more.
    """
    text = value if isinstance(value, str) else json.dumps(value)
    if name in _OBJECTS and text.startswith('"'):
        with suppress(ValueError):
            return str(json.loads(text))
    return text
