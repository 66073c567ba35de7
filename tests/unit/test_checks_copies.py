"""Plan-time rules of a copy: each at its own field, offline."""

from typing import Any

import pytest

from pulumi_ctune.core.kind import Call, CheckRun
from pulumi_ctune.core.values import UNKNOWN
from pulumi_ctune.model_copy.checks import check, warnings
from pulumi_ctune.model_copy.kind import ModelCopyKind

VERSION = "projects/acme/locations/us-central1/models/4711@2"
PARENT = "projects/acme-prod/locations/us-central1/models/support"
KEY = "projects/acme-prod/locations/{}/keyRings/ring/cryptoKeys/key"
GOOD: dict[str, Any] = {"source_model_name": VERSION, "project": "acme-prod", "location": "us-central1"}


@pytest.mark.parametrize(
    "inputs",
    [
        GOOD,
        GOOD | {"model_id": "support_1-a", "labels": {"stage": "prod"}, "deletion_policy": "PREVENT"},
        GOOD | {"parent_model": PARENT, "encryption_spec": {"kms_key_name": KEY.format("us-central1")}},
        GOOD | {"parent_model": PARENT.replace("acme-prod", "123")},
        GOOD | {"project": "123", "location": "europe-west4"},
        GOOD | {"project": "acme", "location": "europe-west4"},
        GOOD | {"project": UNKNOWN, "location": "europe-west4"},
        dict.fromkeys(GOOD, UNKNOWN),
        GOOD | {"parent_model": UNKNOWN, "encryption_spec": UNKNOWN, "labels": UNKNOWN, "require": UNKNOWN},
    ],
    ids=str,
)
def test_inputs_without_a_fault_pass(inputs: dict[str, Any]) -> None:
    """What may be right is not refused, unknown values and projects that cannot be compared least of all."""
    assert check(inputs) == []


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"source_model_name": None}, "source_model_name", "missing: set this input"),
        ({"source_model_name": VERSION[:-2]}, "source_model_name", "names no version: pin one by its number"),
        ({"source_model_name": f"{VERSION[:-1]}golden"}, "source_model_name", "by the alias 'golden', which moves"),
        (
            {"source_model_name": "gemini-3.5-flash"},
            "source_model_name",
            "is a base model: what is copied is",
        ),
        ({"project": None}, "project", "missing: set this input, stack config (`pulumi config set gcp:project"),
        ({"location": "global"}, "location", "'global' serves models"),
        ({"model_id": "Support Bot"}, "model_id", "the first a letter or _; did you mean 'support-bot'?"),
        ({"model_id": PARENT}, "model_id", "is a whole name; did you mean 'support'?"),
        ({"model_id": "a" * 64}, "model_id", "up to 63 characters"),
        ({"model_id": "support", "parent_model": PARENT}, "parent_model", "this or model_id"),
        ({"parent_model": "support"}, "parent_model", "is not of the form projects/PROJECT/"),
        ({"parent_model": f"{PARENT}@3"}, "parent_model", "names a version: the copy becomes a new one; did you mean"),
        (
            {"parent_model": PARENT.replace("us-central1", "europe-west4")},
            "parent_model",
            "is not in the destination, location 'us-central1'",
        ),
        (
            {"parent_model": PARENT.replace("acme-prod", "acme")},
            "parent_model",
            "is not in the destination, project 'acme-prod'",
        ),
        (
            {"encryption_spec": {"kms_key_name": KEY.format("europe-west4")}},
            "encryption_spec.kms_key_name",
            "the key is in 'europe-west4' and the copy would lie in 'us-central1'",
        ),
        ({"encryption_spec": {"kms_key_name": "k"}}, "encryption_spec.kms_key_name", "is not of the form"),
        ({"labels": {"ctune-stack": "a"}}, "labels.ctune-stack", "is reserved"),
        ({"deletion_policy": "KEEP"}, "deletion_policy", "is not one of 'ABANDON', 'DELETE' or 'PREVENT'"),
        ({"require": [{"metric": "/eval_total_loss"}]}, "require[0]", "no limit"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_fault_is_reported_at_its_field(change: dict[str, Any], field: str, reason: str) -> None:
    """One failure, with what was given and what is allowed."""
    (failure,) = check(GOOD | change)

    assert failure.property == field
    assert reason in failure.reason


def test_other_project_and_other_region_are_refused_with_the_two_steps() -> None:
    """Google copies to the one or to the other; the line is what to write."""
    (failure,) = check(GOOD | {"location": "europe-west4"})

    assert failure.property == "location"
    assert failure.reason == (
        "the version lies in project 'acme' in 'us-central1', the copy would lie in project 'acme-prod' in "
        "'europe-west4', and Google copies to another project or to another region, not to both in one step: first a "
        "ModelCopy with project='acme' and location='europe-west4', then one of its tuned_model_name with "
        "project='acme-prod'"
    )


def test_result_of_the_source_is_judged_in_the_preview() -> None:
    """A limit that is missed is told before anything is copied; another version's result is refused."""
    result = {"tuned_model_name": VERSION, "metrics": {"exact_match": 0.5}, "total_items": 10}
    gate = {"evaluation": result, "metric": "exact_match", "at_least": 0.9}

    checked = ModelCopyKind().check(CheckRun(Call(), {}), {}, GOOD | {"require": [gate]})
    (foreign,) = check(GOOD | {"require": [{**gate, "evaluation": {**result, "tuned_model_name": f"{VERSION}1"}}]})

    assert (checked.failures, len(checked.notes)) == ([], 1)
    assert checked.notes[0].endswith("`pulumi up` is refused")
    assert "the result is of" in foreign.reason


def test_copy_to_its_own_place_is_warned_of() -> None:
    """It is what a forgotten `project` makes."""
    assert warnings(GOOD) == []
    (line,) = warnings(GOOD | {"project": "acme"})
    assert line.startswith("project: the copy lies where its source does")
