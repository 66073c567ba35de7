"""Create and update: find the source, judge it, and have exactly one copy of it where the inputs want one.

Everything that can be refused is refused before anything is sent. Every step can be repeated: the engine calls a verb
again after any interruption. Knows neither HTTP nor Pulumi.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core import ownership
from pulumi_ctune.core.api import ModelVersion, Vertex
from pulumi_ctune.core.errors import (
    CtuneError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
)
from pulumi_ctune.core.hidden import ECHOED, HOLD, OWNER
from pulumi_ctune.core.names import ModelName, parent, project_of, same_project
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.core.registry_edits import edit_version
from pulumi_ctune.core.retry import WaitContext, explaining, patiently
from pulumi_ctune.core.versions import find_version
from pulumi_ctune.gate.verdict import check_requirements, requirements_of
from pulumi_ctune.model_copy import marks
from pulumi_ctune.model_copy.attributes import EARLIER, TARGET
from pulumi_ctune.model_copy.checks import two_steps
from pulumi_ctune.model_copy.copying import Copying, Grants, Wanted
from pulumi_ctune.model_copy.diff import is_other_source, kms_key_of
from pulumi_ctune.model_copy.outputs import facts_of, inputs_of, state_of, unfinished

_AGENT = (
    "Whoever copies needs a role on the source's project: grant roles/aiplatform.serviceAgent there to the Vertex AI "
    "service agent of the destination, service-NUMBER@gcp-sa-aiplatform.iam.gserviceaccount.com, then run the same "
    "command again."
)


def create(vertex: Vertex, context: WaitContext, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Copy the version, or take over what an earlier run has copied, and return the state.

    Raises `CtuneError` while nothing was copied, `Unfinished` once something may be.
    """
    return _copied(vertex, context, inputs, {})


