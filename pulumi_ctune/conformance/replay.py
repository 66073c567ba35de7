"""The requests of a recording sent to the emulator, each at its time and in the emulator's names.

The one place of the product, besides the client, that knows the emulator.
"""

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx2

from pulumi_ctune.conformance.comparison import Pair
from pulumi_ctune.conformance.scrubber import NUMBER, PROJECT
from pulumi_ctune.conformance.shape import shape_of
from pulumi_ctune.conformance.timing import at, settings_for, usual_duration_s
from vertex_emulator.app import Emulator
from vertex_emulator.transport import EmbeddedTransport

Exchange = dict[str, Any]

_SEPARATORS = re.compile(r"([/@:?&=,\s])")
_BY_TIME = re.compile(r"/(tuningJobs|evaluationRuns|operations)\b")
"""What changes while nobody does anything."""

_LOOKS = 8
"""How often a read that is answered otherwise is repeated before the next one: what is late may come."""


def replay(exchanges: Sequence[Exchange]) -> Iterator[Pair]:
    """Each exchange with the emulator's answer, in their order."""
    with (
        tempfile.TemporaryDirectory(prefix="ctune-conformance-") as folder,
        _emulator(Path(folder)) as (emulator, set_to),
    ):
        names, usual_s = _Names(), usual_duration_s(exchanges)
        with httpx2.Client(transport=EmbeddedTransport(emulator), base_url="http://localhost") as http:
            for index, exchange in enumerate(exchanges):
                set_to(at(exchange))
                if changes := settings_for(exchange, exchanges[index + 1 :], usual_s):
                    emulator.configure(**changes)
                until = _next_moment(exchange, exchanges[index + 1 :])
                answer = _answered(http, names, exchange, until, set_to)
                document = _document(answer)
                names.learn(exchange["response"], document)
                yield Pair(exchange, answer.status_code, document)


@contextmanager
def _emulator(folder: Path) -> Iterator[tuple[Emulator, Callable[[float], None]]]:
    now = [0.0]

    def set_to(moment: float) -> None:
        now[0] = max(now[0], moment)

    with Emulator(folder, clock=lambda: now[0]) as emulator:
        yield emulator, set_to


def _next_moment(exchange: Exchange, later: Sequence[Exchange]) -> float:
    """What is late may come until something else is asked that goes by time, or changes something."""
    if _BY_TIME.search(exchange["path"]):
        for other in later:
            if other["method"] != "GET" or _BY_TIME.search(other["path"]):
                return at(other)
    return at(exchange)


def _answered(
    http: httpx2.Client, names: "_Names", exchange: Exchange, until: float, set_to: Callable[[float], None]
) -> httpx2.Response:
    """The answer, and of a read the one that is nearest to the recorded one in the time until the next."""
    best = _sent(http, names, exchange)
    if exchange["method"] != "GET" or best.status_code != exchange["status"]:
        return best
    fewest, began = _differing(exchange, best), at(exchange)
    for look in range(1, _LOOKS + 1):
        if not fewest or until <= began:
            break
        set_to(began + (until - began) * look / (_LOOKS + 1))
        answer = _sent(http, names, exchange)
        if (number := _differing(exchange, answer)) < fewest:
            fewest, best = number, answer
    return best


def _differing(exchange: Exchange, answer: httpx2.Response) -> int:
    return len(shape_of(exchange["response"]).items() ^ shape_of(_document(answer)).items())


def _sent(http: httpx2.Client, names: "_Names", exchange: Exchange) -> httpx2.Response:
    content: dict[str, Any] = {"headers": {"range": exchange["range"]}} if "range" in exchange else {}
    if "body" in exchange:
        content["json"] = names.of(exchange["body"])
    elif "text" in exchange:
        content = {"content": str(exchange["text"]).encode(), "headers": {"content-type": "application/jsonl"}}
    return http.request(
        exchange["method"], quote(names.text(unquote(exchange["path"])), safe="/:@?&=,+%~.-_"), **content
    )


def _document(answer: httpx2.Response) -> dict[str, Any]:
    if "alt=media" in str(answer.request.url) and answer.is_success:
        return {}
    try:
        found = json.loads(answer.text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


class _Names:
    """What the emulator calls the things of the recording."""

    def __init__(self) -> None:
        self._here: dict[str, str] = {PROJECT: NUMBER}

    def of(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self._here.get(key, key): self.of(item) for key, item in value.items()}
        return [self.of(item) for item in value] if isinstance(value, list) else value

    def text(self, text: str) -> str:
        if text in self._here:
            return self._here[text]
        return "".join(self._here.get(part, part) for part in _SEPARATORS.split(text))

    def learn(self, recorded: Any, here: Any) -> None:
        """From two answers to the same request: where they stand in the same place, they mean the same."""
        if isinstance(recorded, dict) and isinstance(here, dict):
            for key in recorded.keys() & here.keys():
                self.learn(recorded[key], here[key])
        elif isinstance(recorded, list) and isinstance(here, list):
            for one, other in zip(recorded, here, strict=False):
                self.learn(one, other)
        elif isinstance(recorded, str) and isinstance(here, str) and recorded != here:
            self._learn_text(recorded, here)

    def _learn_text(self, recorded: str, here: str) -> None:
        ours, theirs = _SEPARATORS.split(recorded), _SEPARATORS.split(here)
        if "/" not in recorded:
            if _is_id(recorded):
                self._here[recorded] = here
        elif ours[1::2] == theirs[1::2]:
            for one, other in zip(ours[::2], theirs[::2], strict=True):
                if one != other and _is_id(one) and one not in (PROJECT, NUMBER):
                    self._here[one] = other


def _is_id(text: str) -> bool:
    """Short ones, such as versions and checkpoints, mean the same on both sides."""
    return len(text) > 3 and any(map(str.isdigit, text)) and " " not in text
