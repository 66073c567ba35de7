"""Texts for people by the names and in the words of those who write no Python."""

import re
from functools import cache

from pulumi_ctune.native.kept_schema import Spec, camel, kept, snake


def names_in(schema: Spec) -> frozenset[str]:
    """Every name of more than one word, as Python spells it."""
    found = {snake(token.rpartition(":")[2]) for token in schema["functions"]}
    for each in (*schema["types"].values(), *schema["resources"].values(), *schema["functions"].values()):
        for bag in (each, each.get("inputs", {}), each.get("outputs", {})):
            found |= {snake(name) for name in bag.get("properties", {})}
    return frozenset(name for name in found if "_" in name)


@cache
def _kept_names() -> frozenset[str]:
    return names_in(kept())


def told(text: str) -> str:
    """A text for people by the names of the schema."""
    return neutral(text, _kept_names())


def neutral(text: str, names: frozenset[str]) -> str:
    """A text for people with names in camelCase, and without words of Python."""
    text = re.sub(r"(?<![\w/])[a-z]+(?:_[a-z]+)+(?!\w)", lambda m: camel(m[0]) if m[0] in names else m[0], text)
    text = re.sub(r"\bgcp:(project|region)\b", r"ctune:\1", text).replace("`custom_timeouts`", "`customTimeouts`")
    return re.sub(r"\bNone\b", "null", text)
