"""Find a model version, or say which ones there are; tell whether a name means a version that is recorded."""

from collections.abc import Iterable, Mapping
from typing import Any

from pulumi_ctune.errors import ApiError, NotFoundError
from pulumi_ctune.tuning.names import ModelName
from pulumi_ctune.tuning.resources import ModelVersion, Vertex
from pulumi_ctune.tuning.source import no_such_checkpoint, no_such_version


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
