"""Names of models, versions, endpoints, jobs and evaluations that a text holds: a saved state, a stack's config.

A text that holds a name is taken to need it, wherever in it the name stands. Two names that differ in the project alone
count as one, since a project has an id and a number. A name that lacks its place, or has a variable there, may be in
any; an id alone, as `endpoint_id` of a job is handed on, may be that of anything, and of any version of a model.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

_NAME = re.compile(
    r"(?:projects/[^/\s\"'<>]+/locations/(?P<location>[^/\s\"'<>]+)/)?"
    r"(?P<rest>(?:models|endpoints|tuningJobs|evaluationRuns|evaluationSets)/[A-Za-z0-9_-]+(?:@[A-Za-z0-9-]+)?)"
)
_ID = re.compile(r"(?:(?<![\w/@.-])|(?<=//))\d{10,}(?![\w/-]|\.\d)")
_LOCATION = re.compile(r"[a-z0-9-]+")
_ESCAPES = (("%2F", "/"), ("%2f", "/"), ("%40", "@"))


class Name(NamedTuple):
    """`models/M@V` and its location, empty where the text does not tell it."""

    location: str
    rest: str


def names_in(text: str) -> Iterator[Name]:
    """Every name in a text, as often as it is there."""
    for found in _NAME.finditer(_plain(text)):
        location = found["location"] or ""
        yield Name(location if _LOCATION.fullmatch(location) else "", found["rest"])


def ids_in(text: str) -> Iterator[str]:
    """Every id that stands alone."""
    return (match[0] for match in _ID.finditer(_plain(text)))


def _plain(text: str) -> str:
    for escaped, meant in _ESCAPES:
        text = text.replace(escaped, meant)
    return re.sub(r"\\+/", "/", text)  # JSON in JSON has more than one


@dataclass
class Mentions:
    """Who names what."""

    _by: dict[Name | str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> "Mentions":
        """`texts` by who says them, in words: `the state of stack dev`."""
        found = cls()
        for who, text in texts.items():
            found.add(text, who)
        return found

    def add(self, text: str, who: str) -> None:
        meant: list[Name | str] = [*names_in(text), *ids_in(text)]
        for name in meant:
            self._by.setdefault(name, who)

    def who(self, name: str) -> str:
        """Who names it, one of them; empty for nobody. `name` is a full one, as the service writes it."""
        for meant in names_in(name):
            last = meant.rest.rpartition("/")[2].partition("@")[0]
            keys = (meant, Name("", meant.rest), last)
            return next((self._by[key] for key in keys if key in self._by), "")
        return ""
