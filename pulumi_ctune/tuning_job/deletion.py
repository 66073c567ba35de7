"""Delete: cancel a job that still runs, and do with its results what the deletion policy says.

    ABANDON    leave model version and endpoints, and mark the version: the next `up` with the same inputs takes it up
    DELETE     remove what this job made and nothing else (`removal`); refuse while somebody uses it
    PREVENT    refuse, unless the job failed and nobody adopted what it left: then there is nothing to protect

An entry that has been replaced is not refused its deletion: the program can no longer change its policy, so every later
run would fail over it. What PREVENT protects, or somebody uses, stays as with ABANDON.
Where the mark on the version says that another state entry has taken it over, or this one had taken it over from
somebody, nothing is touched, whatever the policy.
Everything may be gone already, and a delete that was cut short is simply repeated. The record of the job itself stays:
the API has no way to delete one.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pulumi_ctune.core import job_states, ownership
from pulumi_ctune.core.api import ModelVersion, TuningJob, Vertex
from pulumi_ctune.core.deletion_policy import ABANDON, DELETE, PREVENT
from pulumi_ctune.core.errors import (
    ApiError,
    CtuneError,
    NotFoundError,
    TuningJobTimeoutError,
    WaitInterruptedError,
)
from pulumi_ctune.core.registry_edits import changed_labels, edit_version
from pulumi_ctune.core.retry import WaitContext, patiently
from pulumi_ctune.core.version_removal import InUseError
from pulumi_ctune.tuning_job import job_cancellation
from pulumi_ctune.tuning_job.outputs import endpoints_of
from pulumi_ctune.tuning_job.removal import remove_results
from pulumi_ctune.tuning_job.state import State
from pulumi_ctune.tuning_job.wait import wait_for_job

DEFAULT_TIMEOUT = timedelta(hours=1)
"""How long delete takes at most where `custom_timeouts` says nothing: operations take minutes, seldom many."""

_CANCELLED_WITHIN = timedelta(minutes=15)  # it usually takes a minute or two


def delete(
    vertex: Vertex,
    context: WaitContext,
    job_name: str,
    state: Mapping[str, Any],
    *,
    is_replaced: Callable[[], bool] = lambda: False,
) -> None:
    """Carry out the deletion policy in `state`. Raises `CtuneError`; what is already gone is no error.

    `is_replaced` tells whether another entry has taken the place of this one, see above; it may take its time.
    Interrupted or out of time, it leaves what is under way at Google to go on; the next delete does the rest.
    """
    saved = State.parse(state)
    policy = saved.deletion_policy
    if policy == PREVENT and is_replaced():
        policy = ABANDON
    try:
        job = _job(vertex, context, job_name, saved)
        if not job_states.is_final(job.state):
            if saved.is_shared:
                context.report.warn(f"tuning job {job_name} goes on: another resource had it when it was adopted")
                return
            if policy == PREVENT:
                raise _prevented(job_name)
            if job_cancellation.cancel(vertex, context, job_name):
                context.report.info(f"asked Google to cancel tuning job {job_name}")
                if policy == ABANDON:
                    return
                job = _cancelled(vertex, context, job)  # the checkpoints made till then stay, with their endpoints
            else:  # it ended a moment before: then it has left what any job leaves
                job = _job(vertex, context, job_name, saved)
        try:
            _deal_with_results(vertex, context, job, saved, policy)
        except InUseError as error:
            if not is_replaced():
                raise
            context.report.warn(f"{error.where} is not deleted although deletion_policy is DELETE: {error.why}")
            _deal_with_results(vertex, context, job, saved, ABANDON)
    except NotFoundError:  # all of it is gone
        return
    except ApiError as error:
        raise error.but(what="the results of the tuning job could not be deleted", where=job_name) from error
    except CtuneError as error:
        if error.where:
            raise
        raise error.explaining("the deletion was not finished", where=job_name) from error


def _job(vertex: Vertex, context: WaitContext, job_name: str, saved: State) -> TuningJob:
    """The job; as the state has it where its record is gone: what it has made may be there all the same."""
    try:
        return patiently(lambda: vertex.get_job(job_name), context)
    except NotFoundError:
        if not saved.tuned_model_name:
            raise
        return replace(saved.job, name=job_name, state=_ended(saved.job_state))


def _ended(state: str) -> str:
    """A state that was recorded, for a job that is gone: nothing of it goes on."""
    return state if job_states.is_final(state) else "JOB_STATE_CANCELLED"


def _deal_with_results(vertex: Vertex, context: WaitContext, job: TuningJob, saved: State, policy: str) -> None:
    if not job.tuned_model_name:
        return
    version = _version(vertex, context, job)
    if version and ownership.is_anothers(version.labels.get(ownership.RECORDED, ""), saved.hold):
        context.report.warn(
            f"nothing of {version.name} is deleted: another state entry has taken it over{_maker(version, saved)}"
        )
        return
    if version and saved.is_shared:
        context.report.warn(
            f"nothing of {version.name} is deleted: another resource had it when it was adopted, and may have it still"
            f"{_maker(version, saved)}"
        )
        return
    if version and policy == PREVENT and (_has_succeeded(job) or saved.is_recorded):
        raise _prevented(job.name)
    if policy == DELETE:
        remove_results(vertex, context, job, version)
    elif version:
        _mark_abandoned(vertex, context, version)
        there = ", ".join([version.name, *endpoints_of(job)])
        why = "" if saved.deletion_policy == DELETE else f"deletion_policy is {saved.deletion_policy}, so "
        context.report.info(f"{why}this stays at Google: {there}")


def _maker(version: ModelVersion, saved: State) -> str:
    """Who the version was made for, in brackets; nothing where that is the resource of `saved`, or no label tells."""
    if ownership.RESOURCE not in version.labels or ownership.was_made_for(version.labels, saved.owner):
        return ""
    return f" (it was made for {ownership.holder_in_words(version.labels)})"


def _has_succeeded(job: TuningJob) -> bool:
    return job_states.meaning(job.state) is job_states.Meaning.SUCCEEDED


def _prevented(job_name: str) -> CtuneError:
    return CtuneError(
        "the tuned model is not deleted",
        where=job_name,
        why="its deletion_policy is PREVENT",
        next_step="Set deletion_policy to ABANDON or DELETE, run `pulumi up`, then delete again.",
    )


def _cancelled(vertex: Vertex, context: WaitContext, job: TuningJob) -> TuningJob:
    """The job once it has ended, however it has."""
    patience = min(_CANCELLED_WITHIN, timedelta(seconds=context.left_s()))
    try:
        return wait_for_job(job, lambda: vertex.get_job(job.name), replace(context, timeout=patience))
    except (TuningJobTimeoutError, WaitInterruptedError) as error:
        raise error.but(
            what="the tuning job is being cancelled, and what it has made is not deleted yet",
            next_step="Run the same command again.",
        ) from error


def _version(vertex: Vertex, context: WaitContext, job: TuningJob) -> ModelVersion | None:
    """The job's model version; None once it is gone."""
    try:
        return patiently(lambda: vertex.get_model_version(job.tuned_model_name), context)
    except NotFoundError:
        return None


def _mark_abandoned(vertex: Vertex, context: WaitContext, version: ModelVersion) -> None:
    mark = {ownership.RECORDED: ownership.ABANDONED}
    try:
        edit_version(vertex, context, version.name, lambda now: changed_labels(now.labels, mark))
    except ApiError as error:
        context.report.warn(f"{version.name} stays, but could not be marked as abandoned: {error.why}")