def update(
    vertex: Vertex, context: WaitContext, old_state: Mapping[str, Any], inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Bring the copy in line with the inputs and return the new state. Raises as `create` does; until the copy of
    another source is there, the state that is kept names the version so far.
    """
    name = inputs["source_model_name"]
    if not old_state.get("tuned_model_name") or is_other_source(old_state, name):
        return _copied(vertex, context, inputs, old_state)
    if requirements_of(inputs.get("require")) != requirements_of(old_state.get("require")):
        grants = Grants(context, are_needed=False)
        _judge(vertex, context, inputs, _source(vertex, context, inputs, grants, f"{name} was not accepted"))
    kept = {key: value for key, value in old_state.items() if key not in (*inputs_of(old_state), ECHOED)}
    put: Mapping[str, Any] = old_state
    if old_state.get(ECHOED):  # an import: now it is this entry's, with labels that nobody here has put
        owner, put = Owner.of(inputs[OWNER]), {}
        kept[HOLD] = ownership.new_hold(owner.key)
        _claim(vertex, context, old_state["tuned_model_name"], owner, kept[HOLD])
    version = _labelled(vertex, context, old_state["tuned_model_name"], inputs, put)
    return {**kept, **inputs_of(inputs), **facts_of(version)}


def _copied(vertex: Vertex, context: WaitContext, inputs: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    name, what = inputs["source_model_name"], f"{inputs['source_model_name']} was not copied"
    key = kms_key_of(inputs.get("encryption_spec"))
    grants = Grants(context, are_needed=not _is_own_project(name, inputs["project"]) or bool(key))
    source = _source(vertex, context, inputs, grants, what)
    _refuse_two_steps(source, inputs, what)
    _judge(vertex, context, inputs, source)
    owner = Owner.of(inputs[OWNER])
    hold = old.get(HOLD) or ownership.new_hold(owner.key)
    wanted = Wanted(
        source=source,
        project=inputs["project"],
        location=inputs["location"],
        target=_target(vertex, context, inputs, source, owner, what),
        is_new=inputs.get("parent_model") is None,
        kms_key_name=key,
        owner=owner,
        hold=hold,
    )
    copying = Copying(vertex, context, wanted, grants)
    try:
        version = copying.run()
        version = _labelled(vertex, context, version.name, inputs, old)
    except CtuneError as error:
        cause = _explained(error, what, wanted)
        if not copying.may_exist:
            raise cause from error
        kept = dict(old) if old.get("tuned_model_name") else unfinished(inputs, wanted.target, hold)
        raise Unfinished(wanted.target, kept, cause) from error
    return state_of(inputs, version, wanted.target, hold, _earlier(old, version))


def _source(vertex: Vertex, context: WaitContext, inputs: Mapping[str, Any], grants: Grants, what: str) -> ModelVersion:
    name = inputs["source_model_name"]
    with explaining(what, where="source_model_name"):
        return grants.waited_for(lambda: find_version(vertex, name, what=what, where="source_model_name"))


def _is_own_project(name: str, project: str) -> bool:
    """Whether the source certainly lies in the project that it is copied to."""
    return project_of(name) == project


def _refuse_two_steps(source: ModelVersion, inputs: Mapping[str, Any], what: str) -> None:
    """By the numbers of the projects, as far as they are known; a preview knew the spelling of the inputs alone."""
    named, project, location = source.model_name, inputs["project"], inputs["location"]
    known = {project_of(inputs["source_model_name"]), named.project}
    if location != named.location and same_project(project, named.project, known) is False:
        raise InvalidInputError(what, where="location", why=two_steps(named, project, location))


def _judge(vertex: Vertex, context: WaitContext, inputs: Mapping[str, Any], source: ModelVersion) -> None:
    """By what the source was trained to: the copy is the same version."""
    check_requirements(
        vertex,
        context,
        source,
        requirements_of(inputs.get("require")),
        named=inputs["source_model_name"],
        checkpoint_id="",
        what=f"{inputs['source_model_name']} was not copied",
        next_step="Name a version that meets the limits, or change `require`.",
    )


def _target(
    vertex: Vertex, context: WaitContext, inputs: Mapping[str, Any], source: ModelVersion, owner: Owner, what: str
) -> str:
    """The model that the copy becomes a version of, by its full name."""
    given = inputs.get("parent_model")
    if given is None:
        id_ = inputs.get("model_id") or marks.model_id_of(owner, source.name, kms_key_of(inputs.get("encryption_spec")))
        return f"{parent(inputs['project'], inputs['location'])}/models/{id_}"
    try:
        with explaining(what, where="parent_model"):
            patiently(lambda: vertex.get_model_version(given), context)
    except NotFoundError as error:
        raise error.but(next_step="Name a model that is there, or leave parent_model out to make one.") from error
    return ModelName.parse(given).model


def _claim(vertex: Vertex, context: WaitContext, name: str, owner: Owner, hold: str) -> None:
    with explaining("the copy was not claimed", where=name):
        edit_version(vertex, context, name, lambda now: {"labels": marks.labels_of(now, owner, hold)})


def _labelled(
    vertex: Vertex, context: WaitContext, name: str, inputs: Mapping[str, Any], old: Mapping[str, Any]
) -> ModelVersion:
    """The version with the labels of the inputs, and without those that earlier inputs put."""

    def changes_of(now: ModelVersion) -> dict[str, Any]:
        labels = marks.put_labels(inputs.get("labels") or {}, old.get("labels") or {}, now)
        return {"labels": labels} if labels != dict(now.labels) else {}

    with explaining("the copy was not changed", where=name):
        return edit_version(vertex, context, name, changes_of)


def _earlier(old: Mapping[str, Any], version: ModelVersion) -> list[str]:
    """What this state entry has made before under the same model."""
    names = [*old.get(EARLIER, ()), *([old["tuned_model_name"]] if old.get("tuned_model_name") else [])]
    return [name for name in dict.fromkeys(names) if name != version.name and old.get(TARGET)]


def _explained(error: CtuneError, what: str, wanted: Wanted) -> CtuneError:
    if isinstance(error, InvalidInputError):
        return error.but(what=what)
    is_across = not _is_own_project(wanted.source.name, wanted.project)
    if isinstance(error, PermissionDeniedError) and is_across and not error.is_unauthenticated:
        return error.but(what=what, where=wanted.target, next_step=_AGENT)
    return error.explaining(what, where=wanted.target)
