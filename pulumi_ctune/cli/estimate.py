"""`ctune estimate`: what would a tuning job on this dataset train, and cost by list price? Or the jobs of a stack?

Owns the options, the output and the exit codes: 0 estimated, 1 a job of the stack could not be, 2 misuse or unreadable.
`dataset_estimate` and `stack_estimate` do the work.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pulumi_ctune.cli.ending import FAILED, MISUSE, ending
from pulumi_ctune.cli.options import CwdOfStackOption, TextOrJson, TextOrJsonOption
from pulumi_ctune.cli.pulumi_project import check_named, open_project
from pulumi_ctune.cli.terminal import OUT, status_line, write_json
from pulumi_ctune.cli.validate import MethodName
from pulumi_ctune.core.errors import InvalidInputError

if TYPE_CHECKING:
    from pulumi_ctune.cli.stack_estimate import StackEstimate
    from pulumi_ctune.data.hyper_parameters import HyperParameters
    from pulumi_ctune.data.prices import Prices

_NOT_DONE = "nothing was estimated"


def estimate(
    dataset: Annotated[
        str | None,
        typer.Argument(
            metavar="DATASET", help="File of JSON Lines, gs://BUCKET/OBJECT, or - for stdin.", show_default=False
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Base model of the job, such as gemini-3.5-flash. DATASET needs it.", show_default=False),
    ] = None,
    stack: Annotated[
        str | None,
        typer.Option(
            metavar="STACK",
            help="Instead of DATASET: all jobs that `pulumi up` of this stack would submit, with the stack's settings.",
            show_default=False,
        ),
    ] = None,
    method: Annotated[
        MethodName | None,
        typer.Option(
            metavar="sft|rft|dpo", help="Tuning method. Default: inferred from the lines.", show_default=False
        ),
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
        typer.Option(metavar="FILE", help="Reward config, JSON or YAML: judge calls are counted.", show_default=False),
    ] = None,
    price: Annotated[
        float | None,
        typer.Option(metavar="USD_PER_MILLION", help="Your price. Default: the list price.", show_default=False),
    ] = None,
    catalog: Annotated[
        bool,
        typer.Option("--catalog", help="List prices of today, from Google's billing catalog: needs a sign-in."),
    ] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="Let the service count every line: needs a project and a sign-in.")
    ] = False,
    cwd: CwdOfStackOption = None,
    output: TextOrJsonOption = TextOrJson.text,
) -> None:
    """Estimate tokens and list price of a tuning job, or of all jobs of a stack: a range, with its assumptions.

    Where the environment, or the stack, names project and region and you are signed in, the service counts a sample of
    200 lines, free of charge. Exit code 1: a job of the stack could not be estimated; the others are.

    Example: ctune estimate train.jsonl --model gemini-3.5-flash --epochs 2
    """
    of_dataset = {
        "--model": model,
        "--method": method,
        "--epochs": epochs,
        "--hyper-parameters": hyper_parameters,
        "--reward": reward,
        "--price": price,
    }
    with ending("estimate", failed=MISUSE):
        if stack is not None:
            _refuse_beside_stack(dataset, of_dataset, stack)
            _show_stack(_of_stack(stack.strip(), cwd, exact=exact, catalog=catalog), output)
            return
        dataset, model = _named(dataset, model, cwd)
        given = _hyper_parameters(hyper_parameters, epochs)
        if catalog and price is not None:
            raise InvalidInputError(_NOT_DONE, where="--catalog", why="--price is given, which goes before it")
        prices = _prices(model, price)
        from pulumi_ctune.cli.dataset_estimate import estimate_dataset

        found = estimate_dataset(
            dataset,
            method.value if method else None,
            model,
            given,
            prices,
            reward,
            exact=exact,
            catalog=catalog,
        )
    if output == TextOrJson.json:
        write_json(found.as_dict())
    else:
        from pulumi_ctune.cli import estimate_report

        estimate_report.show(OUT, dataset, found)


def _named(dataset: str | None, model: str | None, cwd: Path | None) -> tuple[str, str]:
    """What an estimate of one dataset needs."""
    if dataset is None:
        raise InvalidInputError(_NOT_DONE, why="no dataset is named", next_step="Name one, or a stack with --stack.")
    if model is None:
        why = "it is missing, and prices are those of a model"
        raise InvalidInputError(_NOT_DONE, where="--model", why=why, next_step="Name one, such as gemini-3.5-flash.")
    if cwd is not None:
        raise InvalidInputError(_NOT_DONE, where="--cwd", why="it is for --stack")
    return dataset, model


def _refuse_beside_stack(dataset: str | None, options: dict[str, Any], stack: str) -> None:
    check_named("--stack", stack, _NOT_DONE)
    given = [option for option, value in options.items() if value is not None]
    if dataset is not None:
        given.insert(0, dataset)
    if given:
        raise InvalidInputError(
            _NOT_DONE,
            where=given[0],
            why="the program of the stack says what is trained",
            next_step="Leave it out, or --stack.",
        )


def _of_stack(stack: str, cwd: Path | None, *, exact: bool, catalog: bool) -> "StackEstimate":
    from pulumi_ctune.cli.pulumi_cli import PulumiError
    from pulumi_ctune.cli.stack_estimate import estimate_stack

    pulumi, project = open_project(cwd, _NOT_DONE)
    try:
        with status_line() as progress:
            return estimate_stack(pulumi, project, stack, exact=exact, catalog=catalog, progress=progress)
    except PulumiError as error:
        raise error.explained(_NOT_DONE) from None


def _show_stack(found: "StackEstimate", output: TextOrJson) -> None:
    if output == TextOrJson.json:
        write_json(found.as_dict())
    else:
        from pulumi_ctune.cli import stack_estimate_report

        stack_estimate_report.show(OUT, found)
    if found.not_estimated:
        raise typer.Exit(FAILED)


def _hyper_parameters(path: Path | None, epochs: int | None) -> "HyperParameters":
    from pulumi_ctune.cli import documents
    from pulumi_ctune.data.hyper_parameters import HyperParameters

    document: Any = {} if path is None else documents.read(path, "--hyper-parameters", _NOT_DONE)
    try:
        return HyperParameters.parse(document, epochs)
    except ValueError as error:
        where = f"--epochs {epochs}" if path is None else f"--hyper-parameters {path}"
        raise InvalidInputError(_NOT_DONE, where=where, why=str(error)) from None


def _prices(model: str, price: float | None) -> "Prices":
    from pulumi_ctune.data.limits import METHODS
    from pulumi_ctune.data.prices import Prices

    if price is None:
        return Prices()
    try:
        return Prices.parse({model: dict.fromkeys(METHODS, price)}, "--price")
    except ValueError as error:
        raise InvalidInputError(_NOT_DONE, where=f"--price {price}", why=str(error)) from None
