"""`ctune lineage`: what a model version rests on, and what rests on it; or all of it for a stack or a place.

Owns the options and the output. `insight.lineage_building` makes the graph, `insight.lineage_text` draws it.
"""

import enum
from typing import TYPE_CHECKING, Annotated

import typer

from pulumi_ctune.cli.ending import ending
from pulumi_ctune.cli.options import CwdOption, LocationOption, ProjectOption, StackOption
from pulumi_ctune.cli.terminal import ERR, OUT, status_line, write_json
from pulumi_ctune.core import names
from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.core.job_of_version import TUNED_IN
from pulumi_ctune.core.names import ModelName
from pulumi_ctune.core.printable import without_secrets

if TYPE_CHECKING:
    from pulumi_ctune.insight.lineage import Lineage
    from pulumi_ctune.insight.scope import Scope

_NOT_DONE = "no lineage was shown"


class Format(enum.StrEnum):
    text = "text"
    json = "json"
    mermaid = "mermaid"


def lineage(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL[@V]",
            help="Full name of a model, or its id; with a version or an alias only that. Default: all there is.",
            show_default=False,
        ),
    ] = None,
    stack: StackOption = None,
    project: ProjectOption = None,
    location: LocationOption = None,
    cwd: CwdOption = None,
    output: Annotated[
        Format, typer.Option("--format", metavar="text|json|mermaid", help="How to print it.")
    ] = Format.text,
) -> None:
    """Show how base models, datasets, jobs, versions, aliases, deployments and evaluations depend on each other.

    The tree starts with the base model. JSON has nodes, and edges from each to what it
    depends on. Mermaid is for Markdown.

    Example: ctune lineage --stack dev --format mermaid
    """
    from pulumi_ctune.cli.scope_options import ScopeOptions, opened
    from pulumi_ctune.insight import lineage_text

    with ending("lineage"):
        named = names.model_name(model)
        options = ScopeOptions(stack, project, location, cwd)
        if named and not (stack or project or location):
            tuned_in = TUNED_IN.get(named.location, (named.location,))[0]
            options = ScopeOptions(project=named.project, location=tuned_in, cwd=cwd)
        with status_line("asking for jobs and versions"), opened(options, _NOT_DONE) as found:
            graph, gaps = _read(found.scope, model)
        for gap in gaps:
            ERR.print(f"warning: {gap}")
        if output == Format.json:
            write_json(graph.as_dict())
        else:
            draw = lineage_text.tree_lines if output == Format.text else lineage_text.mermaid_lines
            for line in draw(graph):
                OUT.print(without_secrets(line))


def _read(scope: "Scope", model: str | None) -> "tuple[Lineage, list[str]]":
    from pulumi_ctune.insight import inventory
    from pulumi_ctune.insight.datasets import datasets_of
    from pulumi_ctune.insight.lineage_building import connected, lineage_of

    if model is None:
        found = inventory.take(scope, with_makers=True)
        return lineage_of(found, datasets_of(scope.vertex, found.jobs.values())), [*found.gaps]
    name = _full_name(scope, model)
    jobs = [job for place in scope.places for job in scope.vertex.list_jobs(*place)]
    line = connected(jobs, name.model)
    found = inventory.take(scope, wanted=lambda job: job.name in line, models=[str(name)])
    if name.version is None:
        of_model = inventory.key_of(name.model)
        versions = [version.name for version in found.versions.values() if inventory.key_of(version.model) == of_model]
    else:
        versions = [version.name for version in (found.version(str(name)),) if version is not None]
    if not versions:
        gap = f": {found.gaps[0]}" if found.gaps else ""
        raise InvalidInputError(_NOT_DONE, where=model, why=f"there is no such model or version{gap}")
    graph = lineage_of(found, datasets_of(scope.vertex, found.jobs.values()))
    return graph.around(versions), [*found.gaps]


def _full_name(scope: "Scope", model: str) -> ModelName:
    found = names.model_name(model)
    if found is None and "/" not in model:
        found = names.model_name(f"{names.parent(*scope.places[0])}/models/{model}")
    if found is None:
        raise InvalidInputError(_NOT_DONE, where=model, why=f"it is neither {ModelName.FORM} nor the id of a model")
    return found
