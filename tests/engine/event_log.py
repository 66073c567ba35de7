"""Read the event log of one CLI command: which steps the engine took, what it reported, how it summed up.

Knows nothing of processes. The format is one JSON object a line, an `apitype.EngineEvent`:
https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_COLOR = re.compile(r"<\{%.*?%\}>")
_HALVES_OF_A_REPLACE = {"create-replacement", "replace", "delete-replaced"}
_FROM_PATH = "using pulumi-"


@dataclass(frozen=True)
class Step:
    """One step on one resource: `op` in the engine's words (`create`, `same`, `create-replacement` ...)."""

    op: str
    urn: str
    diffs: tuple[str, ...]
    failed: bool

    @property
    def name(self) -> str:
        return self.urn.rsplit("::", 1)[-1]

    @property
    def is_plumbing(self) -> bool:
        """True for the stack itself and for providers, which no test asks about."""
        type_token = self.urn.split("::")[-2].rsplit("$", 1)[-1]
        return type_token == "pulumi:pulumi:Stack" or type_token.startswith("pulumi:providers:")


@dataclass(frozen=True)
class Diagnostic:
    """One message. `ephemeral` ones are shown on the resource's row while it works and are gone at the end."""

    severity: str
    urn: str
    message: str
    ephemeral: bool


@dataclass(frozen=True)
class EventLog:
    """`steps` in the order in which they ended, `diagnostics` without debug lines, `changes` as counts by op.

    Nor do `diagnostics` have warnings of executables that PATH has: a released CLI has all language hosts.

    `changes` counts the stack as one resource and leaves out providers, as the CLI's own summary does;
    it is empty where the command never came to its summary.
    """

    steps: tuple[Step, ...]
    diagnostics: tuple[Diagnostic, ...]
    changes: dict[str, int]

    @property
    def ops(self) -> dict[str, str]:
        """Resource name to what happened to it; the parts of a replacement count as `replace`."""
        named = [step for step in self.steps if not step.is_plumbing]
        return {step.name: "replace" if step.op in _HALVES_OF_A_REPLACE else step.op for step in named}

    @property
    def errors(self) -> list[str]:
        return [found.message for found in self.diagnostics if found.severity == "error"]


def read_event_log(path: Path) -> EventLog:
    """Read the log of a command that may have been killed: a half-written last line is left out."""
    events = [json.loads(line) for line in _whole_lines(path)]
    steps = [step for event in events if (step := _step(event)) is not None]
    reported = [_diagnostic(event["diagnosticEvent"]) for event in events if "diagnosticEvent" in event]
    summaries = [event["summaryEvent"]["resourceChanges"] for event in events if "summaryEvent" in event]
    return EventLog(
        steps=tuple(steps),
        diagnostics=tuple(
            each for each in reported if each.severity != "debug" and not each.message.startswith(_FROM_PATH)
        ),
        changes=summaries[-1] if summaries else {},
    )


def _whole_lines(path: Path) -> list[str]:
    text = path.read_text() if path.exists() else ""
    return text[: text.rfind("\n") + 1].splitlines()


def _step(event: dict[str, Any]) -> Step | None:
    for key in ("resOutputsEvent", "resOpFailedEvent"):
        if key in event:
            metadata = event[key]["metadata"]
            return Step(
                op=metadata["op"],
                urn=metadata["urn"],
                diffs=tuple(metadata.get("diffs") or ()),
                failed=key == "resOpFailedEvent",
            )
    return None


def _diagnostic(entry: dict[str, Any]) -> Diagnostic:
    return Diagnostic(
        severity=entry["severity"].removesuffix("#err"),
        urn=entry.get("urn", ""),
        message=_COLOR.sub("", entry["message"]).strip(),
        ephemeral=bool(entry.get("ephemeral", False)),
    )
