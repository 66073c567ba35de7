"""`ctune promote`: what one stack released becomes config of the next, as a change to review in Git.

Owns the options and the exit codes. `releases` says what may be handed on and writes it, `promotion_report` says what
is printed.
"""

from pathlib import Path
from typing import Annotated

import typer

from pulumi_ctune.cli import promotion_report, releases
from pulumi_ctune.cli.ending import ending
from pulumi_ctune.cli.options import CwdOption
from pulumi_ctune.cli.pulumi_cli import PulumiError
from pulumi_ctune.cli.pulumi_project import check_named, open_project
from pulumi_ctune.cli.releases import REFUSED, Promotion
from pulumi_ctune.cli.terminal import OUT


def promote(
    from_stack: Annotated[
        str, typer.Option("--from", metavar="STACK", help="Stack that exports the release; also ORG/PROJECT/STACK.")
    ],
    to_stack: Annotated[str, typer.Option("--to", metavar="STACK", help="Stack whose config takes the release.")],
    key: Annotated[str, typer.Option(help="Name of the output, and of the config key.")] = "release",
    cwd: CwdOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Write the release that one stack exports into the config of the next: a change to review in Git.

    Nothing is applied, and Google is not asked.

    Example: ctune promote --from dev --to staging
    """
    with ending("promote"):
        promotion = _promotion(from_stack.strip(), to_stack.strip(), key, cwd)
    report = promotion_report.as_json(promotion) if as_json else promotion_report.as_text(promotion, cwd)
    OUT.print(report)


def _promotion(source: str, target: str, key: str, cwd: Path | None) -> Promotion:
    """Hold the options to what is there, then hand the release on."""
    for option, stack in (("--from", source), ("--to", target)):
        check_named(option, stack, REFUSED)
    pulumi, project = open_project(cwd, REFUSED)
    try:
        return releases.hand_on(pulumi, project, source, target, key)
    except PulumiError as error:
        raise error.explained(REFUSED) from None
