"""What `ctune estimate` shows people: the numbers first, each with its band, then what they rest on."""

from rich.console import Console
from rich.text import Text

from pulumi_ctune.core.printable import one_line
from pulumi_ctune.data.estimate import Band, Estimate
from pulumi_ctune.data.limits import TITLES


def show(console: Console, dataset: str, found: Estimate) -> None:
    method = TITLES[found.method] if found.method else "nothing to train"
    of = f" of {one_line(found.model, 200)}" if found.model else ""
    name = one_line("stdin" if dataset == "-" else dataset, 200)
    console.print(Text.assemble((name, "bold"), f": {method}{of}"))
    tokens = found.dataset
    band = _tokens(Band(tokens.low, tokens.estimate, tokens.high))
    console.print(f"  {found.examples:,} examples, {band} in the dataset")
    console.print(f"    {tokens.how}")
    if found.rollouts is not None:
        calls = "" if found.judge_calls is None else f", {found.judge_calls:,} calls of a judge model"
        console.print(f"  {found.steps:,} steps, {found.rollouts:,} rollouts{calls}")
    console.print(f"  {_tokens(found.training)} to train: {_epochs(found)}")
    if found.usd and found.price:
        price = f"${found.price.usd_per_million:g} a million, {found.price.in_words}"
        console.print(Text.assemble("  ", (dollars(found.usd), "bold"), f" ({price}; an estimate, not a quote)"))
    for text in found.assumptions:
        console.print(f"  - {one_line(text, 400)}")


def dollars(usd: Band) -> str:
    """`about $0.57, between $0.44 and $1.43`."""
    return f"about ${usd.estimate:,.2f}, between ${usd.low:,.2f} and ${usd.high:,.2f}"


def _tokens(band: Band) -> str:
    if band.low == band.high:
        return f"{round(band.estimate):,} tokens"
    return f"about {round(band.estimate):,} tokens, between {round(band.low):,} and {round(band.high):,},"


def _epochs(found: Estimate) -> str:
    if isinstance(found.epochs, Band):
        return f"{found.epochs.low:g} to {found.epochs.high:g} epochs"
    epochs = found.epochs or 0
    return "1 epoch" if epochs == 1 else f"{epochs:g} epochs"
