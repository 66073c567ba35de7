"""Placeholders for all that may be somebody's, the same one for the same value in all files of a run.

What stays is known: the words of `words.txt`, short numbers, moments, names of locations. Every other word, number,
address and token is replaced, wherever it stands, so nothing has to be recognised as a secret. The words are those of
the API's fields and enums, of its error texts and of the docstrings of Google's clients, without first names; whoever
misses one adds it. Placeholders keep the kind: digits for digits, hex for hex, letters for letters, so that a recording
can be replayed.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

PROJECT, NUMBER = "example-project", "123456789012"
"""What stands for the run's project: its id and its number."""

MAPS = frozenset({"labels", "userLabels", "trafficSplit"})
"""Objects whose keys are data, and no fields of the API."""

_FIELD = re.compile(r"@?[a-z]+(?:[A-Z][a-z]*)+")  # of two words and more; one of them has to be known
_MOMENT = r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)"
_IPV4 = r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)"
_IPV6 = r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){3,7}[0-9A-Fa-f]{0,4}(?![\w:])"
_PHONE = r"(?<!\w)\+?\d+(?:[ ().-]+\d+)+(?!\w)"
_DECIMAL = r"(?<![\w.])\d{1,4}\.\d+(?![\w.])"
_RUN = r"[^\W_]+"
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PLACE = re.compile(r"(?:north|south|east|west|central|northeast|northwest|southeast|southwest)\d{1,2}")
_VERSION = re.compile(r"v\d{1,2}(?:(?:alpha|beta)\d{0,2}|p\d{1,2})?|p\d{1,2}")
_MIXED = frozenset({"md5hash", "md5", "crc32c", "sha256", "oauth2"})
_SHORT_DIGITS, _MOST_SMALL = 3, 10_000
_FEWEST_PHONE_DIGITS = 7


class Scrubber:
    """`known` are values that have a placeholder of their own."""

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._known = {key: value for key, value in (known or {}).items() if key}
        self._placeholders: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        own = "|".join(re.escape(value) for value in sorted(self._known, key=len, reverse=True))
        parts = [
            *([rf"(?P<known>(?<![^\W_])(?:{own})(?![^\W_]))"] if own else []),
            rf"(?P<moment>{_MOMENT})",
            rf"(?P<ipv4>{_IPV4})",
            rf"(?P<ipv6>{_IPV6})",
            rf"(?P<decimal>{_DECIMAL})",
            rf"(?P<phone>{_PHONE})",
            rf"(?P<run>{_RUN})",
        ]
        self._pattern = re.compile("|".join(parts))

    def value(self, value: Any, *, is_map: bool = False) -> Any:
        """A value of JSON with placeholders in it."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self._key(key, is_map): self.value(item, is_map=key in MAPS) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _MOST_SMALL:
            return int(self._replaced(str(abs(value)))) * (1 if value > 0 else -1)
        return value

    def text(self, text: str) -> str:
        return self._pattern.sub(self._part, text)

    def _key(self, key: str, is_map: bool) -> str:
        if not is_map and _FIELD.fullmatch(key) and any(part.lower() in words() for part in _CAMEL.findall(key)):
            return key
        return self.text(key)

    def _part(self, match: re.Match[str]) -> str:
        kind, text = str(match.lastgroup), match[0]
        if kind == "known":
            return self._known[text]
        if kind in ("moment", "decimal"):
            return text
        if kind == "phone" and sum(map(str.isdigit, text)) < _FEWEST_PHONE_DIGITS:
            return text if all(len(part) <= _SHORT_DIGITS for part in re.findall(r"\d+", text)) else self._runs(text)
        if kind == "run":
            return text if is_plain(text) else self._replaced(text)
        return self._kept(kind, text, _ADDRESSES[kind])

    def _runs(self, text: str) -> str:
        return re.sub(_RUN, lambda match: match[0] if is_plain(match[0]) else self._replaced(match[0]), text)

    def _replaced(self, text: str) -> str:
        """A placeholder of the same kind."""
        if text.isascii() and text.isdigit():
            least = 10 ** (len(text) - 1)
            return self._kept(f"digits{len(text)}", text, lambda number: str(least + number % (9 * least)))
        if re.fullmatch(r"[0-9a-f]{8,}", text):
            size = len(text)
            return self._kept(f"hex{size}", text, lambda number: "e" + format(number, f"0{size - 1}x")[-size + 1 :])
        if text.isupper():
            return self._kept("upper", text, lambda number: f"NAME{number}")
        return self._kept("name", text, lambda number: f"name{number}")

    def _kept(self, kind: str, text: str, make: Callable[[int], str]) -> str:
        while self._placeholders.get(text, text) == text:  # none is what it stands for
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._placeholders[text] = make(self._counts[kind])
        return self._placeholders[text]


_ADDRESSES: Mapping[str, Callable[[int], str]] = {
    "ipv4": lambda number: f"192.0.2.{number % 256}",
    "ipv6": lambda number: f"2001:db8::{number:x}",
    "phone": lambda number: f"+000 000 {number:04d}",
}


def is_plain(run: str) -> bool:
    """Whether a run of letters and digits says nothing of anybody."""
    if run.isascii() and run.isdigit():
        return len(run) <= _SHORT_DIGITS
    lower = run.lower()
    if lower in _MIXED or _PLACE.fullmatch(lower) or _VERSION.fullmatch(lower):
        return True
    if not run.isascii() or not run.isalpha():
        return False
    return lower in words() or all(part.lower() in words() for part in _CAMEL.findall(run))


@cache
def words() -> frozenset[str]:
    """Words of the API's fields, of Google's clients and of error texts."""
    text = resources.files("pulumi_ctune.conformance").joinpath("words.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def known_values(project: str, exchanges: Iterator[Mapping[str, Any]]) -> dict[str, str]:
    """The project in both its spellings. Answers name it by its number."""
    known = {project: NUMBER if project.isdigit() else PROJECT}
    for exchange in exchanges:
        if found := re.match(r"projects/(\d+)/", str(exchange["response"].get("name", ""))):
            return known | {found[1]: NUMBER}
    return known
