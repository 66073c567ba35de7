"""The tuned version that this stack serves though another stack made it."""

from typing import Any

import pulumi
import pulumi_gcp as gcp

import pulumi_ctune as ctune
from encryption import Encryption
from evaluation import with_results
from settings import Settings, how_to_promote


def promoted(settings: Settings) -> pulumi.Output[dict[str, Any]]:
    """The release from this stack's config, or the current one of the stack that it follows.

    Keys as of `ctune.ContinuousTuningJob.release`, and `evaluations`. One that cannot serve here ends the program with
    one line, in a preview too: it names no version, or one that does not exist or lies in another location or project;
    or a gate asks for an evaluation that it does not have.
    """
    number = gcp.organizations.get_project().number
    if settings.release is not None:
        source = f"config {pulumi.get_project()}:release"
        return pulumi.Output.from_input(_checked(settings.release, settings, number, source, how_to_promote()))
    stack = settings.release_from or ""
    name = stack if "/" in stack else f"{pulumi.get_organization()}/{pulumi.get_project()}/{stack}"
    released = pulumi.StackReference(name).get_output("release")
    source, first = f"the output `release` of stack {stack}", f"Run `pulumi up --stack {stack}` first."
    return released.apply(lambda release: _checked(release, settings, number, source, first))


def of_this_project(
    release: pulumi.Output[dict[str, Any]], settings: Settings, key: Encryption | None
) -> pulumi.Output[dict[str, Any]]:
    """The release as it is served here: with `copy_releases` one of another project is that of a copy.

    The copy lies in the region of its source, as Google changes only one of region and project, and has the key of this
    stack where there is one. What the gates refuse is not copied.
    """
    if not settings.copy_releases:
        return release
    number = gcp.organizations.get_project().number
    # What is released is known in every preview, and so is whether there is a copy.
    return release.apply(
        lambda release: _copied(release, settings, key) if _is_of_another(release, number) else release
    )


def _copied(release: dict[str, Any], settings: Settings, key: Encryption | None) -> pulumi.Output[dict[str, Any]]:
    name = str(release["tuned_model_name"])
    copy = ctune.ModelCopy(
        "support-bot",
        source_model_name=name,
        location=_location(name),
        encryption_spec={"kms_key_name": key.key_name} if key else None,
        require=with_results(settings.gates, pulumi.Output.from_input(release.get("evaluations") or {})),
        opts=pulumi.ResourceOptions(depends_on=[key] if key else []),
    )
    return copy.tuned_model_name.apply(lambda copied: {**release, "tuned_model_name": copied})


def _checked(release: Any, settings: Settings, number: str, source: str, next_step: str) -> dict[str, Any]:
    if not isinstance(release, dict) or not release.get("tuned_model_name"):
        raise pulumi.RunError(f"{source} names no tuned model to serve. {next_step}")
    name = str(release["tuned_model_name"])
    match name.split("/"):
        case ["projects", project, "locations", location, "models", model]:
            settings.check_served(location, name)
            if _is_of_another(release, number):
                _check_copy(settings, source, name, project, number)
            if model.partition("@")[2].isdigit():  # other names are refused by the deployment
                ctune.get_tuned_model(name)
    evaluate = "Set evaluate to true where it is tuned and promote again, or take the gate out of this stack's config."
    settings.check_gates(release.get("evaluations") or {}, source, evaluate)
    return release


def _check_copy(settings: Settings, source: str, name: str, project: str, number: str) -> None:
    if not settings.copy_releases:
        raise pulumi.RunError(
            f"{source} names {name} of project {project}, and this stack's project is {number}: an endpoint serves "
            f"versions of its own project. Promote one that was tuned there, or set {pulumi.get_project()}:copyReleases"
            " to true."
        )
    if settings.encrypt and _location(name) != settings.region:
        raise pulumi.RunError(
            f"encrypt is true, and a key in {settings.region} is none for a copy of {name}, which stays in "
            f"{_location(name)}. Set gcp:region to that, or take encrypt out: a key ring can never be deleted."
        )


def _is_of_another(release: dict[str, Any], number: str) -> bool:
    """Whether a release certainly lies in another project than the one of this number."""
    project = str(release["tuned_model_name"]).split("/")[1:2]
    return bool(project) and project[0].isdigit() and project[0] != number


def _location(name: str) -> str:
    return name.split("/")[3]
