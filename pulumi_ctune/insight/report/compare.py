"""Runs laid over each other: one line a run in each picture, and what they were asked for side by side."""

from collections.abc import Sequence

from pulumi_ctune.insight.lineage_text import method_in_words
from pulumi_ctune.insight.report import curves, numbers
from pulumi_ctune.insight.report.cards import table
from pulumi_ctune.insight.report.facts import RunFacts
from pulumi_ctune.insight.report.markup import Content, Markup, element
from pulumi_ctune.insight.report.sections import figure, figures_of, headline, state_pill
from pulumi_ctune.insight.series import Curve

MOST = len(curves.COLOURS)
"""Runs in a picture: more colours nobody tells apart."""


def comparison(runs: Sequence[RunFacts], most_points: int) -> Markup:
    compared = runs[-MOST:]
    left_out = len(runs) - len(compared)
    note = f"The newest {MOST}; {left_out} earlier ones are left out." if left_out else ""
    return element(
        "section",
        element("h2", "Side by side"),
        element("p", note, class_="quiet") if note else None,
        figures_of(_figures(compared, most_points)),
        element("div", _settings(compared), class_="card scroll"),
        class_="run compare",
    )


def _figures(runs: Sequence[RunFacts], most_points: int) -> list[Markup]:
    by_title: dict[str, list[curves.Line]] = {}
    for number, run in enumerate(runs):
        for pair in run.series.shown:
            curve = _telling(pair)
            label = f"{run.title} ({number + 1})"
            line = curves.Line(label, curve.points, number, curve.is_evaluation)
            by_title.setdefault(curve.label, []).append(line)
    return [figure(title, lines, (), most_points) for title, lines in by_title.items()]


def _telling(pair: Sequence[Curve]) -> Curve:
    """The evaluation's where it has enough points for a course, else training's."""
    return next((curve for curve in pair if curve.is_evaluation and len(curve.points) > 2), pair[0])


def _settings(runs: Sequence[RunFacts]) -> Markup:
    """A row for each setting; those in which the runs differ stand out."""
    rows: list[tuple[str, list[Content]]] = [
        ("method", [method_in_words(run.method) for run in runs]),
        ("made of", [run.source or run.base_model for run in runs]),
        ("training data", [next((data.uri for data in run.data if data.role == "training"), "") for run in runs]),
    ]
    for name in dict.fromkeys(each.name for run in runs for each in run.hyper_parameters):
        rows.append((name, [_setting(run, name) for run in runs]))
    differ = [i for i, (_, cells) in enumerate(rows) if len({*map(str, cells)}) > 1]
    rows += [
        ("state", [state_pill(run) for run in runs]),
        ("came out at", [" ".join(filter(None, (numbers.value(headline(run)[1]), headline(run)[0]))) for run in runs]),
        ("tokens trained", [numbers.count(run.cost.training_tokens) for run in runs]),
        ("cost", [numbers.usd(run.cost.usd) for run in runs]),
        ("took", [numbers.took(run.duration) for run in runs]),
    ]
    head = ["", *(f"{run.title} ({number})" for number, run in enumerate(runs, 1))]
    return table(head, [[name, *cells] for name, cells in rows], differ)


def _setting(run: RunFacts, name: str) -> str:
    found = next((each for each in run.hyper_parameters if each.name == name), None)
    return numbers.given((found.resolved if found.resolved is not None else found.asked) if found else None)
