"""What a run has found, for people and for programs: `page.md`, `page.json`, and the recordings.

Everything that is written here has been through the scrubber.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_ctune.conformance import recording
from pulumi_ctune.conformance.comparison import Found, differences
from pulumi_ctune.conformance.execution import HOLDS, HOLDS_NOT, NOT_REACHED, verdicts
from pulumi_ctune.conformance.journal import Journal
from pulumi_ctune.conformance.replay import replay
from pulumi_ctune.conformance.steps import STEPS
from pulumi_ctune.conformance.workload import Plan

PAGE, DOCUMENT, RECORDINGS = "page.md", "page.json", "recordings"
_API = "v1beta1"
_NOTE = (
    "Recorded by `ctune conformance`, with the requests of its own client. Projects, accounts, buckets, ids, tokens "
    "and words that may be names are replaced; HTTP headers are left out, and lists show only what the run made. "
    "Polls that say the same are one exchange, from `at` until `until`."
)


@dataclass(frozen=True)
class Summary:
    """What the command tells of it."""

    page: Path
    counts: Mapping[str, int]
    differences: int


def write(journal: Journal, plan: Plan, version: str, service: str, left: Sequence[str]) -> Summary:
    """All files of a run. `service` is what answered, `left` what could not be taken away."""
    exchanges, scrubber = recording.exchanges_of(journal, plan.project)
    recorded = str(exchanges[0]["at"])[:10] if exchanges else ""
    found = differences(replay(exchanges))
    clean = scrubber.text
    document: dict[str, Any] = {
        "recorded": recorded,
        "api": _API,
        "service": service,
        "version": version,
        "location": plan.location,
        "model": plan.model,
        "points": [
            {"id": each.point.id, "what": each.point.what, "answer": each.answer, "seen": clean(each.seen)}
            for each in verdicts(journal)
        ],
        "differences": [_difference(each) for each in found],
        "steps": [
            {"id": step.id, "title": step.title, "status": entry.status, "why": clean(entry.why)}
            for step in STEPS
            if (entry := journal.entries.get(step.id))
        ],
        "left": [clean(line) for line in left],
    }
    about = {"source": f"ctune conformance {version}, {service}", "recorded": recorded, "api": _API, "note": _NOTE}
    recording.write(journal.folder / RECORDINGS, exchanges, about)
    (journal.folder / DOCUMENT).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    page = journal.folder / PAGE
    page.write_text(_markdown(document), encoding="utf-8")
    answers = [point["answer"] for point in document["points"]]
    return Summary(page, {answer: answers.count(answer) for answer in (HOLDS, HOLDS_NOT, NOT_REACHED)}, len(found))


def _difference(found: Found) -> dict[str, Any]:
    difference = found.difference
    return {
        "request": difference.route,
        "field": difference.field,
        "kind": difference.kind,
        "recorded": difference.recorded,
        "emulator": difference.emulator,
        "answers": found.times,
        "first": found.first,
    }


def _markdown(document: Mapping[str, Any]) -> str:
    head = (
        f"# Conformance run of {document['recorded']}\n\n{document['service']}, {document['location']}, "
        f"{document['model']}, API {document['api']}, pulumi-ctune {document['version']}.\n"
    )
    points = _table(
        ("point", "answer", "seen"),
        ((point["what"], f"**{point['answer']}**", point["seen"]) for point in document["points"]),
    )
    steps = _table(
        ("step", "status", "why"), ((each["title"], each["status"], each["why"]) for each in document["steps"])
    )
    found = _table(
        ("request", "field", "difference", "recorded", "emulator", "answers", "first"),
        (
            (
                each["request"],
                each["field"],
                each["kind"],
                each["recorded"],
                each["emulator"],
                each["answers"],
                each["first"],
            )
            for each in document["differences"]
        ),
    )
    parts = [
        head,
        f"## Not confirmed at Google\n\n{points}",
        f"## What the emulator answers otherwise\n\n{found if document['differences'] else 'Nothing.'}\n",
        f"## Steps\n\n{steps}",
    ]
    if document["left"]:
        lines = "\n".join(f"- {_cell(line)}" for line in document["left"])
        parts.append(f"## Could not be taken away\n\n{lines}\n")
    return "\n".join(parts)


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    lines += [f"| {' | '.join(_cell(each) for each in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    return " ".join(str(value).split()).replace("|", "\\|").replace("<", "&lt;")
