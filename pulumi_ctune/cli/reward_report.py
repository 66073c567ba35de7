"""What `ctune reward test` shows people: a summary, a row for each kind of answer, what failed, what to look at."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pulumi_ctune.cli.json_output import json_text
from pulumi_ctune.core.printable import count_of, one_line
from pulumi_ctune.data.rewards.cases import Case
from pulumi_ctune.data.rewards.trial import Compared, Result, Tried

_SHOWN = 5  # failures and differences; JSON has all
_LONGEST = 400  # characters of a sentence
_LONGEST_ANSWER = 60
_TITLES: dict[Case, str] = {
    "reference": "the reference",
    "references as JSON": "all references as JSON",
    "empty": "an empty answer",
    "truncated": "half of the reference",
    "other line": "another line's reference",
    "given": "the given answers",
    "sample": "samples of the model",
}


@dataclass(frozen=True)
class Report:
    """A trial. `about` says what it was tried on; `warnings` are one sentence each."""

    reward: str
    about: str
    result: Result
    warnings: Sequence[str]


def as_json(report: Report) -> str:
    return json_text(report.result.as_dict(), indent=2) + "\n"


def show(console: Console, report: Report) -> None:
    """The whole report."""
    result = report.result
    console.print(Text.assemble((one_line(report.reward, 200), "bold"), f": {one_line(report.about, _LONGEST)}"))
    answers = count_of(len(result.overall), "answer")
    failed = f", {result.failed:,} without a reward" if result.failed else ""
    numbers = (
        "" if result.mean is None or result.spread is None else f"mean {result.mean:.3g}, spread {result.spread:.3g}"
    )
    console.print(Text(f"  {answers}{failed}{': ' if numbers else ''}{numbers}", "red" if result.failed else "green"))
    if any(each.case == "sample" for each in result.overall):
        learnable, prompts = result.learnable
        console.print(f"  the samples earn different rewards at {learnable:,} of {count_of(prompts, 'prompt')}")
    if result.overall:
        console.print()
        console.print(_table(result))
    _show_failures(console, result)
    if result.compared is not None:
        _show_google(console, result.compared, result.differences)
    show_warnings(console, report)


def show_warnings(console: Console, report: Report) -> None:
    for warning in report.warnings:
        console.print(Text.assemble(("warning", "yellow"), f": {one_line(warning, _LONGEST)}"))


def _table(result: Result) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("  answer")
    for title in ("number", "mean", "lowest", "highest", "no reward"):
        table.add_column(title, justify="right")
    for case, title in _TITLES.items():
        _add_row(table, title, [each for each in result.overall if each.case == case])
    for name in dict.fromkeys(each.name for each in result.tried if not each.is_overall):
        _add_row(table, f"all, {name}", [each for each in result.tried if each.name == name and not each.is_overall])
    return table


def _add_row(table: Table, title: str, tried: Sequence[Tried]) -> None:
    if not tried:
        return
    rewards = [each.reward for each in tried if each.reward is not None]
    numbers = (statistics.fmean(rewards), min(rewards), max(rewards)) if rewards else ()
    shown = [f"{number:.3g}" for number in numbers] or ["-"] * 3
    failed = len(tried) - len(rewards)
    table.add_row(Text(f"  {one_line(title, 60)}"), f"{len(tried):,}", *shown, f"{failed:,}" if failed else "")


def _show_failures(console: Console, result: Result) -> None:
    failed = [each for each in result.tried if each.reward is None and not (each.is_overall and _has_parts(result))]
    if not failed:
        return
    console.print()
    reasons = Counter((each.name, each.reason) for each in failed)
    for (name, reason), number in reasons.most_common(_SHOWN):
        first = next(each for each in failed if (each.name, each.reason) == (name, reason))
        line = f"first at {_place(first)}" if first.line else _place(first)
        where = f" ({number:,}, {line})"
        console.print(
            Text.assemble(("no reward", "bold red"), f" {one_line(name, 60)}{where}: {one_line(reason, _LONGEST)}")
        )
    if len(reasons) > _SHOWN:
        console.print(f"  ... and {len(reasons) - _SHOWN:,} more reasons")


def _has_parts(result: Result) -> bool:
    return any(not each.is_overall for each in result.tried)


def _show_google(console: Console, compared: Sequence[Compared], differences: Sequence[Compared]) -> None:
    console.print()
    verdict = f"Google's validator: {count_of(len(compared), 'answer')} compared, {len(differences):,} differ"
    console.print(Text(verdict, "yellow" if differences else "green"))
    for each in differences[:_SHOWN]:
        google = "no reward" if each.google is None else f"{each.google:g}"
        ours = "no reward" if each.tried.reward is None else f"{each.tried.reward:g}"
        reason = one_line(each.trouble or each.tried.reason, _LONGEST)
        console.print(f"  {_place(each.tried)}: {ours} here, {google} at Google: {reason}")
    if len(differences) > _SHOWN:
        console.print(f"  ... and {len(differences) - _SHOWN:,} more")


def _place(tried: Tried) -> str:
    line = f"line {tried.line:,} " if tried.line else ""
    return f"{line}{one_line(repr(tried.answer), _LONGEST_ANSWER)}"
