"""What `ctune validate` shows people: a summary first, then the problems by rule with the first lines of each."""

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from pulumi_ctune.core.printable import count_of, one_line
from pulumi_ctune.data.limits import MODELS, TITLES
from pulumi_ctune.data.problems import RULES, Problem, Severity
from pulumi_ctune.data.report import Report

_SHOWN = 5  # problems of a rule; the other formats have all that were kept
_LONGEST = 400  # characters of a problem
_TOLD = {"option": "", "lines": " (told from the lines)", "default": " (no line tells, give --method)"}
_STYLES: Mapping[Severity, str] = {"error": "bold red", "warning": "yellow"}


def show(console: Console, report: Report) -> None:
    """The whole report."""
    model = f", {one_line(report.model, 200)}" if report.model else ""
    if report.model and report.model.rpartition("/")[2] not in MODELS:
        model += ", whose limits are not known: those of other Gemini models are used"
    console.print(
        Text.assemble((_shown(report.dataset), "bold"), f": {TITLES[report.method]}{_TOLD[report.method_from]}{model}")
    )
    read = "" if report.read_all else "the first "
    generation = f", generation {report.generation}" if report.generation else ""
    size = f"{read}{_size(report.size)}{generation}"
    console.print(f"  {count_of(report.examples, 'example')} in {count_of(report.lines, 'line')}, {size}")
    tokens = report.tokens
    if tokens.high:
        console.print(f"  about {tokens.estimate:,} tokens, between {tokens.low:,} and {tokens.high:,}: {tokens.how}")
    if report.validation:
        beside = report.validation
        counts = f"{count_of(beside.examples, 'example')} in {count_of(beside.lines, 'line')}, {_size(beside.size)}"
        console.print(f"  validation set {_shown(beside.dataset)}: {counts}")
    console.print(_verdict(report))
    for (severity, rule), number in sorted(report.counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1])):
        _show_rule(console, severity, rule, number, [each for each in report.problems if each.rule == rule])


def show_mended(console: Console, report: Report, file: str) -> None:
    """What is left in the repaired file."""
    left = f"{count_of(report.errors, 'error')} left, {count_of(report.warnings, 'warning')}"
    console.print(f"\nThe repaired lines are in {_shown(file)}: {left}.")


def _verdict(report: Report) -> Text:
    if not report.errors and not report.warnings:
        return Text("  no problems", style="green")
    counts = f"  {count_of(report.errors, 'error')}, {count_of(report.warnings, 'warning')}"
    return Text(counts, style=_STYLES["error" if report.errors else "warning"])


def _show_rule(console: Console, severity: Severity, rule: str, number: int, problems: list[Problem]) -> None:
    of_severity = [problem for problem in problems if problem.severity == severity]
    console.print()
    console.print(Text.assemble((f"{severity} {rule}", _STYLES[severity]), f" ({number:,}): {RULES[rule]}"))
    for problem in of_severity[:_SHOWN]:
        console.print(
            f"  {_place(problem)}{one_line(problem.message, _LONGEST)}. {one_line(problem.fix, _LONGEST)}".rstrip()
        )
    if number > (shown := min(len(of_severity), _SHOWN)):
        console.print(f"  ... and {number - shown:,} more" if shown else f"  {number:,} not listed")


def _place(problem: Problem) -> str:
    of = "validation " if problem.part == "validation" else ""
    if problem.line is None:
        return f"{of}file: " if of else ""
    path = f" {one_line(problem.path, 200)}" if problem.path not in ("", "$") else ""
    return f"{of}line {problem.line:,}{path}: "


def _size(size: int) -> str:
    if size < 10_000:
        return count_of(size, "byte")
    return f"{size / 1e6:,.1f} MB" if size >= 1_000_000 else f"{size / 1e3:,.0f} kB"


def _shown(name: str) -> str:
    return one_line("stdin" if name == "-" else name, 200)
