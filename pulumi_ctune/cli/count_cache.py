"""What the service has counted, kept on this machine: the same content is counted once for a model.

So a pipeline that keeps the folder asks nobody after its first run. A file that is broken or cannot be written is as if
it was not there. Only numbers are kept, no line of a dataset.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from pulumi_ctune.config import Settings
from pulumi_ctune.data.report import Report
from pulumi_ctune.data.tokens import Tokens

_NUMBERS = ("low", "estimate", "high")


@dataclass(frozen=True)
class CountCache:
    """The counts of one service: those of an emulator are none of Google's."""

    folder: Path
    service: str

    @classmethod
    def of(cls, settings: Settings, environ: Mapping[str, str]) -> Self:
        """That of the user: below `XDG_CACHE_HOME`, or `~/.cache`."""
        given = environ.get("XDG_CACHE_HOME", "")
        base = given if os.path.isabs(given) else os.path.expanduser("~/.cache")  # as the XDG specification has it
        return cls(Path(base) / "pulumi-ctune" / "token-counts", settings.as_texts().get("ctune:apiEndpoint", "google"))

    def find(self, report: Report, model: str, *, exact: bool) -> tuple[Tokens, tuple[str, ...]] | None:
        """The tokens and what there was to say; None where nobody has counted. `exact`: every line."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            entry: dict[str, Any] = json.loads(self._file(report, model).read_text(encoding="utf-8"))
            low, estimate, high = (int(entry[key]) for key in _NUMBERS)
            tokens = Tokens(low, estimate, high, str(entry["how"]))
            notes = tuple(map(str, entry["notes"]))
            if tokens.is_counted or not exact:
                return replace(tokens, how=f"{tokens.how}; counted on {entry['counted_on']}"), notes
        return None

    def keep(self, report: Report, model: str, tokens: Tokens, notes: tuple[str, ...]) -> None:
        """Keep a count. Not one with files: they may change without the dataset."""
        if report.counted.media or not report.sha256:
            return
        entry = tokens.as_dict() | {"notes": [*notes], "counted_on": datetime.now(UTC).date().isoformat()}
        file = self._file(report, model)
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            half = file.with_suffix(f".{os.getpid()}")
            half.write_text(json.dumps(entry), encoding="utf-8")
            half.replace(file)

    def _file(self, report: Report, model: str) -> Path:
        of = "\n".join((self.service, model, report.method, str(report.examples), report.sha256 or ""))
        return self.folder / f"{hashlib.sha256(of.encode()).hexdigest()}.json"
