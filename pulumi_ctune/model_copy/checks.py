"""The rules that the inputs of a copy are held to before anything is sent: in a preview, offline.

Values that are not known yet are skipped. Source:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/model-registry/copy-model
"""

import re
from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core.fields import input_fields
from pulumi_ctune.core.input_rules import (
    check_deletion_policy,
    check_labels,
    check_place,
    check_text,
    location_of_foreign_key,
)
from pulumi_ctune.core.kind import Failure, failures_of
from pulumi_ctune.core.messages import Findings, meant, show
from pulumi_ctune.core.name_checks import check_names, pinned_name
from pulumi_ctune.core.names import ModelName, model_name
from pulumi_ctune.core.schema_checks import check_field
from pulumi_ctune.core.versions import may_be_project
from pulumi_ctune.gate.input_checks import check_require, metric_warnings, promoted_in

_MODEL_ID = re.compile(r"[a-z_][a-z0-9_-]{0,62}")
_MODEL_FORM = "projects/PROJECT/locations/LOCATION/models/MODEL"


def check(inputs: Mapping[str, Any]) -> list[Failure]:
    """Everything that is wrong with the inputs of a copy, at most one failure for each field."""
    found: Findings = {}
    given = {key: value for key, value in inputs.items() if value is not None}
    check_names(inputs, {"source_model_name": _source}, found)
    check_place(given, found)
    _check_two_steps(given, found)
    _check_target(given, found)
    for name in ("encryption_spec", "labels"):
        check_field("TuningJob", input_fields()[name], given.get(name), name, found)
    check_labels(given.get("labels"), found)
    if there := location_of_foreign_key(given, found):
        found.setdefault(
            "encryption_spec.kms_key_name",
            f"the key is in {show(there)} and the copy would lie in {show(given['location'])}: use a key of the copy's "
            "location; the source's key is not inherited",
        )
    check_deletion_policy(given.get("deletion_policy"), found)
    check_require(given.get("require"), found, promoted_in(given, found, "source_model_name"))
    return failures_of(found)


def warnings(inputs: Mapping[str, Any]) -> list[str]:
    """What is allowed but hardly meant, a sentence each, of inputs that `check` finds nothing wrong with."""
    lines = metric_warnings(inputs.get("require"))
    source, project = model_name(inputs.get("source_model_name")), inputs.get("project")
    if source and source.project == project and source.location == inputs.get("location"):
        lines.append(
            f"project: the copy lies where its source does, in {show(source.location)} of {show(project)}; a stage of "
            "the same project needs none"
        )
    return lines


def two_steps(source: ModelName, project: str, location: str) -> str:
    """Why a copy to another project and another region is refused, and the two steps that do it."""
    return (
        f"the version lies in project {show(source.project)} in {show(source.location)}, the copy would lie in project "
        f"{show(project)} in {show(location)}, and Google copies to another project or to another region, not to both "
        f"in one step: first a ModelCopy with project={show(source.project)} and location={show(location)}, then one "
        f"of its tuned_model_name with project={show(project)}"
    )


def _source(text: str) -> str:
    return pinned_name(text, base_model="what is copied is a version of a tuned model")


def _check_two_steps(given: Mapping[str, Any], found: Findings) -> None:
    source, project, location = (given.get(key) for key in ("source_model_name", "project", "location"))
    name = model_name(source)
    if name is None or not isinstance(project, str) or not isinstance(location, str) or found:
        return
    if location != name.location and not may_be_project(project, (name.project,)):
        found["location"] = two_steps(name, project, location)


def _check_target(given: Mapping[str, Any], found: Findings) -> None:
    if "model_id" in given and "parent_model" in given:
        found["parent_model"] = (
            "this or model_id: the copy is the next version of a model that is there, or version 1 of a new one"
        )
        return
    check_text(given, "model_id", _model_id, found)
    check_text(given, "parent_model", _model, found)
    parent = model_name(given.get("parent_model"))
    if parent is None or "parent_model" in found:
        return
    project, location = given.get("project"), given.get("location")
    is_other_place = isinstance(location, str) and location != parent.location
    is_other_project = isinstance(project, str) and not may_be_project(project, (parent.project,))
    if (is_other_place or is_other_project) and not {"project", "location"} & found.keys():
        place = "location" if is_other_place else "project"
        found["parent_model"] = (
            f"{show(str(parent))} is not in the destination, {place} {show(given[place])}: a copy is a version of a "
            "model of its own place"
        )


def _model_id(text: str) -> str:
    if _MODEL_ID.fullmatch(text):
        return ""
    if name := model_name(text):
        return f"{show(text)} is a whole name{meant(name.model_id)}"
    near = re.sub(r"[^a-z0-9_-]+", "-", text.strip().lower()).strip("-")[:63]
    return (
        f"{show(text)} is not the id of a model: up to 63 characters a-z, 0-9, _ or -, the first a letter or _"
        f"{meant(near if _MODEL_ID.fullmatch(near) else '')}"
    )


def _model(text: str) -> str:
    name = model_name(text)
    if name is None:
        return f"{show(text)} is not of the form {_MODEL_FORM}"
    if name.version is not None:
        return f"{show(text)} names a version: the copy becomes a new one{meant(name.model)}"
    return ""
