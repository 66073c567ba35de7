"""Whether a job does the same work as a request, so that it may be taken over instead of paid for once more.

By the labels, which a job keeps, and by what its record repeats of its own request: names compared by meaning, a source
that could not be read when it was submitted, and a display name that was changed in place since. Whose the job is, and
whether it may be taken, is `own_jobs`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_ctune.core import names, ownership
from pulumi_ctune.core.api import ModelVersion, TuningJob, Vertex
from pulumi_ctune.core.errors import NOT_SUBMITTED, NotFoundError, PermissionDeniedError
from pulumi_ctune.core.source import Source
from pulumi_ctune.tuning_job.request import Request, Submitted


@dataclass(frozen=True)
class SameWork:
    """The work of a request, whose source is resolved."""

    _vertex: Vertex
    _request: Request
    _source: Source | None

    def is_of(self, job: TuningJob) -> bool:
        if not self._is_same_source(job):
            return False
        if job.labels.get(ownership.INPUTS) != self._request.key and not self._was_renamed(job):
            return False
        wanted = {key: value for key, value in self._request.canonical.items() if key != "pre_tuned_model"}
        project = self._request.project, names.project_of(job.name)  # as the inputs have it, and its number
        return _names_agree(wanted, Submitted.of(job).canonical, project)

    def _was_renamed(self, job: TuningJob) -> bool:
        """Whether the job did the same work under a display name that was changed in place since, or left out."""
        before, now = Submitted.of(job).tuned_model_display_name, self._request
        if job.labels.get(ownership.INPUTS) not in (now.key_with(before), now.key_with("")):
            return False
        if not now.tuned_model_display_name:
            return self._source is None  # the service invents one
        version = version_of(self._vertex, job) if job.tuned_model_name else None
        return version is not None and version.display_name == now.tuned_model_display_name

    def _is_same_source(self, job: TuningJob) -> bool:
        if self._source is None:
            return ownership.SOURCE not in job.labels
        if job.labels.get(ownership.SOURCE) == ownership.source_key(self._source):
            return True
        # A source that could not be read has no checkpoint, and perhaps an alias.
        recorded, asked = Submitted.of(job).source, self._request.source
        if recorded is None or asked is None:
            return False
        if self._source.version is None:
            return self._source.is_version_of(recorded) and self._source.checkpoint_id in ("", recorded.checkpoint_id)
        was_unread = not recorded.checkpoint_id and not asked.checkpoint_id
        return was_unread and (
            recorded.tuned_model_name == asked.tuned_model_name or self._source.is_version_of(recorded)
        )


def _names_agree(wanted: Any, found: Any, project: tuple[str, str]) -> bool:
    """Whether no resource name in the inputs (a key, a dataset) certainly means another resource than in the job.

    An id and a number that nothing is known about may be the same project.
    """
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return all(_names_agree(value, found[key], project) for key, value in wanted.items() if key in found)
    if not (isinstance(wanted, str) and isinstance(found, str) and names.is_resource(wanted)):
        return True
    return names.same_resource(wanted, found, project) is not False


def version_of(vertex: Vertex, job: TuningJob) -> ModelVersion | None:
    """The job's model version, None when it is gone.

    Raises `ApiError` where it cannot be read: to take the job for lost would be to pay for it twice.
    """
    try:
        return vertex.get_model_version(job.tuned_model_name)
    except NotFoundError:
        return None
    except PermissionDeniedError as error:
        why = f"it cannot be told whether to take over an earlier one: {error.why}"
        raise error.but(what=NOT_SUBMITTED, where=job.name, why=why) from error
