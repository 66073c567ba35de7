"""What `ctune estimate` shows people of one dataset: the price first, then what it is made of, then what it rests on.

Every number has its band. Fits 80 columns, and says the same where there is no terminal.
"""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pulumi_ctune.core import amounts
from pulumi_ctune.core.printable import count_of, one_line
from pulumi_ctune.data.band import Band
from pulumi_ctune.data.estimate import Estimate
from pulumi_ctune.data.limits import TITLES

_LONGEST = 600  # characters of a line of what it rests on


def show(console: Console, dataset: str, found: Estimate) -> None:
    method = TITLES[found.method] if found.method else "nothing to train"
    of = f" of {one_line(found.model, 200)}" if found.model else ""
    name = one_line("stdin" if dataset == "-" else dataset, 200)
    console.print(Text.assemble((name, "bold"), f": {method}{of}"))
    console.print()
    rows = Table.grid(padding=(0, 2), pad_edge=True)
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    for title, text in _rows(found):
        rows.add_row(title, text)
    put(console, rows)
    show_reasons(console, "What this rests on", found.assumptions)


def show_reasons(console: Console, title: str, texts: Sequence[str]) -> None:
    """A list below a title; nothing for an empty one."""
    if not texts:
        return
    console.print()
    console.print(title, style="bold")
    reasons = Table.grid(padding=(0, 1), pad_edge=True)
    reasons.add_column(no_wrap=True)
    reasons.add_column(overflow="fold")
    for text in texts:
        reasons.add_row("-", Text(one_line(text, _LONGEST)))
    put(console, reasons)


def put(console: Console, table: Table) -> None:
    """Print a table in the console's width; where that is no terminal, without the blanks that fill its lines."""
    if console.is_terminal:
        console.print(table, soft_wrap=False)
        return
    with console.capture() as captured:
        console.print(table, soft_wrap=False)
    for line in captured.get().splitlines():
        console.print(line.rstrip())


def tokens(band: Band) -> str:
    """`about 28,530 tokens, between 21,946 and 79,532`; one number where the band has no width."""
    if band.low == band.high:
        return f"{round(band.estimate):,} tokens"
    whole = band.rounded(0)
    return f"about {whole.estimate:,.0f} tokens, between {whole.low:,.0f} and {whole.high:,.0f}"


def dollars(usd: Band) -> str:
    """`about $0.57, between $0.44 and $1.43`; one number where the band has no width."""
    if usd.low == usd.high:
        return amounts.dollars(usd.estimate)
    shown = usd.in_dollars()
    low, high = amounts.dollars(shown.low), amounts.dollars(shown.high)
    return f"about {amounts.dollars(usd.estimate)}, between {low} and {high}"


def epochs(found: Estimate) -> str:
    if isinstance(found.epochs, Band):
        return f"{found.epochs.low:g} to {found.epochs.high:g} epochs"
    number = found.epochs or 0
    return "1 epoch" if number == 1 else f"{number:g} epochs"


def _rows(found: Estimate) -> Iterable[tuple[str, Text]]:
    if found.usd and found.price:
        yield "price", Text(dollars(found.usd), "bold")
        price = f"{found.price.per_million}, {found.price.in_words}"
        yield "", Text(f"{price}; not a quote", "dim")
    else:
        yield "price", Text("not known", "yellow")
    yield "to train", Text(f"{tokens(found.training)}: {epochs(found)}")
    if found.rollouts is not None:
        calls = "" if found.judge_calls is None else f", {found.judge_calls:,} calls of a judge model"
        yield "rollouts", Text(f"{found.rollouts:,} in {found.steps:,} steps{calls}")
    dataset = found.dataset
    band = tokens(Band(dataset.low, dataset.estimate, dataset.high))
    yield "dataset", Text(f"{count_of(found.examples, 'example')}: {band}")
    yield "", Text(dataset.how, "dim")
