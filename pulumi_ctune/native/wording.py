"""Texts for people by the names and in the words of those who write no Python."""

import re
from functools import cache

from pulumi_ctune.core.fields import FREE_FORM, names_below
from pulumi_ctune.native.kept_schema import Spec, camel, kept, snake

_WORDS = (
    (r"\bgcp:(project|region|accessToken|impersonateServiceAccount|userProjectOverride|billingProject)\b", r"ctune:\1"),
    (
        r"\bgcp:credentials\b",
        "environment variable GOOGLE_CREDENTIALS",
    ),  # the environment alone: the plugin never sees pulumi-gcp's keys
    (r"(?<=\d)_(?=\d{3})", ""),
    (r"\bcustom_timeouts\b", "customTimeouts"),
    (r"\ba dict\b(?![\w/.-]\w)", "an object"),
    (r"\bthe dict itself\b", "the object itself"),
    (r"(?<![\w/.'\"-])True(?![\w/'\"-])", "true"),
    (r"(?<![\w/.'\"-])False(?![\w/'\"-])", "false"),
    (r"(?<=\. )None(?![\w/'\"-])", "Null"),
    (r"(?<![\w/.'\"-])None(?![\w/'\"-])", "null"),
)
"""What Python calls otherwise than the other languages do; not within names and quotes, which are the user's."""
_NAME = re.compile(r"\$[.\[]\S*|\{\{[\w.]+\}\}|(?<![\w/])(?<!ctune:budget\.)[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?!\w)")
"""A word that may be a name. Taken whole, as nobody translates them: paths in a line of a dataset, `$.contents[0].a_b`,
and what a prompt is filled with, `{{a_b}}`.
"""
_OF_THE_BUDGET = ("max_usd", "max_tokens")
_IN_CONFIG = "[ctune:budget"


def names_in(schema: Spec) -> frozenset[str]:
    """Every name of more than one word, as Python spells it; also what maps of the API may have."""
    found = names_below(FREE_FORM) | {snake(token.rpartition(":")[2]) for token in schema["functions"]}
    for each in (*schema["types"].values(), *schema["resources"].values(), *schema["functions"].values()):
        for part in (each, each.get("inputs", {}), each.get("outputs", {})):
            found |= {snake(name) for name in part.get("properties", {})}
    return frozenset(name for name in found if "_" in name)


@cache
def _kept_names() -> frozenset[str]:
    return names_in(kept())


def worded(text: str) -> str:
    """A text for people by the names of the schema."""
    return neutral(text, _kept_names())


def neutral(text: str, names: frozenset[str]) -> str:
    """A text for people with names in camelCase, and without words of Python.

    What the config key `ctune:budget` holds is the same in every language.
    """
    if _IN_CONFIG in text:
        names = names - {*_OF_THE_BUDGET}
    text = _NAME.sub(lambda found: camel(found[0]) if found[0] in names else found[0], text)
    for pattern, word in _WORDS:
        text = re.sub(pattern, word, text)
    return text
