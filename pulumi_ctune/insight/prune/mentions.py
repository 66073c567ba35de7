"""Names of models, versions, endpoints, jobs and evaluations that a text holds: a saved state, a stack's config.

A text that holds a name is taken to need it, wherever in it the name stands. Two names that differ in the project alone
count as one, since a project has an id and a number.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pulumi_ctune.insight.inventory import key_of

_NAME = re.compile(
    r"projects/[^/\s\"'<>]+/locations/[a-z0-9-]+/"
    r"(?:models|endpoints|tuningJobs|evaluationRuns|evaluationSets)/[A-Za-z0-9_-]+(?:@[A-Za-z0-9-]+)?"
)
_ESCAPES = (("\\/", "/"), ("%2F", "/"), ("%2f", "/"), ("%40", "@"))


def names_in(text: str) -> Iterator[str]:
    """Every full name in a text, as often as it is there."""
    for escaped, meant in _ESCAPES:
        text = text.replace(escaped, meant)
    return (match[0] for match in _NAME.finditer(text))


@dataclass
class Mentions:
    """Who names what."""

    _by: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> "Mentions":
        """`texts` by who says them, in words: `the state of stack dev`."""
        found = cls()
        for who, text in texts.items():
            found.add(text, who)
        return found

    def add(self, text: str, who: str) -> None:
        for name in names_in(text):
            self._by.setdefault(key_of(name), who)

    def who(self, name: str) -> str:
        """Who names it, one of them; empty for nobody."""
        return self._by.get(key_of(name), "")
