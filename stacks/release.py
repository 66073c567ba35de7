"""The tuned version that this stack serves though another stack made it."""

from typing import Any

import pulumi
import pulumi_gcp as gcp

import pulumi_ctune as ctune
from settings import Settings, how_to_promote


def promoted(settings: Settings) -> pulumi.Output[dict[str, Any]]:
    """The release from this stack's config, or the current one of the stack that it follows.

    Keys as of `ctune.ContinuousTuningJob.release`. One that cannot serve here ends the program with one line, in a
    preview too: it names no version, or one that does not exist or lies in another location or project. With
    `copy_releases` a pinned one of another project is copied to this one, and the copy is what is served.
    """
    number = gcp.organizations.get_project().number
    if settings.release is not None:
        source = f"config {pulumi.get_project()}:release"
        release = _checked(settings.release, settings, number, source, next_step=how_to_promote())
        return _copied(release) if _is_of_another(release, number) else pulumi.Output.from_input(release)
    stack = settings.release_from or ""
    name = stack if "/" in stack else f"{pulumi.get_organization()}/{pulumi.get_project()}/{stack}"
    released = pulumi.StackReference(name).get_output("release")
    source, first = f"the output `release` of stack {stack}", f"Run `pulumi up --stack {stack}` first."
    return released.apply(lambda release: _checked(release, settings, number, source, next_step=first))


def _is_of_another(release: dict[str, Any], number: str) -> bool:
    """Whether a release certainly lies in another project than the one of this number."""
    project = str(release["tuned_model_name"]).split("/")[1:2]
    return bool(project) and project[0].isdigit() and project[0] != number


def _copied(release: dict[str, Any]) -> pulumi.Output[dict[str, Any]]:
    """The release, of a copy in this stack's project: in the same region, as Google changes only one of both."""
    name = str(release["tuned_model_name"])
    copy = ctune.ModelCopy("support-bot", source_model_name=name, location=name.split("/")[3])
    return copy.tuned_model_name.apply(lambda copied: {**release, "tuned_model_name": copied})


def _checked(release: Any, settings: Settings, number: str, source: str, *, next_step: str) -> dict[str, Any]:
    if not isinstance(release, dict) or not release.get("tuned_model_name"):
        raise pulumi.RunError(f"{source} names no tuned model to serve. {next_step}")
    name = str(release["tuned_model_name"])
    match name.split("/"):
        case ["projects", project, "locations", location, "models", model]:
            settings.check_served(location, name)
            is_pinned = settings.release is not None
            if _is_of_another(release, number) and not (settings.copy_releases and is_pinned):
                raise pulumi.RunError(
                    f"{source} names {name} of project {project}, and this stack's project is {number}: an endpoint "
                    "serves versions of its own project. Promote one that was tuned there, or set "
                    f"{pulumi.get_project()}:copyReleases and pin the release."
                )
            if model.partition("@")[2].isdigit():  # other names are refused by the deployment
                ctune.get_tuned_model(name)
    return release
