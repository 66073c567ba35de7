"""Adopt the job that the input `adopt_job` names: it must be what the inputs ask for, and nobody else's by mistake.

What a job of the resource's own is, and how one is found without a name, is `own_jobs`'s.
"""

from pulumi_ctune.core import job_states, ownership
from pulumi_ctune.core.api import TuningJob, Vertex
from pulumi_ctune.core.deletion_policy import DELETE
from pulumi_ctune.core.errors import InvalidInputError, NotFoundError, SourceNotFoundError
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.core.retry import Retries, WaitContext, patiently
from pulumi_ctune.core.retry_policies import LATE_FIELDS
from pulumi_ctune.core.source import Source
from pulumi_ctune.tuning_job import difference_texts
from pulumi_ctune.tuning_job.request import Request, Submitted
from pulumi_ctune.tuning_job.source_lookup import resolve_source


def adopt_named_job(
    vertex: Vertex, context: WaitContext, owner: Owner, request: Request
) -> tuple[TuningJob, Source | None, bool]:
    """The job that `adopt_job` names, what it continues from, and whether another resource holds it as well.

    Raises:
        InvalidInputError: the job is not what the inputs ask for (each difference is listed), or another stack holds
            it and `deletion_policy` is `DELETE`.
        NotFoundError: there is no such job.
    """
    name = request.adopted_name
    job = _job(vertex, context, name)
    asked = _asked_source(vertex, context, request)
    different = _differences(request, job, asked)
    looks = Retries(LATE_FIELDS, context)
    while different and _may_show_more(job, request) and not looks.is_last:
        looks.pause(_not_the_same(name, different))
        job = _job(vertex, context, name)
        different = _differences(request, job, asked)
    if different:
        raise _not_the_same(name, different)
    return job, Submitted.of(job).source, _heed_other_holder(vertex, context, owner, request, job)


def _job(vertex: Vertex, context: WaitContext, name: str) -> TuningJob:
    try:
        return patiently(lambda: vertex.get_job(name), context)
    except NotFoundError as error:
        raise error.but(
            what="there is no such tuning job to adopt",
            where="adopt_job",
            next_step="Check id, project and location.",
        ) from error


def _asked_source(vertex: Vertex, context: WaitContext, request: Request) -> Source | None:
    """The source of the inputs by what it means now; as it is written where it is gone."""
    asked = request.source
    if asked is None:
        return None
    try:
        return patiently(lambda: resolve_source(vertex, asked, context.report), context)
    except SourceNotFoundError:
        return asked


def _differences(request: Request, job: TuningJob, asked: Source | None) -> list[str]:
    return difference_texts.from_job(request.canonical, asked, Submitted.of(job))


def _may_show_more(job: TuningJob, request: Request) -> bool:
    return bool(request.service_account) and not Submitted.of(job).service_account


def _not_the_same(name: str, different: list[str]) -> InvalidInputError:
    return InvalidInputError(
        f"tuning job {name} is not what the inputs ask for",
        where="adopt_job",
        why="; ".join(different),
        next_step="Make the inputs match the job, or leave adopt_job out to train anew.",
    )


def _heed_other_holder(vertex: Vertex, context: WaitContext, owner: Owner, request: Request, job: TuningJob) -> bool:
    """Whether another resource holds the job: said, and refused where a destroy of this one is to delete it there."""
    if not _is_held(vertex, context, job, owner, request.token):
        return False
    made_for_another = job.labels.get(ownership.RESOURCE, owner.key) != owner.key
    holder = ownership.holder_in_words(job.labels) if made_for_another else "another resource, which adopted it,"
    if request.deletion_policy == DELETE:
        raise InvalidInputError(
            f"tuning job {job.name} is not adopted",
            where="adopt_job",
            why=f"{holder} holds it, and with deletion_policy DELETE this stack would delete its model",
            next_step="Set deletion_policy to ABANDON, or destroy that resource first (with ABANDON).",
        )
    context.report.warn(
        f"tuning job {job.name} is adopted though {holder} holds it too: a destroy of either leaves what it has made"
    )
    return True


def _is_held(vertex: Vertex, context: WaitContext, job: TuningJob, owner: Owner, token: str) -> bool:
    """Whether another resource's state holds the job, as labels and mark tell; a job that still runs is its maker's."""
    if not job.tuned_model_name:
        return job.labels.get(ownership.RESOURCE, owner.key) != owner.key and not job_states.is_final(job.state)
    try:
        version = patiently(lambda: vertex.get_model_version(job.tuned_model_name), context)
    except NotFoundError:
        return False
    mark = version.labels.get(ownership.RECORDED, "")
    holder = ownership.token_of_hold(mark)
    if mark in ("", ownership.ABANDONED) or holder == token:
        return False
    return not (ownership.is_of_line(holder, owner) or ownership.is_of_its_maker(holder, job.labels, owner))
