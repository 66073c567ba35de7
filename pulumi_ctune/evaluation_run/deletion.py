"""Delete: cancel a run that still goes on, and do with its results what the deletion policy says.

ABANDON    leave run and results
DELETE     delete the run and the set of its results, and the rows if they were made here and no other run has them
PREVENT    refuse
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from pulumi_ctune.core.api import Vertex
from pulumi_ctune.core.deletion_policy import ABANDON, DELETE, PREVENT
from pulumi_ctune.core.errors import (
    ApiError,
    BadRequestError,
    CtuneError,
    NotFoundError,
    TuningJobTimeoutError,
    WaitInterruptedError,
)
from pulumi_ctune.core.names import location_of, parent, project_of
from pulumi_ctune.core.retry import AGAIN, WaitContext, explaining, patiently, while_busy
from pulumi_ctune.evaluation_run.attributes import OWN_SET
from pulumi_ctune.evaluation_run.wait import is_final, wait_for_run

DEFAULT_TIMEOUT = timedelta(hours=1)
"""How long delete takes at most where `custom_timeouts` says nothing."""

_NOT_DELETED = "the evaluation run was not deleted"


def delete(vertex: Vertex, context: WaitContext, id_: str, state: Mapping[str, Any], *, is_replaced: bool) -> None:
    """Carry out the policy; what is gone already is fine. `is_replaced`: another entry has taken the place of this one,
    whose policy the program can no longer change.
    """
    policy = state.get("deletion_policy") or ABANDON
    if policy == PREVENT:
        if is_replaced:
            return
        raise CtuneError(
            _NOT_DELETED,
            where=id_,
            why="its deletion_policy is PREVENT",
            next_step="Set it to ABANDON or DELETE, run `pulumi up`, then delete again.",
        )
    with explaining(_NOT_DELETED, where=id_):
        results, rows = str(state.get("result_set") or ""), str(state.get("evaluation_set") or "")
        try:
            run = patiently(lambda: vertex.get_evaluation_run(id_), context)
        except NotFoundError:  # a delete that was cut short may have left its sets
            pass
        else:
            if not is_final(run):
                _cancel(vertex, context, id_)
                context.report.info(f"asked Google to cancel evaluation run {id_}")
            if policy != DELETE:
                return
            try:
                run = wait_for_run(vertex, context, run)
            except (TuningJobTimeoutError, WaitInterruptedError) as error:
                raise error.but(what=_NOT_DELETED, why=f"{error.what}: {error.why}", next_step=AGAIN) from None
            results, rows = run.result_set, run.evaluation_set
            _gone(context, lambda: vertex.delete_evaluation_run(id_))
        if policy != DELETE:
            return
        if results:
            _delete_set(vertex, context, results, is_shared=False)
        if state.get(OWN_SET) and rows and not _is_used(vertex, context, id_, rows):
            _delete_set(vertex, context, rows, is_shared=True)


def _cancel(vertex: Vertex, context: WaitContext, name: str) -> None:
    try:
        patiently(lambda: vertex.cancel_evaluation_run(name), context)
    except (BadRequestError, NotFoundError):  # it has ended meanwhile
        return


def _delete_set(vertex: Vertex, context: WaitContext, name: str, *, is_shared: bool) -> None:
    """A set, and what is in it; a row that cannot be deleted stays.

    The set goes last, since it alone tells a delete that begins again which rows are left. One that is shared goes
    first: a run must not find it while it has rows no more.
    """
    try:
        items = patiently(lambda: vertex.get_evaluation_set(name), context).items
    except NotFoundError:
        return
    left = items if is_shared else _delete_items(vertex, context, items)
    _gone(context, lambda: vertex.delete_evaluation_set(name))
    left = _delete_items(vertex, context, left)
    if left:
        context.report.warn(f"{len(left):,} rows of {name} could not be deleted")


def _delete_items(vertex: Vertex, context: WaitContext, items: Sequence[str]) -> list[str]:
    """Return those that Google does not let go."""
    left = []
    for number, item in enumerate(items, 1):
        context.report.status(f"deleting rows: {number:,} of {len(items):,}")
        try:
            patiently(lambda item=item: vertex.delete_evaluation_item(item), context)  # type: ignore[misc]
        except NotFoundError:
            continue
        except BadRequestError:
            left.append(item)
    return left


def _is_used(vertex: Vertex, context: WaitContext, id_: str, evaluation_set: str) -> bool:
    """Whether another run has these rows; also where nobody can say."""
    try:
        runs = patiently(lambda: vertex.list_evaluation_runs(parent(project_of(id_), location_of(id_))), context)
    except ApiError:
        return True
    return any(run.name != id_ and run.evaluation_set == evaluation_set for run in runs)


def _gone(context: WaitContext, delete: Any) -> None:
    try:
        while_busy(lambda: patiently(delete, context), context)
    except NotFoundError:
        return
