"""The command `ctune`. Each command is a module of its own; this one only gathers them."""

import contextlib
import errno
import io
import os
import sys
from typing import Annotated

import typer

from pulumi_ctune.cli import (
    cancel,
    conformance,
    doctor,
    emulator,
    estimate,
    jobs,
    lineage,
    plugin,
    promote,
    prune,
    report,
    reward,
    validate,
    watch,
)

_CANNOT_BE_WRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

app = typer.Typer(
    name="ctune",
    help="Continuous tuning jobs on Vertex AI.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command(name="cancel")(cancel.cancel)
app.command(name="conformance")(conformance.conformance)
app.command(name="doctor")(doctor.doctor)
app.command(name="emulator")(emulator.serve)
app.command(name="estimate")(estimate.estimate)
app.command(name="jobs")(jobs.jobs)
app.command(name="lineage")(lineage.lineage)
app.command(name="promote")(promote.promote)
app.command(name="prune")(prune.prune)
app.command(name="report")(report.report)
app.command(name="validate")(validate.validate)
app.command(name="watch")(watch.watch)
app.add_typer(plugin.app, name="plugin")
app.add_typer(reward.app, name="reward")


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"ctune {version('pulumi-ctune')}")
        raise typer.Exit


@app.callback()
def _commands(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Continuous tuning jobs on Vertex AI."""


def main() -> None:
    """Run the command line: exit code 0, 1 for a failure, 2 for misuse."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller, who wants nothing printed
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 (until the process ends)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # `±`, and names of others, where the terminal is no UTF-8
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # who reads has seen enough, `| head`
        os._exit(1)
    except OSError as error:
        if error.errno not in _CANNOT_BE_WRITTEN:
            raise
        with contextlib.suppress(OSError):
            print(f"ctune: the result could not be printed: {error.strerror}", file=sys.stderr, flush=True)
        os._exit(1)  # what is still to be printed would fail once more, with a traceback
