"""A watched job as lines: one for each change, for logs and for machines.

With `as_json` each is an object with the keys of `ctune jobs`, and `time`, `hints` and `metrics`, the last value of
each series. Long silences are broken, so that nobody takes a log for dead.
"""

from datetime import datetime, timedelta
from typing import Any, TextIO

from pulumi_ctune.cli.json_output import json_text
from pulumi_ctune.cli.watch_words import hint_lines, state_line
from pulumi_ctune.core.printable import one_line
from pulumi_ctune.insight.watching import View, has_news

_SILENCE = timedelta(minutes=5)
_LONGEST_LINE = 2_000  # characters


class Lines:
    """Call it with each view."""

    def __init__(self, out: TextIO, *, as_json: bool = False) -> None:
        self._out = out
        self._as_json = as_json
        self._before: View | None = None
        self._printed_at: datetime | None = None
        self._hints: set[str] = set()
        self._notes = 0

    def __call__(self, view: View) -> None:
        is_silent = self._printed_at is not None and view.row.now - self._printed_at >= _SILENCE
        if not has_news(view, self._before) and not is_silent:
            return
        self._before, self._printed_at = view, view.row.now
        if self._as_json:
            self._write(json_text(_document(view)))
            return
        if is_silent or self._notes == len(view.notes):
            self._write(f"{_clock(view)} {state_line(view)}")
        for note in view.notes[self._notes :]:
            self._write(f"{_clock(view)} {one_line(note, _LONGEST_LINE)}")
        self._notes = len(view.notes)
        for hint, line in zip(view.hints, hint_lines(view), strict=True):
            if hint.key not in self._hints:
                self._hints.add(hint.key)
                self._write(f"{_clock(view)} {line}")

    def _write(self, line: str) -> None:
        self._out.write(line + "\n")
        self._out.flush()


def _document(view: View) -> dict[str, Any]:
    expected = view.expected
    return {
        "time": view.row.now.isoformat(timespec="seconds"),
        **view.row.as_dict(),
        **({"expected_end": expected.end.isoformat(timespec="seconds")} if expected else {}),
        "error": view.job.error.message if view.job.error else None,
        "hints": [{"key": hint.key, "text": hint.text, "step": hint.step} for hint in view.hints],
        "metrics": {name: points[-1].value for name, points in view.series.by_name.items()},
    }


def _clock(view: View) -> str:
    return view.row.now.astimezone().strftime("%H:%M:%S")
