"""A report as one HTML file: nothing in it is loaded from anywhere, and it needs no script.

Small enough to be mailed: what is drawn in less detail, or left out, as a report grows, is decided here.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

from pulumi_ctune.insight.report import chain, numbers
from pulumi_ctune.insight.report.cards import table
from pulumi_ctune.insight.report.compare import comparison
from pulumi_ctune.insight.report.facts import Report, RunFacts
from pulumi_ctune.insight.report.markup import Content, Markup, element, joined, names_up_to
from pulumi_ctune.insight.report.sections import headline, made_of, run_section, state_pill, version_label

LARGEST = 300_000
"""Bytes of a page."""


class _Detail(NamedTuple):
    """`points` of a line; whether runs are told briefly; how many `runs` have a section; characters of a name."""

    points: int
    is_brief: bool = False
    runs: int | None = None
    longest: int = 240


_NOTHING_BUT_STYLES = "default-src 'none'; style-src 'unsafe-inline'"
"""What a browser holds the page to, whatever is in it."""

_MANY = 12  # runs that never fit with all of their detail
_LEVELS = (
    *(_Detail(240), _Detail(120), _Detail(60, True), _Detail(40, True, 40), _Detail(24, True, 16, 80)),
    *(_Detail(16, True, 4, 60), _Detail(16, True, 1, 40)),
)
"""The first that fits is taken."""


def html(report: Report, *, compare: bool = False) -> str:
    """The page. With `compare` the runs lie over each other before each has its own section."""
    shown = ""
    for detail in _LEVELS[2 if len(report.runs) > _MANY else 0 :]:
        with names_up_to(detail.longest):
            shown = _page(report, detail, compare=compare)
        if len(shown.encode()) < LARGEST:
            break
    return shown


def _page(report: Report, detail: _Detail, *, compare: bool) -> str:
    runs = report.runs[-detail.runs :] if detail.runs else report.runs
    first = len(report.runs) - len(runs) + 1
    body = element(
        "main",
        _header(report),
        element("section", element("h2", "Chain"), chain.pictures(report.lineage), class_="run")
        if report.runs
        else None,
        _overview(report) if len(report.runs) > 1 else None,
        comparison(report.runs, detail.points) if compare and len(report.runs) > 1 else None,
        [
            run_section(run, first + i, most_points=detail.points, is_brief=detail.is_brief)
            for i, run in enumerate(runs)
        ],
        element("p", f"{first - 1:,} earlier runs are in the table alone.", class_="quiet") if first > 1 else None,
        element("p", "There is no tuning job yet.", class_="quiet") if not report.runs else None,
        _footer(report),
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", http_equiv="Content-Security-Policy", content=_NOTHING_BUT_STYLES),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{report.title}: tuning report"),
        element("style", Markup(_style())),
    )
    page = element("html", head, element("body", body), lang="en")
    return f"<!doctype html>\n{page}\n"


@cache
def _style() -> str:
    return resources.files(__package__).joinpath("report.css").read_text(encoding="utf-8")


def _header(report: Report) -> Markup:
    return element(
        "header",
        element("p", "Tuning report", class_="eyebrow"),
        element("h1", element("bdi", report.title)),
        element("p", report.subtitle, " · ", numbers.moment(report.made_at), class_="quiet"),
        element("div", list(_tiles(report)), class_="tiles") if report.runs else None,
        class_="top",
    )


def _tiles(report: Report) -> Iterator[Markup]:
    good = sum(run.succeeded for run in report.runs)
    yield _tile("Runs", f"{len(report.runs):,}", f"{good:,} succeeded")
    yield _tile("Trained", numbers.count(report.training_tokens), "tokens, by the service's count")
    without = report.without_price
    note = "by list price" + (f"; {without} run{'s' if without > 1 else ''} without a known cost" if without else "")
    yield _tile("Cost" if report.at_google else "Would cost at Google", numbers.usd(report.usd), note)
    serving = [each for run in report.runs for each in run.serving if not each.of_job and each.traffic_percent]
    if serving:
        made = {run.version.name: version_label(run) for run in report.runs if run.version}
        last = serving[-1]
        more = f", and {len(serving) - 1} more" if len(serving) > 1 else ""
        what = [element("bdi", made.get(last.version, last.version)), f", {last.traffic_percent} %{more}"]
        yield _tile("Serves", element("bdi", last.label), what)


def _tile(name: str, figure: Content, note: Content) -> Markup:
    return element(
        "div",
        element("p", name, class_="quiet"),
        element(
            "p",
            figure,
            class_="figure" if isinstance(figure, str) and not isinstance(figure, Markup) else "figure words",
        ),
        element("p", note, class_="quiet"),
    )


def _overview(report: Report) -> Markup:
    rows = [_row(run, number) for number, run in enumerate(report.runs, 1)]
    head = ["Run", "Made of", "State", "Came out at", "Tokens", "Cost"]
    return element(
        "section",
        element("h2", "Runs"),
        element("div", table(head, rows[-40:]), class_="card scroll"),
        class_="run overview",
    )


def _row(run: RunFacts, number: int) -> Sequence[Content]:
    label, figure = headline(run)
    return [
        element("a", element("bdi", run.title), href=f"#run-{number}"),
        made_of(run),
        state_pill(run),
        [element("b", numbers.value(figure)), " ", element("span", label, class_="quiet")] if label else numbers.DASH,
        numbers.count(run.cost.training_tokens),
        numbers.usd(run.cost.usd),
    ]


def _footer(report: Report) -> Markup:
    gaps = [element("p", gap) for gap in report.gaps[:10]]
    return element(
        "footer",
        element("div", element("h3", "Not read"), gaps, class_="card") if gaps else None,
        element("p", joined(_small_print(report)), class_="quiet"),
    )


def _small_print(report: Report) -> Iterator[Content]:
    if not report.at_google:
        yield "Made on the emulator: its numbers are invented, and nothing was billed. "
    yield "Costs are list prices times the service's count of tokens, without calls, storage and keys. "
    yield "Written by "
    yield element("code", "ctune report")
    yield "."
