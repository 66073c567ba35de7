"""What commands print as JSON: one way for all of them, since what reads it is a program."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core.printable import without_secrets
from pulumi_ctune.core.values import storable

_OWN_KEY = re.compile("[a-z_A-Z]+")


def json_text(document: Any, *, indent: int | None = None) -> str:
    """A JSON document for machines, valid whatever is in it and wherever it is written: in ASCII, NaN and the
    infinities by their names, secrets hidden in texts alone and in names that others chose, never in a number or a key
    of ours.
    """
    text = json.dumps(_printable(document), indent=indent, allow_nan=False)
    return text.replace("\x7f", "\\u007f")  # the one steering character that ASCII leaves


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, Mapping):
        return {
            key if not isinstance(key, str) or _OWN_KEY.fullmatch(key) else without_secrets(key): _printable(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_printable(item) for item in value]
    return storable(value)
