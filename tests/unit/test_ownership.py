"""The labels that tell whose a job is."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pulumi_ctune.core.ownership import (
    Owner,
    first_token,
    is_anothers,
    labels_of,
    new_hold,
    next_token,
    source_key,
    token_of_hold,
    without_ours,
)
from pulumi_ctune.core.source import Source
from pulumi_ctune.tuning_job.request import Request
from pulumi_ctune.tuning_job.state import State

INPUTS: dict[str, Any] = {
    "project": "acme",
    "location": "us-central1",
    "base_model": "gemini-3.5-flash",
    "supervised_tuning_spec": {"training_dataset_uri": "gs://b/t", "hyper_parameters": {"adapter_size": 4}},
}
texts = st.text(max_size=90)


def inputs_key(inputs: dict[str, Any]) -> str:
    return Request.parse(inputs).key


@given(st.builds(Owner, texts, texts, texts, texts, texts))
def test_labels_are_valid_for_any_names(owner: Owner) -> None:
    """Whatever stacks and resources are called, the labels obey Google's grammar."""
    token = first_token(owner.organization, owner.urn)
    labels = labels_of(owner, token, inputs_key(INPUTS), Source("projects/1/locations/us-central1/models/2@3", "1"))
    labels["ctune-recorded"] = new_hold(token)

    assert all(re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", key) for key in labels)
    assert all(re.fullmatch(r"[a-z0-9_-]{0,63}", value) for value in labels.values())


def test_resources_of_two_organizations_are_known_apart() -> None:
    """Stacks of the same name in two organizations share no jobs."""
    one = Owner("one", "p", "dev", "n", "urn:pulumi:dev::p::t::n")
    two = Owner("two", "p", "dev", "n", "urn:pulumi:dev::p::t::n")

    assert one.key != two.key


def test_other_spelling_of_the_same_work_has_the_same_key() -> None:
    """The key goes by meaning, so that a run after an upgrade or a reformatting still finds its job."""
    spelled = {**INPUTS, "supervised_tuning_spec": {**INPUTS["supervised_tuning_spec"], "hyper_parameters": {
        "adapter_size": "ADAPTER_SIZE_FOUR"}}, "triggers": []}  # fmt: skip

    assert inputs_key(spelled) == inputs_key(INPUTS)


def test_key_of_a_submitted_job_stays_the_same_in_later_releases() -> None:
    """A run that was interrupted under an earlier release finds its job: the key is fixed for all time."""
    triggers = [1.0, "a", {"b": [2.5, True, None]}, float("nan")]

    keys = inputs_key(INPUTS), inputs_key({**INPUTS, "triggers": triggers})

    assert keys == ("0a9ee6e1c4a7aa6fe2bb", "36719e7e5101e44ede30")


def test_full_name_of_the_base_model_has_the_key_of_its_id() -> None:
    """`publishers/google/models/M` and `M` ask for the same work."""
    full_name = f"publishers/google/models/{INPUTS['base_model']}"

    assert inputs_key({**INPUTS, "base_model": full_name}) == inputs_key(INPUTS)


def test_display_name_changes_the_key() -> None:
    """Another name may ask for a model of its own, which is other work."""
    assert inputs_key({**INPUTS, "tuned_model_display_name": "support"}) != inputs_key(INPUTS)


def test_triggers_change_the_key() -> None:
    """Other triggers are other work."""
    assert inputs_key({**INPUTS, "triggers": [1.0]}) != inputs_key({**INPUTS, "triggers": [2.0]})


def test_metadata_does_not_change_the_key() -> None:
    """A job is found again although its labels or its description were edited meanwhile."""
    assert inputs_key({**INPUTS, "labels": {"a": "b"}, "description": "d"}) == inputs_key(INPUTS)


def test_own_and_google_labels_are_not_the_users() -> None:
    """What we and Google put on a model never shows up as drift."""
    labels = {"team": "a", "ctune-name": "n", "tune-type": "sft", "google-vertex-llm-tuning-job-id": "1"}

    assert without_ours(labels) == {"team": "a"}


def test_key_passes_over_what_is_compared_by_meaning() -> None:
    """Project ids and numbers, in whatever name, and the spelling of the source leave the key as it is."""
    key = {"encryption_spec": {"kms_key_name": "projects/acme/locations/us-central1/keyRings/r/cryptoKeys/k"}}
    by_number = {"encryption_spec": {"kms_key_name": "projects/17/locations/us-central1/keyRings/r/cryptoKeys/k"}}

    assert inputs_key({**INPUTS, **key}) == inputs_key({**INPUTS, **by_number, "project": "17"})
    assert inputs_key({**INPUTS, **key}) != inputs_key(INPUTS)


def test_source_has_one_key_whatever_its_project_is_called() -> None:
    """The resolved version and checkpoint count; the project may be an id or its number."""
    by_id = Source("projects/acme/locations/us-central1/models/2@3", "1")
    by_number = Source("projects/17/locations/us-central1/models/2@3", "1")

    assert source_key(by_id) == source_key(by_number)
    assert source_key(by_id) != source_key(Source(by_id.tuned_model_name, "2"))


def test_tokens_of_successive_entries_are_derived() -> None:
    """A preview and the update after it find the same token; a replacement's is another one than its predecessor's."""
    first = first_token("o", "urn:a")

    assert first_token("o", "urn:a") == first
    assert next_token(first) == next_token(first) != first
    assert token_of_hold(new_hold(first)) == first
    assert new_hold(first) != new_hold(first)


def test_mark_tells_another_holder() -> None:
    """Only the mark that the state itself has, none, or a destroy's is no other holder's."""
    hold = State.parse({"__hold": "t-1", "__owner": {"token": "t"}}).hold

    assert [is_anothers(mark, hold) for mark in ("", "abandoned", "t-1", "t-2", "u")] == [False] * 3 + [True] * 2


def test_state_of_the_first_release_knows_its_mark() -> None:
    """States of 0.1.0 marked what they held by their token alone."""
    assert not is_anothers("t", State.parse({"__owner": {"token": "t"}}).hold)
