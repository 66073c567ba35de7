"""What `ctune estimate --stack` shows people: the sum first, then a row for each job, then what could not be told."""

from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pulumi_ctune.cli import estimate_report
from pulumi_ctune.cli.stack_estimate import JobEstimate, StackEstimate, not_counted
from pulumi_ctune.core import amounts
from pulumi_ctune.core.printable import one_line
from pulumi_ctune.data.band import Band

_DOES = {"create": "first run", "replace": "trains again", "possible": "may train again"}


def show(console: Console, found: StackEstimate) -> None:
    console.print(_summary(found))
    whole = found.total
    if any(each.found for each in found.jobs):
        console.print(f"  {estimate_report.tokens(whole.training)} to train")
        console.print(Text.assemble("  ", _price(found.jobs)))
        console.print()
        estimate_report.put(console, _table(found.jobs))
    estimate_report.show_reasons(
        console, "Not estimated", [f"{each.job.name}: {each.why}" for each in found.not_estimated]
    )
    possible = [f"{each.job.name}: {each.job.why}" for each in found.jobs if each.job.fate == "possible"]
    estimate_report.show_reasons(console, "Counted at the upper end only", possible)
    paid = [f"{job.name}: {not_counted(job)}" for job in found.not_counted]
    estimate_report.show_reasons(console, "Not counted", paid)
    estimate_report.show_reasons(console, "What this rests on", [*_reasons(found.jobs)])


def _summary(found: StackEstimate) -> Text:
    number = len(found.jobs)
    runs = "nothing to train" if not number else "1 training run" if number == 1 else f"{number} training runs"
    missing = len(found.not_estimated)
    without = Text(f", {missing} of them not estimated" if missing else "", "yellow")
    return Text.assemble((one_line(found.stack, 200), "bold"), f": {runs}", without)


def _price(jobs: Sequence[JobEstimate]) -> Text:
    """The sum of those that have a price, and how many those are."""
    priced = [each for each in jobs if each.found and each.found.usd]
    if not priced:
        return Text("no price is known", "yellow")
    words = sorted({each.found.price.in_words for each in priced if each.found and each.found.price})
    usd = StackEstimate("", priced, ()).total.usd or Band(0, 0, 0)
    of = "" if len(priced) == len(jobs) else f" for {len(priced)} of {len(jobs)}"
    return Text.assemble((estimate_report.dollars(usd), "bold"), (of, "yellow"), f" ({', '.join(words)}; not a quote)")


def _table(jobs: Sequence[JobEstimate]) -> Table:
    table = Table(box=None, pad_edge=True, padding=(0, 1), header_style="dim")
    table.add_column("job", overflow="fold", ratio=2)
    table.add_column("trains", overflow="fold", ratio=3)
    table.add_column("tokens", justify="right", overflow="fold", ratio=3)
    table.add_column("list price", justify="right", overflow="fold", ratio=2)
    for each in jobs:
        if each.found is None:
            method = (each.method or "").upper()
            table.add_row(Text(one_line(each.job.name, 200), "bold"), method, Text("not estimated", "yellow"), "")
            continue
        found, usd = each.found, each.found.usd
        model = one_line(found.model or "base model unknown", 200)
        table.add_row(
            Text(one_line(each.job.name, 200), "bold"),
            f"{(found.method or '').upper()} {model}",
            _about(found.training, _short),
            _about(usd, amounts.dollars) if usd else "not known",
        )
        table.add_row(
            Text(_DOES[each.job.fate], "dim"),
            Text(f"{found.examples:,} examples, {estimate_report.epochs(found)}", "dim"),
            Text(_span(found.training, _short), "dim"),
            Text(_span(usd, amounts.dollars) if usd else "", "dim"),
        )
    return table


def _about(band: Band, shown: Callable[[float], str]) -> str:
    return shown(band.estimate) if band.low == band.high else f"about {shown(band.estimate)}"


def _span(band: Band, shown: Callable[[float], str]) -> str:
    """Both ends of a band; nothing for one without a width."""
    return "" if band.low == band.high else f"{shown(band.low)} to {shown(band.high)}"


def _short(number: float) -> str:
    """As many digits as people compare: `57,060`, `4.20M`, `1.30B`."""
    for unit, size in (("B", 1e9), ("M", 1e6)):
        if number >= size:
            return f"{number / size:,.2f}{unit}"
    return f"{round(number):,}"


def _reasons(jobs: Sequence[JobEstimate]) -> Iterator[str]:
    """What estimates rest on, each text once, with the jobs that it is true of."""
    of: dict[str, list[str]] = {}
    for each in jobs:
        if each.found:
            for text in (f"tokens: {each.found.dataset.how}", *each.found.assumptions):
                of.setdefault(text, []).append(each.job.name)
    for text, names in of.items():
        yield f"{', '.join(names)}: {text}"
