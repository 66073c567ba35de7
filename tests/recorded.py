"""What lies in `recordings/`, for the tests that replay it: on the emulator, and in front of the client."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recordings"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
"""Every recording there is. Tests run over these, so that none is forgotten."""


@dataclass(frozen=True)
class Exchange:
    """A request that somebody sent to the real service, and what it answered."""

    recording: str
    exchange_id: str
    method: str
    path: str
    """With API version and query."""
    body: dict[str, Any]
    status: int
    response: dict[str, Any]

    @property
    def name(self) -> str:
        """The resource, or the collection: without API version, query and verb."""
        return self.path.split("/", 2)[2].partition("?")[0].partition(":")[0]


def recording(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def exchanges(name: str) -> dict[str, Exchange]:
    """Those of a recording, by id and in order; none where only requests are known."""
    return exchanges_in(recording(name), name)


def exchanges_in(document: dict[str, Any], name: str) -> dict[str, Exchange]:
    """The same of a document, wherever it lies."""
    return {
        item["id"]: Exchange(
            name, item["id"], item["method"], item["path"], item.get("body", {}), item["status"], item["response"]
        )
        for item in document.get("exchanges", [])
    }


def requests(name: str) -> dict[str, dict[str, Any]]:
    """The requests of a recording without answers, by id: `{method?, path?, body?, status?}`."""
    return {item["id"]: item for item in recording(name).get("requests", [])}
