"""Read: whether the copy is there, and its labels. Gone means that the version is gone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pulumi_ctune.core import import_ids, ownership
from pulumi_ctune.core.api import ModelVersion, Vertex
from pulumi_ctune.core.errors import NotFoundError
from pulumi_ctune.core.hidden import ECHOED
from pulumi_ctune.core.outcomes import Found
from pulumi_ctune.core.retry import LONGEST_REFRESH, WaitContext, explaining, patiently
from pulumi_ctune.model_copy.attributes import SOURCE, TARGET
from pulumi_ctune.model_copy.outputs import facts_of, inputs_of

_WHAT = "the copy could not be read"


def read(vertex: Vertex, context: WaitContext, id_: str, state: Mapping[str, Any]) -> Found | None:
    """Return the copy as it is now, or None when it is gone.

    `state` is what was recorded; without `__target` in it (`.get()`) everything follows from the id, and None says also
    that the version is no copy. A copy that is still under way is left as it is recorded: the next `up` goes on.
    """
    if state.get(TARGET) and not state.get("tuned_model_name"):
        return Found(state, inputs_of(state))
    context = replace(context, timeout=min(context.timeout, LONGEST_REFRESH))
    name = state.get("tuned_model_name") if state.get(TARGET) else id_
    if not state.get(TARGET):
        import_ids.expect_version(id_, _WHAT)
    try:
        with explaining(_WHAT, where=str(name)):
            version = patiently(lambda: vertex.get_model_version(str(name)), context)
    except NotFoundError:
        return None
    if not state.get(TARGET):
        return _found_without_state(version) if version.copied_from else None
    inputs = inputs_of(state)
    put = state.get("labels") or {}
    there = {key: version.labels[key] for key in put if key in version.labels}
    if there != put:
        inputs["labels"] = there
    return Found({**state, **inputs, **facts_of(version)}, inputs)


def _found_without_state(version: ModelVersion) -> Found:
    place = version.model_name
    inputs: dict[str, Any] = {
        "source_model_name": version.copied_from,
        "project": place.project,
        "location": place.location,
        "model_id": place.model_id,
    }
    if version.kms_key_name:
        inputs["encryption_spec"] = {"kms_key_name": version.kms_key_name}
    if labels := ownership.without_ours(version.labels):
        inputs["labels"] = labels
    return Found(
        {**inputs, **facts_of(version), TARGET: version.model, SOURCE: version.copied_from, ECHOED: True}, inputs
    )
