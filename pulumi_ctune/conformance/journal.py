"""What a run remembers on disk: `state.json`, written anew as a whole, and `exchanges.jsonl`, a line for each answer.

Both hold real names and lie in `private/`, which nobody but the user may read. A process that is killed leaves at most
half a line at the end of the log, which is passed over.
"""

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

Status = Literal["begun", "done", "refused", "skipped"]
PRIVATE = "private"


@dataclass
class Entry:
    """What became of a step. `id` and `state` are those of its resource, `why` is what Google said against it.

    `points` are answers of the step: id of the point -> [whether it holds, what was seen].
    """

    status: Status
    id: str = ""
    state: dict[str, Any] = field(default_factory=dict)
    why: str = ""
    points: dict[str, tuple[bool, str]] = field(default_factory=dict)
    removed: bool = False


@dataclass
class Journal:
    """The run of one folder. `run_id` is part of every name that the run gives."""

    folder: Path
    run_id: str
    settings: dict[str, Any]
    entries: dict[str, Entry] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def open(cls, folder: Path) -> Self | None:
        """The run of the folder; None where there is none. Raises `ValueError` for a state file that is damaged."""
        path = folder / PRIVATE / "state.json"
        if not path.exists():
            return None
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            entries = {
                step: Entry(**{**entry, "points": {key: tuple(found) for key, found in entry["points"].items()}})
                for step, entry in document["entries"].items()
            }
            return cls(folder, document["run_id"], document["settings"], entries)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path} is not the state of a run: {error}") from None

    @classmethod
    def begin(cls, folder: Path, settings: Mapping[str, Any], run_id: str = "") -> Self:
        """A new run, saved before anything is sent."""
        journal = cls(folder, run_id or os.urandom(5).hex(), dict(settings))
        private = folder / PRIVATE
        private.mkdir(parents=True, exist_ok=True)
        private.chmod(0o700)
        (folder / ".gitignore").write_text(f"{PRIVATE}/\n", encoding="utf-8")
        journal.log.touch()
        journal.save()
        return journal

    @property
    def log(self) -> Path:
        return self.folder / PRIVATE / "exchanges.jsonl"

    def save(self) -> None:
        path = self.folder / PRIVATE / "state.json"
        document = {
            "run_id": self.run_id,
            "settings": self.settings,
            "entries": {step: asdict(entry) for step, entry in self.entries.items()},
        }
        with self._lock:
            fresh = path.with_suffix(".new")
            with fresh.open("w", encoding="utf-8") as file:
                json.dump(document, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)

    def note(self, step: str, entry: Entry) -> None:
        self.entries[step] = entry
        self.save()

    def state_of(self, step: str) -> dict[str, Any]:
        """The state of a step that is done; empty for any other."""
        entry = self.entries.get(step)
        return entry.state if entry and entry.status == "done" else {}

    def left(self) -> list[str]:
        """The steps whose resource may still be there."""
        return [step for step, entry in self.entries.items() if not entry.removed and entry.status in ("begun", "done")]

    def append(self, exchange: Mapping[str, Any]) -> None:
        with self._lock, self.log.open("a", encoding="utf-8") as file:
            if file.tell() and not self._ends_a_line():
                file.write("\n")
            file.write(json.dumps(exchange) + "\n")

    def exchanges(self) -> Iterator[dict[str, Any]]:
        for line in self.log.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):
                yield json.loads(line)

    def _ends_a_line(self) -> bool:
        with self.log.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"
