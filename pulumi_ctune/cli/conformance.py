"""`ctune conformance`: one small, paid run in a project of yours, recorded and compared with the emulator.

Owns the options, the question before anything is paid, and the exit codes: 0 the run is over, 1 it is not (the same
command resumes it) or something could not be taken away, 2 misuse, 130 Ctrl-C. The package `conformance` does the work.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pulumi_ctune.cli.ending import FAILED, INTERRUPTED, MISUSE
from pulumi_ctune.cli.interruption import Interruption
from pulumi_ctune.cli.terminal import ERR, OUT
from pulumi_ctune.core import amounts
from pulumi_ctune.core.errors import CtuneError, InvalidInputError, WaitInterruptedError

if TYPE_CHECKING:
    from pulumi_ctune.config import Settings
    from pulumi_ctune.conformance.journal import Journal
    from pulumi_ctune.conformance.workload import Cost, Plan

_NOT_BEGUN = "nothing was sent"
_MODEL = "gemini-3.1-flash-lite"


def conformance(
    project: Annotated[str, typer.Option(metavar="P", help="Project in which the run is made, and which pays.")],
    location: Annotated[str, typer.Option(metavar="L", help="Region of the jobs, such as us-central1.")],
    model: Annotated[str, typer.Option(help="Base model, by its exact name.")] = _MODEL,
    budget_usd: Annotated[float, typer.Option(min=0.01, help="What the run may cost at most, by list price.")] = 5.0,
    price: Annotated[
        float | None,
        typer.Option(metavar="USD_PER_MILLION", help="Your price. Default: the list price.", show_default=False),
    ] = None,
    copy_to: Annotated[
        str | None,
        typer.Option(metavar="L", help="Location of the copy. Default: another continent.", show_default=False),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder of the run: its state, page and recordings.")
    ] = Path("ctune-conformance"),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    clean: Annotated[bool, typer.Option("--clean", help="Only take away what the run of DIR has left.")] = False,
) -> None:
    """Make one small run at Google and see whether it behaves as this package expects.

    Three tiny tuning jobs (one is cancelled), an alias, a deployment, an evaluation and a copy, all taken away again.
    Every request and answer is recorded without names and compared with the emulator's. Interrupted, the same command
    resumes it, and no job is paid for twice.

    Example: ctune conformance --project my-project --location us-central1
    """
    try:
        _run(project, location, model, budget_usd, price, copy_to or "", output, yes=yes, clean=clean)
    except WaitInterruptedError as error:
        ERR.print(f"ctune conformance: {error}")
        raise typer.Exit(INTERRUPTED) from None
    except InvalidInputError as error:
        ERR.print(f"ctune conformance: {error}")
        raise typer.Exit(MISUSE) from None
    except CtuneError as error:
        ERR.print(f"ctune conformance: {error}")
        ERR.print("The run is not over: the same command resumes it, and --clean takes away what there is.")
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


def _run(
    project: str,
    location: str,
    model: str,
    budget_usd: float,
    price: float | None,
    copy_to: str,
    folder: Path,
    *,
    yes: bool,
    clean: bool,
) -> None:
    from pulumi_ctune.conformance import execution, workload
    from pulumi_ctune.conformance.run import run

    plan = workload.Plan(project, location, model, budget_usd, copy_to)
    settings, cost = _priced(plan, price)
    journal = _journal(folder, plan, price)
    if journal is None:
        if clean:
            raise InvalidInputError(_NOT_BEGUN, where="--clean", why=f"there is no run in {folder}")
        _ask(plan, settings, cost, yes=yes)
        from pulumi_ctune.conformance.journal import Journal

        journal = Journal.begin(folder, {**plan.as_dict(), "price": price})
    elif not clean and execution.is_over(journal):
        OUT.print(f"The steps of the run in {folder} are over; another run needs another --output.")
    elif not clean:
        OUT.print(f"Resuming the run in {folder}.")
    with _heard() as wait_context:
        summary, left = run(journal, settings, plan, cost, _Report(), OUT.print, only_clean=clean, **wait_context)
    counts = ", ".join(f"{number} {answer}" for answer, number in summary.counts.items())
    OUT.print(f"Points: {counts}. Differences from the emulator: {summary.differences}.")
    OUT.print(f"Jobs: at most {amounts.dollars(execution.spent_usd(journal, cost))} by {cost.price.in_words}.")
    OUT.print(
        f"{summary.page} and {summary.page.parent / 'recordings'} hold no names; private/ does, keep it to yourself."
    )
    if left:
        for line in left:
            ERR.print(f"still there: {line}")
        ERR.print("The same command with --clean tries again.")
        raise typer.Exit(FAILED)


def _priced(plan: "Plan", price: float | None) -> "tuple[Settings, Cost]":
    """The settings of the environment with the plan's place, and what the run costs. Refuses what is above budget."""
    from pulumi_ctune.config import Settings
    from pulumi_ctune.conformance.workload import cost
    from pulumi_ctune.data.prices import Prices

    place = {"gcp:project": plan.project, "gcp:region": plan.location}
    settings = Settings.load(place.get, os.environ)
    prices = Prices()
    if price is not None:
        own = {plan.model: {"sft": price}}
        prices, settings = Prices.parse(own, "--price"), replace(settings, prices=json.dumps(own))
    found = cost(plan, prices)
    if found is None:
        why = f"no price of {plan.model} is known, so --budget-usd could not be held"
        raise InvalidInputError(_NOT_BEGUN, where="--model", why=why, next_step="Give --price.")
    if found.usd > plan.budget_usd:
        why = f"the run may cost {amounts.dollars(found.usd)}, which is above {amounts.dollars(plan.budget_usd)}"
        raise InvalidInputError(_NOT_BEGUN, where="--budget-usd", why=why)
    return settings, found


