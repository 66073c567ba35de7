"""Delete: do with the copies of a state entry what the deletion policy says.

    ABANDON    leave them, marked: the next `up` with the same inputs takes them up
    DELETE     remove them, and a model with its last version; refuse while somebody uses one
    PREVENT    refuse

What another state entry has taken over meanwhile is left, whatever the policy. What is gone already is no error.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pulumi_ctune.core import operations, ownership
from pulumi_ctune.core.api import ModelVersion, Vertex
from pulumi_ctune.core.deletion_policy import ABANDON, DELETE, PREVENT
from pulumi_ctune.core.errors import ApiError, CtuneError, NotFoundError
from pulumi_ctune.core.hidden import HOLD, OWNER
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.core.printable import listed
from pulumi_ctune.core.registry_edits import changed_labels, edit_version
from pulumi_ctune.core.retry import WaitContext, explaining, patiently
from pulumi_ctune.core.version_removal import (
    InUseError,
    delete_version,
    refuse_while_pointed_at,
    serving_elsewhere,
    still_deployed,
)
from pulumi_ctune.model_copy import marks
from pulumi_ctune.model_copy.attributes import EARLIER, TARGET
from pulumi_ctune.model_copy.diff import is_other_source


def delete(
    vertex: Vertex,
    context: WaitContext,
    state: Mapping[str, Any],
    *,
    is_replaced: Callable[[], bool] = lambda: False,
) -> None:
    """Carry out the deletion policy in `state`. `is_replaced` tells whether another entry has taken the place of this
    one: then what may not go stays.
    """
    policy = state.get("deletion_policy") or ABANDON
    with explaining("the copy was not deleted", where=str(state[TARGET])):
        for version in _versions(vertex, context, state):
            if ownership.is_anothers(marks.hold_on(version), str(state.get(HOLD) or "")):
                context.report.warn(f"nothing of {version.name} is deleted: another state entry has taken it over")
                continue
            _deal_with(vertex, context, version, policy, is_replaced)


def _deal_with(
    vertex: Vertex, context: WaitContext, version: ModelVersion, policy: str, is_replaced: Callable[[], bool]
) -> None:
    if policy == PREVENT and not is_replaced():
        raise CtuneError(
            "the copy is not deleted",
            where=version.name,
            why="its deletion_policy is PREVENT",
            next_step="Set deletion_policy to ABANDON or DELETE, run `pulumi up`, then delete again.",
        )
    if policy == DELETE:
        try:
            refuse_while_pointed_at(version)
            if serving := serving_elsewhere(vertex, context, version):
                raise still_deployed(version, f"it is deployed on {listed(serving)}")
            delete_version(vertex, context, version)
            return
        except InUseError as error:
            if not is_replaced():
                raise
            context.report.warn(f"{version.name} is not deleted although deletion_policy is DELETE: {error.why}")
    _abandon(vertex, context, version)


def _abandon(vertex: Vertex, context: WaitContext, version: ModelVersion) -> None:
    mark = {ownership.RECORDED: ownership.ABANDONED}
    try:
        edit_version(vertex, context, version.name, lambda now: changed_labels(now.labels, mark))
    except NotFoundError:
        return
    except ApiError as error:
        context.report.warn(f"{version.name} stays, but could not be marked as abandoned: {error.why}")
    context.report.info(f"this stays at Google: {version.name}")


def _versions(vertex: Vertex, context: WaitContext, state: Mapping[str, Any]) -> list[ModelVersion]:
    """What of the state entry is still there, the newest first."""
    if not state.get("tuned_model_name"):
        return _left_by_interrupted(vertex, context, state)
    found = []
    for name in (state["tuned_model_name"], *reversed(state.get(EARLIER, ()))):
        try:
            found.append(patiently(lambda name=name: vertex.get_model_version(name), context))  # type: ignore[misc]
        except NotFoundError:
            continue
    return found


def _left_by_interrupted(vertex: Vertex, context: WaitContext, state: Mapping[str, Any]) -> list[ModelVersion]:
    """What a copy has come to that no run saw the end of: ours, or not marked yet."""
    target, owner = state[TARGET], Owner.of(state.get(OWNER) or {})
    try:
        for operation in patiently(lambda: vertex.list_copy_operations(target), context):
            if not operation.done:
                operations.finish(vertex, context, operation, f"waiting for the copy to {target}", signed_in=True)
        versions = patiently(lambda: vertex.list_model_versions(target), context)
    except NotFoundError:
        return []
    return [
        version
        for version in versions
        if version.copied_from and not is_other_source(state, version.copied_from)
        if marks.is_owned(version, owner) or not marks.is_marked(version)
    ]
