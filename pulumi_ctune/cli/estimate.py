"""`ctune estimate`: what would a tuning job on this dataset train, and cost by list price?

Owns the options, the output and the exit codes: 0 estimated, 2 misuse or unreadable. `data.estimate` does the sums.
"""

import enum
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from pulumi_ctune.cli.validate import MethodName
from pulumi_ctune.core.errors import CtuneError, InvalidInputError

if TYPE_CHECKING:
    from pulumi_ctune.data.estimate import Estimate, HyperParameters
    from pulumi_ctune.data.prices import Prices

_NOT_DONE = "nothing was estimated"
_INTERRUPTED = 130

_out = Console(highlight=False, soft_wrap=True, emoji=False, markup=False)
_err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False, markup=False)


class Format(enum.StrEnum):
    text = "text"
    json = "json"


def estimate(
    dataset: Annotated[
        str, typer.Argument(metavar="DATASET", help="File of JSON Lines, gs://BUCKET/OBJECT, or - for stdin.")
    ],
    model: Annotated[str, typer.Option(help="Base model of the job, such as gemini-3.5-flash.")],
    method: Annotated[
        MethodName | None,
        typer.Option(metavar="sft|rft|dpo", help="Tuning method. Default: told from the lines.", show_default=False),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Epochs. Default: the range that is known.", show_default=False)
    ] = None,
    hyper_parameters: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Hyperparameters of the job, JSON or YAML.", show_default=False),
    ] = None,
    reward: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Reward config, JSON or YAML: calls of a judge count.", show_default=False),
    ] = None,
    price: Annotated[
        float | None,
        typer.Option(metavar="USD_PER_MILLION", help="Your price. Default: the list price.", show_default=False),
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Let the service count every line: needs a project and a sign-in.")
    ] = False,
    output: Annotated[Format, typer.Option("--format", metavar="text|json", help="How to print it.")] = Format.text,
) -> None:
    """Estimate tokens and list price of a tuning job: a band, with what it rests on.

    Example: ctune estimate train.jsonl --model gemini-3.5-flash --epochs 2
    """
    try:
        given = _hyper_parameters(hyper_parameters, epochs)
        prices = _prices(model, price)
        found = _estimated(dataset, model, method, given, prices, reward, exact=exact)
    except CtuneError as error:
        _err.print(f"ctune estimate: {error}")
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        raise typer.Exit(_INTERRUPTED) from None
    if output == Format.json:
        sys.stdout.write(json.dumps(found.as_dict(), indent=2) + "\n")
    else:
        from pulumi_ctune.cli import estimate_report

        estimate_report.show(_out, dataset, found)


def _estimated(
    dataset: str,
    model: str,
    method: MethodName | None,
    given: "HyperParameters",
    prices: "Prices",
    reward: Path | None,
    *,
    exact: bool,
) -> "Estimate":
    from pulumi_ctune.cli import documents
    from pulumi_ctune.cli.datasets import open_datasets
    from pulumi_ctune.cli.read_progress import reading
    from pulumi_ctune.data.check import Options, check_dataset
    from pulumi_ctune.data.estimate import estimate as estimated

    if exact and dataset == "-":
        raise InvalidInputError(_NOT_DONE, where="--exact", why="stdin can be read only once", next_step="Name a file.")
    rewarded = None if reward is None else documents.read_reward(reward, "--reward", _NOT_DONE)
    with open_datasets(os.environ) as open_dataset:
        source = open_dataset(dataset)
        with reading(_err, source.size) as progress:
            report = check_dataset(source, None, Options(method.value if method else None, model), progress)
        counted = None
        if exact:
            from pulumi_ctune.cli.counted_tokens import counted_by_service

            counted = counted_by_service(open_dataset(dataset), report, model, os.environ)
    try:
        return estimated(report, model, given, prices, today=datetime.now(UTC).date(), reward=rewarded, counted=counted)
    except ValueError as error:
        raise InvalidInputError(_NOT_DONE, where=f"--reward {reward}", why=str(error)) from None


def _hyper_parameters(path: Path | None, epochs: int | None) -> "HyperParameters":
    from pulumi_ctune.cli import documents
    from pulumi_ctune.data.estimate import HyperParameters

    document: Any = {} if path is None else documents.read(path, "--hyper-parameters", _NOT_DONE)
    try:
        return HyperParameters.parse(document, epochs)
    except ValueError as error:
        raise InvalidInputError(_NOT_DONE, where=f"--hyper-parameters {path}", why=str(error)) from None


def _prices(model: str, price: float | None) -> "Prices":
    from pulumi_ctune.data.limits import METHODS
    from pulumi_ctune.data.prices import Prices

    if price is None:
        return Prices()
    try:
        return Prices.parse({model: dict.fromkeys(METHODS, price)}, "--price")
    except ValueError as error:
        raise InvalidInputError(_NOT_DONE, where=f"--price {price}", why=str(error)) from None
