"""The rules of a job's own inputs: where it runs, what it starts from, what it is called, how it is labelled.

Messages below are checked by `core.schema_checks`; here is what two inputs must have in common, and the inputs that are
Pulumi's or ours and not the API's.
"""

import re
from collections.abc import Mapping
from typing import Any, cast

from pulumi_ctune.core import grammar
from pulumi_ctune.core.budget import wrong_in
from pulumi_ctune.core.fields import SOURCES, SPECS, input_fields
from pulumi_ctune.core.input_rules import (
    check_deletion_policy,
    check_labels,
    check_place,
    check_text,
    location_of_foreign_key,
)
from pulumi_ctune.core.message_rules import check_one_of
from pulumi_ctune.core.messages import (
    Findings,
    child,
    show,
)
from pulumi_ctune.core.names import JobName, ModelName, locations_overlap
from pulumi_ctune.core.schema_checks import check_field, unknown_key
from pulumi_ctune.core.values import Unknown
from pulumi_ctune.tuning_job.attributes import Inputs

OWN_INPUTS = ("project", "location", "triggers", "adopt_job", "deletion_policy", "budget")
"""The inputs that are no fields of the request."""

LONGEST_DISPLAY_NAME = 128  # characters


def check_inputs(inputs: Mapping[str, Any], found: Findings) -> None:
    """Add everything that is wrong with a job's inputs."""
    given = cast("Inputs", {key: item for key, item in inputs.items() if item is not None and not _is_hidden(key)})
    check_place(given, found)
    for key in given:
        if key not in OWN_INPUTS and key not in input_fields():
            found[child("", key)] = unknown_key(key, input_fields(), OWN_INPUTS)
    if given.get("base_model") == "":
        found["base_model"] = "empty: name a model, such as 'gemini-3.5-flash', or leave it out"
    else:
        check_text(given, "base_model", grammar.base_model, found)
        check_one_of(SOURCES, given, "", found, missing_at=SOURCES[0])
    check_one_of(SPECS, given, "", found, missing_at=SPECS[0])
    for name, field in input_fields().items():
        check_field("TuningJob", field, given.get(name), name, found)
    _check_display_name(given, found)
    check_labels(given.get("labels"), found)
    if given.get("service_account") != "":
        check_text(given, "service_account", grammar.service_account, found)
    _check_source_location(given, found)
    _check_key_location(given, found)
    _check_adopt_job(given, found)
    _check_own_kinds(given, found)


def _is_hidden(key: object) -> bool:
    return str(key).startswith("__")


def _check_display_name(given: Inputs, found: Findings) -> None:
    name = given.get("tuned_model_display_name")
    if isinstance(name, str) and len(name) > LONGEST_DISPLAY_NAME:
        reason = f"the name is {len(name)} characters long: at most {LONGEST_DISPLAY_NAME} are allowed"
        found.setdefault("tuned_model_display_name", reason)


def _check_source_location(given: Inputs, found: Findings) -> None:
    """A model of a multi-region goes with the regions in it: tuned Gemini 3 models are served from `us` or `eu`."""
    source = given.get("pre_tuned_model")
    name = source.get("tuned_model_name") if isinstance(source, Mapping) else None
    location = given.get("location")
    if not isinstance(name, str) or not isinstance(location, str) or grammar.tuned_model_name(name):
        return
    model_location = ModelName.parse(name).location
    if "location" not in found and not locations_overlap(model_location, location):
        found.setdefault(
            "pre_tuned_model.tuned_model_name",
            f"the model is in {show(model_location)} and the job would run in {show(location)}: a job continues from a "
            f"model of its own location; set location to {show(model_location)} or name another model",
        )


def _check_key_location(given: Inputs, found: Findings) -> None:
    if there := location_of_foreign_key(given, found):
        found.setdefault(
            "encryption_spec.kms_key_name",
            f"the key is in {show(there)} and the job would run in {show(given['location'])}: use a key of the job's "
            "location",
        )


def _check_adopt_job(given: Inputs, found: Findings) -> None:
    """Which project a number means is known to nobody offline, so a project id and a number are not compared."""
    text = given.get("adopt_job")
    if text is None or text == "" or isinstance(text, Unknown):
        return
    if not isinstance(text, str):
        found["adopt_job"] = "not text: a number loses digits of an id; write it in quotes"
        return
    if re.fullmatch(r"[0-9]+", text):
        return
    try:
        job = JobName.parse(text)
    except ValueError:
        found["adopt_job"] = f"{show(text)} is not a job's id (digits) or full name, {JobName.FORM}"
        return
    for part, its_own in (("location", job.location), ("project", job.project)):
        ours = given.get(part)
        comparable = isinstance(ours, str) and part not in found
        if comparable and part == "project":
            comparable = str(ours).isdigit() == its_own.isdigit()
        if comparable and ours != its_own:
            found.setdefault(
                "adopt_job",
                f"the job is in {part} {show(its_own)}, this resource in {show(ours)}: set {part} to {show(its_own)}",
            )


def _check_own_kinds(given: Inputs, found: Findings) -> None:
    triggers = given.get("triggers")
    if triggers is not None and not isinstance(triggers, list | tuple | Unknown):
        found["triggers"] = f"{show(triggers)} is not a list; write [...] around it"
    check_deletion_policy(given.get("deletion_policy"), found)
    found.update(wrong_in(given.get("budget"), "budget"))
