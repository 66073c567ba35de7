"""`ctune plugin pack`: the plugin for programs that are not in Python, as a file for `pulumi plugin install`.

Owns the options. `plugin_archive` says what is in the file.
"""

from pathlib import Path
from typing import Annotated

import typer

from pulumi_ctune.cli import plugin_archive
from pulumi_ctune.cli.ending import ending
from pulumi_ctune.cli.terminal import ERR, OUT
from pulumi_ctune.core.errors import InvalidInputError

app = typer.Typer(
    name="plugin",
    help="The plugin for programs in other languages than Python.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def _plugin() -> None:
    """The plugin for programs in other languages than Python."""


@app.command(name="pack")
def pack(
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where to write it; pulumi-resource-ctune-vVERSION.tar.gz otherwise."
        ),
    ] = None,
    requirement: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="What pip installs into the plugin, such as a wheel's path; pulumi-ctune of this version otherwise.",
        ),
    ] = None,
) -> None:
    """Write the plugin as an archive that `pulumi plugin install` takes.

    The archive is small and the same for every system: the CLI makes a virtual environment for it with the `python3`
    on PATH, 3.11 or newer, and installs the package there. The name of the file is printed, and on stderr the command
    that installs it.

    Example: ctune plugin pack -o ctune-plugin.tar.gz
    """
    from importlib.metadata import version

    own = version("pulumi-ctune")
    target = output or Path(plugin_archive.file_name(own))
    with ending("plugin pack"):
        try:
            target.write_bytes(plugin_archive.archive(requirement or f"pulumi-ctune=={own}"))
        except OSError as error:
            raise InvalidInputError(
                "no plugin was packed", where="--output", why=f"{target}: {error.strerror}", next_step="Name another."
            ) from None
    OUT.print(str(target))
    ERR.print(f"To install it: pulumi plugin install resource ctune {own} --file {target}")
