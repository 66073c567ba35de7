"""Find a model version, or say which ones there are; tell whether a name means a version that is recorded."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pulumi_ctune.core.api import ModelVersion, Vertex
from pulumi_ctune.core.errors import ApiError, NotFoundError
from pulumi_ctune.core.names import ModelName
from pulumi_ctune.core.printable import some_of


def find_version(vertex: Vertex, name: str, *, what: str, where: str) -> ModelVersion:
    """The version of this full name, by number, alias, or the default one.

    Raises:
        NotFoundError: there is none; lists the versions and aliases that the model has.
        ApiError: it could not be read. Both say `what` did not happen, and `where` the name stands.
    """
    try:
        return vertex.get_model_version(name)
    except NotFoundError as error:
        raise error.but(what=what, where=where, **no_such_version(vertex, name, error)) from error
    except ApiError as error:
        raise error.but(what=what, where=where) from error


def is_recorded_model(new: ModelName, state: Mapping[str, Any]) -> bool:
    """Whether a name means the model of a state, which holds `model` by project number and `tuned_model_name` as
    written. Which project an id means only the latter can tell.
    """
    model, written = ModelName.parse(state["model"]), ModelName.parse(state["tuned_model_name"])
    if (new.location, new.model_id) != (model.location, model.model_id):
        return False
    return may_be_project(new.project, (model.project, written.project))


def may_be_project(project: str, recorded: Iterable[str]) -> bool:
    """Whether a project's id or number may mean one that is recorded in several spellings: an id and a number cannot be
    compared.
    """
    comparable = [old for old in recorded if old.isdigit() == project.isdigit()]
    return not comparable or project in comparable


def find_checkpoint(vertex: Vertex, version: ModelVersion, checkpoint_id: str, *, what: str, where: str) -> None:
    """Return if the version has this checkpoint.

    Raises:
        NotFoundError: it has not; lists those that it has.
        ApiError: they could not be read.
    """
    try:
        checkpoints = version.checkpoints or vertex.list_checkpoints(version.name)
    except ApiError as error:
        raise error.but(what=what, where=where) from error
    existing = [checkpoint.checkpoint_id for checkpoint in checkpoints]
    if checkpoint_id not in existing:
        raise NotFoundError(what, where=where).but(**no_such_checkpoint(version, checkpoint_id, existing))


def no_such_version(vertex: Vertex, name: str, error: NotFoundError) -> dict[str, str]:
    """`why` and `next_step` of the line that there is no such version; names those there are, if they can be read."""
    model, check = ModelName.parse(name), "Check project, location and model id."
    if model.version is None:
        return {"why": error.why, "next_step": check}
    why = f"{model.model} has no version or alias '{model.version}'"
    try:
        versions = vertex.list_model_versions(model.model)
    except ApiError as trouble:
        return {"why": f"{why} ({trouble.why})", "next_step": check}
    existing = [word for version in versions for word in (version.version_id, *version.aliases)]
    return {"why": f"{why}; it has {some_of(existing)}", "next_step": "Name one of these."}


def no_such_checkpoint(version: ModelVersion, wanted: str, existing: Sequence[str]) -> dict[str, str]:
    """`why` and `next_step` of the line that a version has no such checkpoint."""
    return {
        "why": f"{version.name} has no checkpoint '{wanted}'; it has {some_of(existing)}",
        "next_step": "Name one of these, or leave checkpoint_id out for the default checkpoint.",
    }
