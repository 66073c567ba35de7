"""The command `ctune`. Each command is a module of its own; this one only gathers them."""

import typer

from pulumi_ctune.cli import emulator, estimate, promote, reward, validate

app = typer.Typer(
    name="ctune",
    help="Continuous tuning jobs on Vertex AI.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command(name="emulator")(emulator.serve)
app.command(name="estimate")(estimate.estimate)
app.command(name="promote")(promote.promote)
app.command(name="validate")(validate.validate)
app.add_typer(reward.app, name="reward")


@app.callback()
def _commands() -> None:
    """Continuous tuning jobs on Vertex AI."""


def main() -> None:
    """Run the command line: exit code 0, 1 for a failure, 2 for misuse."""
    app()
