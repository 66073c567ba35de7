"""A report for a pull request: tables, a Mermaid flowchart, and one curve a run.

Names are written so that Markdown takes them for nothing but text: no link, no mention, no HTML, no end of a cell.
"""

import math
import re
from collections.abc import Iterator, Sequence

from pulumi_ctune.core import job_states
from pulumi_ctune.core.printable import one_line, without_secrets
from pulumi_ctune.insight.lineage_text import mermaid_lines, method_in_words
from pulumi_ctune.insight.report import numbers
from pulumi_ctune.insight.report.chain import MOST_VERSIONS
from pulumi_ctune.insight.report.facts import Report, RunFacts
from pulumi_ctune.insight.report.sections import headline, version_label
from pulumi_ctune.insight.series import Curve

_LONGEST = 120
_MOST_BYTES = 900_000
"""GitHub shows a job summary of 1 MiB at most."""
_MOST_POINTS = 40
_X_AXIS, _LINE = '  x-axis "step" ', "  line ["
_NUMBERS_ALONE = (_X_AXIS, _LINE)  # how lines of a chart begin, which a secret such as 100 would break


def markdown(report: Report, *, compare: bool = False) -> str:
    """The document. The last runs are left out where GitHub would not show all of it."""
    lines = [*_opening(report)]
    if compare and len(report.runs) > 1:
        lines += _side_by_side(report.runs)
    size = sum(len(line.encode()) + 1 for line in lines)
    for number, run in enumerate(report.runs, 1):
        section = [*_run(run)]
        size += sum(len(line.encode()) + 1 for line in section)
        if size > _MOST_BYTES:
            lines += [f"{len(report.runs) - number + 1:,} more runs are in the table alone.", ""]
            break
        lines += section
    if report.gaps:
        lines += ["Not read:", "", *(f"- {text(gap)}" for gap in report.gaps[:10]), ""]
    lines.append(
        "Costs are list prices times the service's count of tokens, without calls, storage and keys."
        + ("" if report.at_google else " Made on the emulator: its numbers are invented, and nothing was billed.")
    )
    return "".join(f"{line if line.startswith(_NUMBERS_ALONE) else without_secrets(line)}\n" for line in lines)


def text(words: str) -> str:
    """Foreign text: what could be syntax is written as a character reference, which never is."""
    shown = re.sub(r"[^\w ,.()/%+-]|\b_|_\b", lambda match: f"&#{ord(match[0])};", one_line(words, _LONGEST))
    return re.sub(r"(?i)\bwww\.", lambda match: match[0][:-1] + "&#46;", shown).lstrip("+-")


def _opening(report: Report) -> Iterator[str]:
    yield f"## Tuning report: {text(report.title)}"
    yield ""
    yield f"{text(report.subtitle)}, {numbers.moment(report.made_at)}"
    yield ""
    if not report.runs:
        yield "There is no tuning job yet."
        yield ""
        return
    yield from _table(
        ("Run", "Made of", "Version", "State", "Came out at", "Tokens", "Cost"), [_row(run) for run in report.runs]
    )
    yield "```mermaid"
    graph, left_out = report.lineage.newest(MOST_VERSIONS)
    yield from mermaid_lines(graph)
    yield "```"
    if left_out:
        yield f"{left_out:,} earlier versions are left out."
    yield ""


def _row(run: RunFacts) -> Sequence[str]:
    label, figure = headline(run)
    return (
        text(run.title),
        _made_of(run),
        text(version_label(run)) or numbers.DASH,
        job_states.words(run.job.state),
        f"{numbers.value(figure)} {label}" if label else numbers.DASH,
        numbers.count(run.cost.training_tokens),
        numbers.usd(run.cost.usd),
    )


def _made_of(run: RunFacts) -> str:
    point = f", checkpoint {text(run.source_checkpoint_id)}" if run.source_checkpoint_id else ""
    return f"{method_in_words(run.method)} of {text(run.source or run.base_model or '?')}{point}"


