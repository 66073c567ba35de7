"""Resolve what a job continues from: a model version by number and one of its checkpoints.

Aliases move, and Google's pages disagree on which checkpoint is taken when none is named, so both are settled before
the job is submitted, sent explicitly, and recorded.

Sources: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/continuous-tuning and
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/continuous-tuning
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_ctune.errors import ApiError, BadRequestError, NotFoundError, PermissionDeniedError, SourceNotFoundError
from pulumi_ctune.tuning import names
from pulumi_ctune.tuning.patience import Report
from pulumi_ctune.tuning.pinned import Source
from pulumi_ctune.tuning.resources import Checkpoint, ModelVersion, Vertex

_NAME_FIELD = "pre_tuned_model.tuned_model_name"
UNAUTHENTICATED = 401  # a rejected token says nothing about permissions
_CHECKPOINT_FIELD = "pre_tuned_model.checkpoint_id"


def resolve_source(vertex: Vertex, pre_tuned_model: Mapping[str, Any], report: Report) -> Source:
    """Pin version and checkpoint of the input `pre_tuned_model`; two reads at most.

    Raises `SourceNotFoundError` for a model, version, alias or checkpoint that does not exist, naming those that do.
    Without permission to read models the source stays as written, with a warning: the tuning service may still see it.
    """
    name = pre_tuned_model["tuned_model_name"]
    wanted = str(pre_tuned_model.get("checkpoint_id") or "")
    try:
        version = vertex.get_model_version(name)
    except NotFoundError as error:
        raise _no_such_version(vertex, name, error) from error
    except BadRequestError as error:
        raise error.but(what="no tuning job was submitted", where=_NAME_FIELD) from error
    except PermissionDeniedError as error:
        if error.code == UNAUTHENTICATED:
            raise
        report.warn(f"{name} cannot be read, so neither version nor checkpoint are pinned: {error.why}")
        return Source(name, wanted)
    return Source(version.name, _checkpoint(version, _checkpoints_of(vertex, version), wanted), version)


def _checkpoints_of(vertex: Vertex, version: ModelVersion) -> Sequence[Checkpoint] | None:
    """The version's checkpoints; None where they cannot be listed, so that the tuning service has to judge."""
    if version.checkpoints:
        return version.checkpoints
    try:
        return vertex.list_checkpoints(version.name)
    except (BadRequestError, NotFoundError, PermissionDeniedError):
        return None


def _checkpoint(version: ModelVersion, checkpoints: Sequence[Checkpoint] | None, wanted: str) -> str:
    """The checkpoint to send: the one that is asked for, else the default one, else the last."""
    existing = [checkpoint.checkpoint_id for checkpoint in checkpoints or ()]
    if wanted and checkpoints is not None and wanted not in existing:
        raise SourceNotFoundError(
            "no tuning job was submitted",
            where=_CHECKPOINT_FIELD,
            why=f"{version.name} has no checkpoint '{wanted}'; it has {_listed(existing)}",
            next_step="Name one of these, or leave checkpoint_id out for the default checkpoint.",
        )
    return wanted or version.default_checkpoint_id or (existing[-1] if existing else "")


def _no_such_version(vertex: Vertex, name: str, error: NotFoundError) -> SourceNotFoundError:
    model = names.ModelName.parse(name)
    if model.version is None:
        why = error.why
    else:
        why = f"{model.model} has no version or alias '{model.version}'{versions_that_exist(vertex, model.model)}"
    return SourceNotFoundError(
        "no tuning job was submitted",
        where=_NAME_FIELD,
        why=why,
        next_step="Check project, location and model id; `ctune.get_tuned_model` looks one up.",
    )


def versions_that_exist(vertex: Vertex, model: str) -> str:
    """What to say about the versions there are; nothing where they cannot be read."""
    try:
        versions = vertex.list_model_versions(model)
    except ApiError as error:
        return f" ({error.why})"
    return "; it has " + _listed([word for version in versions for word in (version.version_id, *version.aliases)])


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"'{word}'" for word in words) if words else "none"
