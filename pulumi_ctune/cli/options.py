"""Options that several commands have, so that each says the same everywhere."""

import enum
from pathlib import Path
from typing import Annotated

import typer

StackOption = Annotated[
    str | None,
    typer.Option(
        "--stack",
        "-s",
        metavar="STACK",
        help="Stack, with its settings. Default: the selected one, where there is a Pulumi.yaml.",
        show_default=False,
    ),
]
ProjectOption = Annotated[
    str | None,
    typer.Option(metavar="PROJECT", help="Instead of a stack: a Google Cloud project.", show_default=False),
]
LocationOption = Annotated[
    str | None,
    typer.Option(metavar="LOCATION", help="With --project: the location, such as us-central1.", show_default=False),
]
CwdOption = Annotated[
    Path | None,
    typer.Option("--cwd", "-C", metavar="DIR", help="Folder of Pulumi.yaml. Default: here.", show_default=False),
]
CwdOfStackOption = Annotated[
    Path | None,
    typer.Option(
        "--cwd", "-C", metavar="DIR", help="Folder of Pulumi.yaml, for --stack. Default: here.", show_default=False
    ),
]
JobArgument = Annotated[
    str,
    typer.Argument(
        metavar="JOB|RESOURCE",
        help="Full name or id of a job, or the name of its resource in the stack.",
        show_default=False,
    ),
]


class TextOrJson(enum.StrEnum):
    text = "text"
    json = "json"


TextOrJsonOption = Annotated[TextOrJson, typer.Option("--format", metavar="text|json", help="How to print it.")]