def _journal(folder: Path, plan: "Plan", price: float | None) -> "Journal | None":
    from pulumi_ctune.conformance.journal import Journal

    try:
        journal = Journal.open(folder)
    except ValueError as error:
        raise InvalidInputError(_NOT_BEGUN, where="--output", why=str(error)) from None
    if journal is None:
        return None
    asked = {**plan.as_dict(), "price": price}
    for key, value in journal.settings.items():
        if key not in ("budget_usd", "price") and asked.get(key) != value:
            why = f"the run in {folder} was begun with {key} {value!r}, not {asked.get(key)!r}"
            raise InvalidInputError(_NOT_BEGUN, where="--output", why=why, next_step="Name another folder.")
    return journal


def _ask(plan: "Plan", settings: "Settings", cost: "Cost", *, yes: bool) -> None:
    OUT.print(f"A run at {settings.service}, with {plan.model}:")
    OUT.print(
        "  three tuning jobs of 20 examples and 2 epochs (one is cancelled), an alias, an endpoint with deployments,"
    )
    OUT.print(
        f"  an evaluation run of 4 rows, a copy of the model to {plan.copy_location}, a bucket. All is removed again."
    )
    OUT.print(
        f"  It costs at most {amounts.dollars(cost.usd)} ({cost.tokens:,} training tokens, "
        f"{cost.price.per_million}, {cost.price.in_words}) and takes some hours."
    )
    if yes:
        return
    if not sys.stdin.isatty():
        raise InvalidInputError(_NOT_BEGUN, why="there is no terminal to ask on", next_step="Give --yes to agree.")
    if not typer.confirm("Make the run?"):
        ERR.print("ctune conformance: nothing was sent")
        raise typer.Exit(FAILED)


class _Report:
    """What the verbs tell, as lines; a status only when it says something else."""

    def __init__(self) -> None:
        self._last = ""

    def status(self, text: str, *, detail: str = "") -> None:
        if text != self._last:
            self._last = text
            ERR.print(f"  {text}")

    def info(self, text: str) -> None:
        ERR.print(f"  {text}")

    def warn(self, text: str) -> None:
        ERR.print(f"  warning: {text}")


@contextmanager
def _heard() -> Iterator[dict[str, Any]]:
    """The first Ctrl-C ends waits and requests in order, the second one the process."""
    interruption, came = Interruption(), threading.Event()

    def come(number: int, frame: FrameType | None) -> None:
        if came.is_set():
            raise KeyboardInterrupt
        came.set()
        threading.Thread(target=interruption.come, daemon=True).start()  # locks are none of a signal handler's

    before = signal.signal(signal.SIGINT, come)
    try:
        yield {"pause": came.wait, "interrupted": came.is_set, "on_interruption": interruption.watch}
    finally:
        signal.signal(signal.SIGINT, before)
