"""Find a model version, or say which ones there are."""

from pulumi_ctune.errors import ApiError, NotFoundError
from pulumi_ctune.tuning import names
from pulumi_ctune.tuning.resources import ModelVersion, Vertex
from pulumi_ctune.tuning.source import versions_that_exist


def find_version(vertex: Vertex, name: str, *, what: str, where: str) -> ModelVersion:
    """The version of this full name, by number, alias, or the default one.

    Raises:
        NotFoundError: there is none; lists the versions and aliases that the model has.
        ApiError: it could not be read. Both say `what` did not happen, and `where` the name stands.
    """
    try:
        return vertex.get_model_version(name)
    except NotFoundError as error:
        model = names.ModelName.parse(name)
        why = error.why
        if model.version is not None:
            why = f"{model.model} has no version or alias '{model.version}'{versions_that_exist(vertex, model.model)}"
        next_step = "Check project, location and model id."
        raise error.but(what=what, where=where, why=why, next_step=next_step) from error
    except ApiError as error:
        raise error.but(what=what, where=where) from error
