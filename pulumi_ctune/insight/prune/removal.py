"""Delete what a plan lists, one after the other, each looked at once more before.

What is gone already is no error, so a run that was cut short is repeated as a whole. The first refusal ends it: what a
plan lists hangs together.
"""

from collections.abc import Callable
from functools import partial

from pulumi_ctune.core import ownership
from pulumi_ctune.core.api import ModelVersion, Vertex
from pulumi_ctune.core.deletion_policy import DELETE
from pulumi_ctune.core.errors import CtuneError, NotFoundError
from pulumi_ctune.core.names import JobName
from pulumi_ctune.core.retry import WaitContext, patiently
from pulumi_ctune.evaluation_run import deletion as evaluations
from pulumi_ctune.insight.inventory import key_of
from pulumi_ctune.insight.prune.protection import continues_from
from pulumi_ctune.insight.prune.survey import Item, Survey
from pulumi_ctune.tuning_job.removal import remove_results

_NOT_DELETED = "it is not deleted"


def remove(vertex: Vertex, wait_context: WaitContext, survey: Survey, item: Item) -> None:
    """Delete one thing of the plan that was made of `survey`. Raises `CtuneError`, and changes nothing that
    somebody uses by now.
    """
    if item.run is not None:
        state = {"deletion_policy": DELETE, "result_set": item.run.result_set}  # rows stay: other runs may have them
        evaluations.delete(vertex, wait_context, item.name, state, is_replaced=False)
        return
    if item.job is None:
        return
    version = _still_unused(vertex, wait_context, survey, item) if item.version is not None else None
    remove_results(vertex, wait_context, item.job, version)


def remove_all(
    vertex: Vertex,
    wait_context: Callable[[], WaitContext],
    survey: Survey,
    listed: list[Item],
    removed: Callable[[Item], None],
) -> tuple[Item, CtuneError] | None:
    """Delete them all, or as many as go: what was refused first, and why. `removed` hears of each one that is gone."""
    for item in listed:
        try:
            remove(vertex, wait_context(), survey, item)
        except CtuneError as error:
            return item, error
        removed(item)
    return None


def _still_unused(vertex: Vertex, wait_context: WaitContext, survey: Survey, item: Item) -> ModelVersion | None:
    """The version as it is now; None where it is gone. Aliases and deployments are looked at by `remove_results`."""
    try:
        version = patiently(partial(vertex.get_model_version, item.name), wait_context)
    except NotFoundError:
        return None
    mark = version.labels.get(ownership.RECORDED, "")
    if mark not in ("", ownership.ABANDONED):
        raise _refused(item, "a state entry has claimed it since it was listed")
    known = {key_of(job.name) for job in survey.inventory.listed}
    if item.job is not None:
        place = JobName.parse(item.job.name)
        for job in patiently(partial(vertex.list_jobs, place.project, place.location), wait_context):
            if key_of(job.name) not in known and continues_from(job, version):
                raise _refused(item, f"{job.name}, which is new, continues from it")
    return version


def _refused(item: Item, why: str) -> CtuneError:
    return CtuneError(_NOT_DELETED, where=item.name, why=why, next_step="Run the command again for a new list.")
