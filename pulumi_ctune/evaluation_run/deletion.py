"""Delete: cancel a run that still goes on, and do with its results what the deletion policy says.

ABANDON    leave run and results
DELETE     delete the run and the set of its results, and the rows if they were made here and no other run has them
PREVENT    refuse
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pulumi_ctune.core.api import Vertex
from pulumi_ctune.core.errors import ApiError, BadRequestError, CtuneError, NotFoundError
from pulumi_ctune.core.names import location_of, parent, project_of
from pulumi_ctune.core.retry import Surroundings, explaining, patiently, while_busy
from pulumi_ctune.evaluation_run.attributes import ABANDON, DELETE, OWN_SET, PREVENT
from pulumi_ctune.evaluation_run.wait import is_final, wait_for_run

DEFAULT_TIMEOUT = timedelta(hours=1)
"""How long delete takes at most where `custom_timeouts` says nothing."""


def delete(vertex: Vertex, world: Surroundings, id_: str, state: Mapping[str, Any], *, is_replaced: bool) -> None:
    """Carry out the policy; what is gone already is fine. `is_replaced`: another entry has taken the place of this one,
    whose policy the program can no longer change.
    """
    policy = state.get("deletion_policy") or ABANDON
    if policy == PREVENT:
        if is_replaced:
            return
        raise CtuneError(
            "the evaluation run was not deleted",
            where=id_,
            why="its deletion_policy is PREVENT",
            next_step="Set it to ABANDON or DELETE, run `pulumi up`, then delete again.",
        )
    with explaining("the evaluation run was not deleted", where=id_):
        results, rows = str(state.get("result_set") or ""), str(state.get("evaluation_set") or "")
        try:
            run = patiently(lambda: vertex.get_evaluation_run(id_), world)
        except NotFoundError:  # a delete that was cut short may have left its sets
            pass
        else:
            if not is_final(run):
                _cancel(vertex, world, id_)
                world.report.info(f"asked Google to cancel evaluation run {id_}")
            if policy != DELETE:
                return
            run = wait_for_run(vertex, world, run)
            results, rows = run.result_set, run.evaluation_set
            _gone(world, lambda: vertex.delete_evaluation_run(id_))
        if policy != DELETE:
            return
        if results:
            _delete_set(vertex, world, results)
        if state.get(OWN_SET) and rows and not _is_used(vertex, world, id_, rows):
            _delete_set(vertex, world, rows)


def _cancel(vertex: Vertex, world: Surroundings, name: str) -> None:
    try:
        patiently(lambda: vertex.cancel_evaluation_run(name), world)
    except (BadRequestError, NotFoundError):  # it has ended meanwhile
        return


def _delete_set(vertex: Vertex, world: Surroundings, name: str) -> None:
    """A set, and what is in it; a row that cannot be deleted stays."""
    try:
        items = patiently(lambda: vertex.get_evaluation_set(name), world).items
    except NotFoundError:
        return
    _gone(world, lambda: vertex.delete_evaluation_set(name))
    left = 0
    for number, item in enumerate(items, 1):
        world.report.status(f"deleting rows: {number:,} of {len(items):,}")
        try:
            _gone(world, lambda item=item: vertex.delete_evaluation_item(item))
        except BadRequestError:
            left += 1
    if left:
        world.report.warn(f"{left:,} rows of {name} could not be deleted")


def _is_used(vertex: Vertex, world: Surroundings, id_: str, evaluation_set: str) -> bool:
    """Whether another run has these rows; also where nobody can say."""
    try:
        runs = patiently(lambda: vertex.list_evaluation_runs(parent(project_of(id_), location_of(id_))), world)
    except ApiError:
        return True
    return any(run.name != id_ and run.evaluation_set == evaluation_set for run in runs)


def _gone(world: Surroundings, delete: Any) -> None:
    try:
        while_busy(lambda: patiently(delete, world), world)
    except NotFoundError:
        return
