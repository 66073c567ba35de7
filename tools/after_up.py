"""Say what `make up` made, what it would have cost at Google, and what to try next: one screen, from a stack's export.

A price is a list price with its date, and only where tokens and price are both known: nothing is guessed.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_ctune.core import amounts
from pulumi_ctune.data.limits import METHOD_OF_SPEC, Method
from pulumi_ctune.data.prices import Price, Prices

OURS = "pulumi-python:dynamic/ctune:"

EDIT = """sed -i.bak 's/"batch_size": 8/"batch_size": 16/' stacks/tuning.py"""
NEXT = (
    ("make preview", "nothing is to do: no job runs again"),
    (f"{EDIT} && make preview", "the same with an edit: which job would train again, and why"),
    ("make destroy", "take it all down"),
)


class ReportError(Exception):
    """This input cannot be told; the text says why in one line."""


@dataclass(frozen=True)
class Entry:
    """A resource of ours in the state."""

    kind: str
    name: str
    outputs: Mapping[str, Any]

    @property
    def method(self) -> Method | None:
        return next((method for spec, method in METHOD_OF_SPEC.items() if self.outputs.get(spec)), None)

    @property
    def title(self) -> str:
        """The method in letters that people write."""
        return (self.method or "?").upper()

    @property
    def price(self) -> Price | None:
        return Prices().of(self.outputs.get("base_model"), self.method) if self.method else None


def report(export: str, page: str = "") -> str:
    """What to print of what `pulumi stack export` printed. `page` is the path of the runs' report, empty for none.

    Raises:
        ReportError: it is no such export.
    """
    try:
        states = [state for state in json.loads(export)["deployment"]["resources"] if not state.get("delete")]
        entries = [
            Entry(state["type"].removeprefix(OURS), state["urn"].rpartition("::")[2], state["outputs"])
            for state in states
            if state["type"].startswith(OURS)
        ]
        others = sum(state["type"].startswith("gcp:") for state in states)
        return "\n".join(lines(entries, others, page))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ReportError("this is not what `pulumi stack export` prints") from None


def lines(entries: list[Entry], others: int, page: str) -> Iterator[str]:
    jobs = [entry for entry in entries if entry.kind == "ContinuousTuningJob"]
    makers = {job.outputs["tuned_model_name"]: job.name for job in jobs}
    is_local = not any(job.outputs.get("console_url") for job in jobs)
    yield ""
    yield "Made on the emulator: Google was not asked, and nothing is billed." if is_local else "Made at Google."
    width = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        yield f"  {entry.name:{width}}  {described(entry, makers)}"
    yield f"  {'':{width}}  and {others} resources of pulumi-gcp around them"
    yield ""
    yield "At Google it would have cost, by list price:" if is_local else "It costs, by list price:"
    yield from (f"  {job.name:{width}}  {cost(job)}" for job in jobs)
    days = sorted({str(job.price.as_of) for job in jobs if job.price})
    yield f"  {f'Prices of {days[0]}, second hand. ' if days else ''}Not included: calls, storage, keys."
    yield ""
    if page:
        yield f"Report of the runs, for a browser: {page}"
        yield ""
    yield "Next:"
    yield from (f"  {command}\n      {what}" for command, what in NEXT)


def described(entry: Entry, makers: Mapping[str, str]) -> str:
    given = entry.outputs
    version = given.get("tuned_model_name") or ""
    match entry.kind:
        case "ContinuousTuningJob":
            source = str(given.get("source_model_name"))
            return f"{entry.title} of {given.get('base_model') or makers.get(source, source)}: version {short(version)}"
        case "EvaluationRun":
            beside = given["baseline_metrics"]
            scores = (f"{name} {value:.2g}{_beside(beside.get(name))}" for name, value in given["metrics"].items())
            return f"{', '.join(scores)}, over {given['total_items']} held-out rows"
        case "ModelDeployment":
            return (
                f"endpoint {given['endpoint'].rpartition('/')[2]} serves the version of {makers.get(version, version)}"
            )
        case "ModelVersionAlias":
            return f"alias '{given['alias']}' on the version of {makers.get(version, version)}"
        case "ModelCopy":
            source = given["source_model_name"]
            return f"copy of the version of {makers.get(source, source)}: version {short(version)}"
    return entry.kind


def _beside(baseline: float | None) -> str:
    return "" if baseline is None else f" (baseline {baseline:.2g})"


def cost(job: Entry) -> str:
    """Tokens and list price of a job, or tokens only."""
    trained, counted = job.outputs.get("training_token_count"), job.outputs.get("billable_token_count")
    if trained is None:
        known = f"{counted:,} in the dataset" if counted else "none counted yet"
        return f"tokens only: {known}; what {job.title} bills of its own answers is not published"
    price = job.price
    if price is None:
        return f"tokens only: {trained:,} trained; no list price is known for this model and method"
    return f"{amounts.dollars(price.usd(trained))} for {trained:,} training tokens, {price.per_million}"


def short(version: str) -> str:
    return version.rpartition("/")[2]


def main() -> int:
    try:
        page = sys.argv[1] if len(sys.argv) > 1 and Path(sys.argv[1]).is_file() else ""
        print(report(sys.stdin.read(), page))
    except ReportError as error:
        print(f"nothing can be said of the stack: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
