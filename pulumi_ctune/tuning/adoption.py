"""Find the job that an interrupted `pulumi up` left behind, so that it is taken over instead of paid for twice.

A job is this resource's own by its labels (see `identity`). Going through the resource's jobs from the newest back:

    still going, same inputs                  adopted
    still going, other inputs                 cancelled: nobody waits for it any more
    being cancelled                           passed over
    succeeded, no mark, same inputs           adopted: it ended while nobody looked
    succeeded, no mark, other inputs          named in a warning: a model that nobody holds
    succeeded, abandoned by a destroy         adopted for the same inputs, else the search ends
    succeeded and recorded, or held           the search ends: what is older was replaced by it
    held and still going                      cancelled: the resource is being replaced
    failed, or its model version is gone      passed over

A job that a state holds is never adopted: `pulumi up --replace` trains anew.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pulumi_ctune.errors import NOT_SUBMITTED, NotFoundError, PermissionDeniedError
from pulumi_ctune.tuning import identity, states
from pulumi_ctune.tuning.identity import Owner
from pulumi_ctune.tuning.resources import TuningJob, Vertex

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class OwnJobs:
    """What was found.

    `stale` are jobs that still run for inputs which the resource no longer has, `orphaned` those that succeeded for
    such inputs and whose models no state holds.
    """

    adoptable: TuningJob | None = None
    stale: Sequence[TuningJob] = ()
    orphaned: Sequence[TuningJob] = ()


def find_own_jobs(vertex: Vertex, owner: Owner, inputs: Mapping[str, Any], held: Collection[str]) -> OwnJobs:
    """Look for jobs of this resource. `held` are ids (full names) of jobs that a state is known to hold.

    One list call, and one read for each succeeded job until the search ends. Raises `ApiError`.
    """
    wanted = identity.inputs_key(inputs)
    own = [
        job
        for job in vertex.list_jobs(inputs["project"], inputs["location"])
        if job.labels.get(identity.RESOURCE) == owner.key
    ]
    stale: list[TuningJob] = []
    orphaned: list[TuningJob] = []
    for job in sorted(own, key=lambda job: job.create_time or _LONG_AGO, reverse=True):
        if job.name in held:
            if not states.is_final(job.state):
                stale.append(job)
            break
        same = job.labels.get(identity.INPUTS) == wanted
        match states.meaning(job.state):
            case states.Meaning.GOING if job.state == "JOB_STATE_CANCELLING":
                continue
            case states.Meaning.GOING if same:
                return OwnJobs(job, stale, orphaned)
            case states.Meaning.GOING:
                stale.append(job)
            case states.Meaning.SUCCEEDED if job.tuned_model_name:
                mark = _mark(vertex, job)
                if mark is None:
                    continue
                if same and mark in ("", identity.ABANDONED):
                    return OwnJobs(job, stale, orphaned)
                if mark:
                    break
                orphaned.append(job)
    return OwnJobs(None, stale, orphaned)


def _mark(vertex: Vertex, job: TuningJob) -> str | None:
    """The mark on the job's model version; empty without one, None when the version is gone.

    Raises `ApiError` where it cannot be read: to take the job for lost would be to pay for it twice.
    """
    try:
        return vertex.get_model_version(job.tuned_model_name).labels.get(identity.RECORDED, "")
    except NotFoundError:
        return None
    except PermissionDeniedError as error:
        why = f"it cannot be told whether to take over an earlier one: {error.why}"
        raise error.but(what=NOT_SUBMITTED, where=job.name, why=why) from error
