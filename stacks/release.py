"""The tuned version that this stack serves though another stack made it."""

from typing import Any

import pulumi

from settings import Settings, how_to_promote


def promoted(settings: Settings) -> pulumi.Output[dict[str, Any]]:
    """The release from this stack's config, or the current one of the stack that it follows.

    Keys as of `ctune.ContinuousTuningJob.release`. One without a version ends the program with one line.
    """
    if settings.release is not None:
        source = f"config {pulumi.get_project()}:release"
        return pulumi.Output.from_input(_checked(settings.release, settings, source, next_step=how_to_promote()))
    stack = settings.release_from or ""
    name = stack if "/" in stack else f"{pulumi.get_organization()}/{pulumi.get_project()}/{stack}"
    released = pulumi.StackReference(name).get_output("release")
    source, first = f"the output `release` of stack {stack}", f"Run `pulumi up --stack {stack}` first."
    return released.apply(lambda release: _checked(release, settings, source, next_step=first))


def _checked(release: Any, settings: Settings, source: str, *, next_step: str) -> dict[str, Any]:
    if not isinstance(release, dict) or not release.get("tuned_model_name"):
        raise pulumi.RunError(f"{source} names no tuned model to serve. {next_step}")
    match str(release["tuned_model_name"]).split("/"):
        case ["projects", _, "locations", location, "models", _]:
            settings.check_served(location, release["tuned_model_name"])
    return release
