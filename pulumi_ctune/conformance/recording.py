"""The log of a run as recordings: only what is the run's own, without names, and polls that say the same only once.

A recording is a file for each step, in the form of those in tests/recordings.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pulumi_ctune.conformance.journal import Journal
from pulumi_ctune.conformance.scrubber import Scrubber, known_values
from pulumi_ctune.conformance.shape import shape_of

Exchange = dict[str, Any]

_OF_PLACE = re.compile(r"/locations/[^/]+/(\w+)$")
_TRANSIENT = frozenset({0, 401, 408, 429, *range(500, 600)})


def exchanges_of(journal: Journal, project: str) -> tuple[list[Exchange], Scrubber]:
    """What can be shown, in its order, and what has cleaned it, for other texts of the same run."""
    log = [exchange for exchange in journal.exchanges() if exchange["status"] not in _TRANSIENT]
    own = _own_names(log)
    scrubber = Scrubber(known_values(project, iter(log)))
    return _numbered(_folded(_scrubbed(scrubber, each) for each in _of_run(log, own, journal.run_id))), scrubber


def write(folder: Path, exchanges: Iterable[Exchange], about: Mapping[str, str]) -> list[Path]:
    """The recordings, a file for each step. `about` opens each of them."""
    folder.mkdir(parents=True, exist_ok=True)
    by_step: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        shown = {key: value for key, value in exchange.items() if key != "step"}
        by_step.setdefault(exchange["step"], []).append(shown)
    written = []
    for step, found in by_step.items():
        written.append(folder / f"conformance-{step}.json")
        document = {**about, "exchanges": found}
        written[-1].write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return written


def read(folder: Path) -> list[Exchange]:
    """The exchanges of all recordings in a folder, in their order."""
    found: list[Exchange] = []
    for path in sorted(folder.glob("conformance-*.json")):
        step = path.stem.partition("-")[2]
        exchanges = json.loads(path.read_text(encoding="utf-8"))["exchanges"]
        found += [{"step": step, **exchange} for exchange in exchanges]
    return sorted(found, key=lambda exchange: int(exchange["number"]))


def _own_names(log: Sequence[Exchange]) -> set[str]:
    """What the run has made: the names in answers to its changes."""
    return {
        str(exchange["response"]["name"])
        for exchange in log
        if exchange["method"] != "GET" and exchange["response"].get("name")
    }


def _of_run(log: Iterable[Exchange], own: set[str], run_id: str) -> Iterator[Exchange]:
    """Lists of a place show what others have there: it is left out, with the pages after the first one."""
    for exchange in log:
        path, _, query = exchange["path"].partition("?")
        found = _OF_PLACE.search(path)
        if exchange["method"] != "GET" or not found:
            yield exchange
        elif "pageToken=" not in query:
            response = {key: value for key, value in exchange["response"].items() if key != "nextPageToken"}
            shown = {key: _own_items(value, own, run_id) for key, value in response.items()}
            if all(shown[key] or not response[key] for key in response):  # else all was somebody else's
                yield {**exchange, "response": shown}


def _own_items(value: Any, own: set[str], run_id: str) -> Any:
    return [item for item in value if _is_own(item, own, run_id)] if isinstance(value, list) else value


def _is_own(item: Any, own: set[str], run_id: str) -> bool:
    if not isinstance(item, Mapping):
        return False
    labels = item.get("labels")
    return item.get("name") in own or (isinstance(labels, Mapping) and labels.get("ctune-stack") == f"run-{run_id}")


def _scrubbed(scrubber: Scrubber, exchange: Exchange) -> Exchange:
    """Step, moment, method and status are ours; all else is looked at."""
    found: Exchange = {key: exchange[key] for key in ("step", "at", "method", "range") if key in exchange}
    found["path"] = quote(scrubber.text(exchange["path"]), safe="/:@?&=,+%~.-_")
    for key in ("body", "text"):
        if key in exchange:
            found[key] = scrubber.value(exchange[key])
    found["status"] = exchange["status"]
    for key in ("response", "response_text"):
        if key in exchange:
            found[key] = scrubber.value(exchange[key])
    return found


def _folded(exchanges: Iterable[Exchange]) -> Iterator[Exchange]:
    """Polls of one kind after each other as one, from `at` until `until`."""
    last: Exchange | None = None
    for exchange in exchanges:
        if last is not None and _is_same_poll(last, exchange):
            last["until"] = exchange["at"]
            continue
        if last is not None:
            yield last
        last = exchange
    if last is not None:
        yield last


def _is_same_poll(one: Exchange, other: Exchange) -> bool:
    if one["method"] != "GET" or any(one[key] != other[key] for key in ("step", "method", "path", "status")):
        return False
    return shape_of(one["response"]) == shape_of(other["response"])


def _numbered(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """With an id each, the step and a number in it, and the number in the run."""
    counts: dict[str, int] = {}
    found = []
    for number, exchange in enumerate(exchanges, 1):
        step = exchange["step"]
        counts[step] = counts.get(step, 0) + 1
        found.append({"id": f"{step}-{counts[step]}", "number": number, **exchange})
    return found
