"""Resolve what a job continues from: a model version by number and one of its checkpoints.

Aliases move, and Google's pages disagree on which checkpoint is taken when none is named, so both are settled before
the job is submitted, sent explicitly, and recorded.

Sources: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/continuous-tuning and
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/continuous-tuning
"""

from collections.abc import Sequence

from pulumi_ctune.core.api import Checkpoint, ModelVersion, Vertex
from pulumi_ctune.core.errors import (
    NOT_SUBMITTED,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
    SourceNotFoundError,
)
from pulumi_ctune.core.retry import Report, is_stray
from pulumi_ctune.core.source import Source
from pulumi_ctune.core.versions import no_such_checkpoint, no_such_version

_NAME_FIELD = "pre_tuned_model.tuned_model_name"
_CHECKPOINT_FIELD = "pre_tuned_model.checkpoint_id"


def resolve_source(vertex: Vertex, asked: Source, report: Report) -> Source:
    """Pin version and checkpoint of a source as it is written; two reads at most.

    Raises `SourceNotFoundError` for a model, version, alias or checkpoint that does not exist, naming those that do.
    Without permission to read models the source stays as written, with a warning: the tuning service may still see it.
    That is Google's to say: the block page of a proxy is an error.
    """
    name, wanted = asked.tuned_model_name, asked.checkpoint_id
    try:
        version = vertex.get_model_version(name)
    except NotFoundError as error:
        raise SourceNotFoundError(NOT_SUBMITTED, where=_NAME_FIELD, **no_such_version(vertex, name, error)) from error
    except BadRequestError as error:
        raise error.but(what=NOT_SUBMITTED, where=_NAME_FIELD) from error
    except PermissionDeniedError as error:
        if error.is_unauthenticated or is_stray(error):
            raise
        report.warn(f"{name} cannot be read, so neither version nor checkpoint are pinned: {error.why}")
        return asked
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
        found = no_such_checkpoint(version, wanted, existing)
        raise SourceNotFoundError(NOT_SUBMITTED, where=_CHECKPOINT_FIELD, **found)
    return wanted or version.default_checkpoint_id or (existing[-1] if existing else "")
