"""The parts of a page for one run: header, hints and curves; `cards` has the rest."""

from collections.abc import Sequence

from pulumi_ctune.core import job_states, names
from pulumi_ctune.insight.lineage_building import label_of
from pulumi_ctune.insight.lineage_text import method_in_words
from pulumi_ctune.insight.report import curves, numbers
from pulumi_ctune.insight.report.cards import cards_of
from pulumi_ctune.insight.report.facts import RunFacts
from pulumi_ctune.insight.report.markup import Content, Markup, element, joined
from pulumi_ctune.insight.series import Curve


def run_section(run: RunFacts, number: int, *, most_points: int, is_brief: bool) -> Markup:
    """All of one run. `is_brief` leaves out what is only looked up: series without a picture, hashes."""
    return element(
        "section",
        _head(run, number),
        [element("p", element("b", "Hint "), _with_code(hint.text), class_="hint") for hint in run.hints],
        element("p", element("b", "Why "), run.job.error.message, class_="hint bad") if run.job.error else None,
        _curves(run, most_points),
        cards_of(run, is_brief=is_brief),
        class_="run",
        id=f"run-{number}",
    )


def _with_code(text: str) -> list[Content]:
    """What stands between two backticks is code."""
    return [element("code", part) if i % 2 else part for i, part in enumerate(text.split("`"))]


def state_pill(run: RunFacts) -> Markup:
    meaning = job_states.meaning(run.job.state).value
    return element("span", job_states.words(run.job.state), class_=f"state {meaning}")


def made_of(run: RunFacts) -> Markup:
    """`SFT of gemini-3.5-flash`, `RFT of support@1, checkpoint 2`."""
    point = f", checkpoint {run.source_checkpoint_id}" if run.source_checkpoint_id else ""
    return joined([f"{method_in_words(run.method)} of ", element("bdi", run.source or run.base_model or "?"), point])


def version_label(run: RunFacts) -> str:
    if run.version is None:
        return names.last_segment(run.job.tuned_model_name)
    return label_of(run.version)


def headline(run: RunFacts) -> tuple[str, float | None]:
    """The one figure that says how a run came out: of the kept checkpoint where it has one."""
    series = run.series
    curves_by_weight = (series.eval_loss, series.eval_reward, series.train_loss, series.train_reward)
    curve = next((curve for curve in curves_by_weight if curve.points), None)
    if curve is None:
        return "", None
    at = run.kept.step if run.kept else None
    found = next((point.value for point in curve.points if point.step == at), None)
    return curve.label, found if found is not None else (curve.last.value if curve.last else None)


def _head(run: RunFacts, number: int) -> Markup:
    made = version_label(run)
    aliases = run.version.aliases if run.version else ()
    job = run.job
    when = [numbers.moment(job.create_time)]
    if run.duration is not None:
        when.append(f"took {numbers.took(run.duration)}")
    return element(
        "header",
        element("h2", element("span", number, class_="number"), element("bdi", run.title), state_pill(run)),
        element(
            "p",
            made_of(run),
            [" → ", element("b", element("bdi", made))] if made else None,
            [element("span", element("bdi", alias), class_="pill") for alias in aliases],
        ),
        element("p", " · ".join(when), class_="quiet"),
    )


def _curves(run: RunFacts, most_points: int) -> Markup | None:
    marks = [
        curves.Mark(point.step, f"checkpoint {point.checkpoint_id}", point.is_kept)
        for point in run.checkpoints
        if point.step is not None
    ]
    figures = [_figure(pair, marks, most_points) for pair in run.series.shown]
    if not figures:
        return element("p", "There are no training series of this run.", class_="quiet")
    return figures_of(figures)


def figures_of(figures: Sequence[Markup]) -> Markup:
    """Pictures beside each other, as many as fit."""
    return element("div", figures, class_="curves two" if len(figures) == 2 else "curves")


def _figure(pair: Sequence[Curve], marks: Sequence[curves.Mark], most_points: int) -> Markup:
    title, labels = _named([curve.label for curve in pair])
    lines = [
        curves.Line(label, curve.points, 1 if curve.is_evaluation else min(number, 1), curve.is_evaluation)
        for number, (curve, label) in enumerate(zip(pair, labels, strict=True))
    ]
    return figure(title, lines, marks, most_points)


def _named(labels: Sequence[str]) -> tuple[str, list[str]]:
    """What curves have in common, and what each is called beside it: `loss` of `training` and `evaluation`, `length in
    tokens` of `answer` and `thinking`.
    """
    if len(labels) == 1:
        title, _, phase = labels[0].partition(", ")
        return title, [phase or "last"]
    words = [label.split() for label in labels]
    if all(", " in label for label in labels):
        return labels[0].partition(", ")[0], [label.partition(", ")[2] for label in labels]
    common = 0
    while common < min(map(len, words)) - 1 and len({tuple(each[-common - 1 :]) for each in words}) == 1:
        common += 1
    if not common:
        return labels[0], [*labels]
    return " ".join(words[0][-common:]), [" ".join(each[:-common]) for each in words]


def figure(title: str, lines: Sequence[curves.Line], marks: Sequence[curves.Mark], most_points: int) -> Markup:
    """A chart with its name, and its legend with the last value of each line."""
    return element(
        "figure",
        element(
            "figcaption",
            element("b", title[:1].upper() + title[1:]),
            [
                element(
                    "span",
                    element("i", class_=f"swatch c{line.number % len(curves.COLOURS)}"),
                    element("bdi", line.label),
                    " ",
                    element("b", numbers.value(line.points[-1].value if line.points else None)),
                    class_="legend",
                )
                for line in lines
            ],
        ),
        curves.chart(lines, marks, most_points=most_points, title=title),
    )