def _run(run: RunFacts) -> Iterator[str]:
    yield f"### {text(run.title)}"
    yield ""
    if run.job.error:
        yield from ("> [!CAUTION]", f"> {text(run.job.error.message)}", "")
    for hint in run.hints:
        yield from ("> [!WARNING]", f"> {text(hint.text)}", "")
    for gate in run.gates:
        verdict = "met" if gate.is_met else f"**missed**: {text(gate.reason)}"
        limit = f"{text(gate.metric)} {gate.limit}"
        yield f"- Gate of {text(gate.resource)}: {limit}, is {numbers.value(gate.value)}: {verdict}"
    for serving in run.serving:
        if not serving.of_job:
            yield f"- Serves at {text(serving.label)}, {serving.traffic_percent} % of its traffic"
    if run.gates or any(not each.of_job for each in run.serving):
        yield ""
    yield from _curve(run)
    if run.hyper_parameters:
        rows = [
            (text(each.name), text(numbers.given(each.asked)), text(numbers.given(each.resolved)))
            for each in run.hyper_parameters
        ]
        yield from _table(("Hyperparameter", "Asked", "Resolved"), rows)
    if run.checkpoints:
        measured = list(dict.fromkeys(label for point in run.checkpoints for label in point.values))
        rows_of_points = [
            (
                text(point.checkpoint_id) + (" (kept)" if point.is_kept else ""),
                numbers.count(point.epoch),
                numbers.count(point.step),
                *(numbers.value(point.values.get(label)) for label in measured),
            )
            for point in run.checkpoints
        ]
        yield from _table(("Checkpoint", "Epoch", "Step", *measured), rows_of_points)
    for evaluated in run.evaluations:
        rows_of_metrics = [
            (text(metric), numbers.value(mean), numbers.value(baseline), numbers.value(spread))
            for metric, mean, baseline, spread in evaluated.rows
        ]
        yield from _table((f"Evaluation {text(evaluated.label)}", "Mean", "Baseline", "Deviation"), rows_of_metrics)
    data = [
        (
            text(card.role),
            text(card.uri),
            text(card.generation) or numbers.DASH,
            numbers.count(card.examples),
            text(card.note) or ", ".join(f"{rule} ({number:,})" for rule, number in card.problems.items()) or "none",
        )
        for card in run.data
    ]
    if data:
        yield from _table(("Data", "Object", "Generation", "Examples", "Findings"), data)


def _curve(run: RunFacts) -> Iterator[str]:
    """Mermaid spreads the points of a line evenly, so the one line is given at even steps."""
    curves = [curve for pair in run.series.shown[:1] for curve in pair]
    curve = max(curves, key=lambda each: (len(each.points) > 2, each.is_evaluation, len(each.points)), default=None)
    points = _even(curve) if curve else []
    if curve is None or len(points) < 2:
        return
    first, last = curve.points[0].step, curve.points[-1].step
    yield "```mermaid"
    yield "xychart-beta"
    yield f'  title "{re.sub(r"[^a-zA-Z, ]", " ", curve.label)}"'
    yield f"{_X_AXIS}{first} --> {last}"
    yield f"{_LINE}{', '.join(f'{value:.5g}' for value in points)}]"
    yield "```"
    yield ""


def _even(curve: Curve) -> list[float]:
    """Values at even steps, between those that were measured."""
    points = [point for point in curve.points if math.isfinite(point.value)]
    if len(points) < 2:
        return []
    count = min(len(points), _MOST_POINTS)
    span, found, at = points[-1].step - points[0].step, [], 0
    for i in range(count):
        step = points[0].step + span * i / (count - 1)
        while at + 2 < len(points) and points[at + 1].step < step:
            at += 1
        one, two = points[at], points[at + 1]
        share = (step - one.step) / (two.step - one.step) if two.step > one.step else 1.0
        found.append(one.value + (two.value - one.value) * min(1.0, max(0.0, share)))
    return found


def _side_by_side(runs: Sequence[RunFacts]) -> Iterator[str]:
    yield "### Side by side"
    yield ""
    settings = list(dict.fromkeys(each.name for run in runs for each in run.hyper_parameters))
    rows = [("method", *(method_in_words(run.method) for run in runs)), ("made of", *(_made_of(run) for run in runs))]
    rows += [(text(name), *(_setting(run, name) for run in runs)) for name in settings]
    rows.append(("took", *(numbers.took(run.duration) for run in runs)))
    yield from _table(("", *(text(run.title) for run in runs)), rows)


def _setting(run: RunFacts, name: str) -> str:
    found = next((each for each in run.hyper_parameters if each.name == name), None)
    return text(numbers.given(found.resolved if found.resolved is not None else found.asked)) if found else numbers.DASH


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""
