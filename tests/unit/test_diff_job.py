"""What a change of inputs means for a job that the state holds."""

from typing import Any

import pytest

from pulumi_ctune.core.outcomes import Fate, Plan
from pulumi_ctune.core.source import Source
from pulumi_ctune.core.values import UNKNOWN
from pulumi_ctune.tuning_job import diff
from pulumi_ctune.tuning_job.draft import Draft
from pulumi_ctune.tuning_job.state import State

MODEL = "projects/123456789012/locations/us-central1/models/77"
SFT = {"training_dataset_uri": "gs://b/t.jsonl", "hyper_parameters": {"epoch_count": 2, "adapter_size": 4}}
RFT = {
    "training_dataset_uri": "gs://b/t.jsonl",
    "hyper_parameters": {"batch_size": 16},
    "single_reward_config": {
        "reward_name": "r",
        "string_match_reward_scorer": {"string_match_expression": {"expression": "x"}},
    },
}
FROM_BASE: dict[str, Any] = {
    "project": "acme",
    "location": "us-central1",
    "base_model": "gemini-3.5-flash",
    "supervised_tuning_spec": SFT,
    "labels": {"team": "a"},
}
CONTINUED: dict[str, Any] = {
    "project": "acme",
    "location": "us-central1",
    "pre_tuned_model": {"tuned_model_name": f"{MODEL}@golden", "checkpoint_id": "2"},
    "reinforcement_tuning_spec": RFT,
}
DONE: dict[str, Any] = {
    "name": "projects/123456789012/locations/us-central1/tuningJobs/1",
    "state": "JOB_STATE_SUCCEEDED",
    "__recorded": True,
    "__made_model": True,
}
SOURCE = {"source_model_name": f"{MODEL}@3", "source_checkpoint_id": "2"}


def plan(state: dict[str, Any], inputs: dict[str, Any], *fate: Any, **options: Any) -> Plan:
    return diff.plan(State.parse(state), Draft.of(inputs), *fate, **options)


def open_source(state: dict[str, Any], inputs: dict[str, Any], accepted: Source | None = None) -> str | None:
    return diff.open_source(State.parse(state), Draft.of(inputs), accepted)


def planned(old: dict[str, Any], new: dict[str, Any], **outputs: Any) -> Plan:
    recorded = SOURCE if "pre_tuned_model" in old else {}
    return plan({**old, **DONE, **recorded, **outputs}, {key: value for key, value in new.items() if value is not None})


@pytest.mark.parametrize(
    "change",
    [
        {},
        {
            "supervised_tuning_spec": {
                **SFT,
                "hyper_parameters": {"epoch_count": 2.0, "adapter_size": "ADAPTER_SIZE_FOUR"},
            }
        },
        {"supervised_tuning_spec": {**SFT, "hyper_parameters": {"epoch_count": "2", "adapter_size": 4.0}}},
        {"supervised_tuning_spec": {**SFT, "export_last_checkpoint_only": False}},
        {
            "supervised_tuning_spec": {
                **SFT,
                "hyper_parameters": {"epoch_count": 2, "adapter_size": 4, "learning_rate_multiplier": 1},
            }
        },
        {"base_model": "publishers/google/models/gemini-3.5-flash"},
        {"project": "123456789012"},
        {"deletion_policy": "ABANDON"},
        {"triggers": []},
        {"description": ""},
        {"adopt_job": "1"},
    ],
    ids=str,
)
def test_other_spelling_of_the_same_inputs_is_no_change(change: dict[str, Any]) -> None:
    """Numbers, enum spellings, defaults, project id and number are compared by meaning."""
    assert planned(FROM_BASE, {**FROM_BASE, **change}) == Plan()


@pytest.mark.parametrize(
    "source",
    [
        {"tuned_model_name": f"{MODEL}@golden", "checkpoint_id": "2"},
        {"tuned_model_name": f"{MODEL}@3", "checkpoint_id": "2"},
        {"tuned_model_name": "projects/acme/locations/us-central1/models/77@3", "checkpoint_id": 2},
        {"tuned_model_name": f"{MODEL}@golden"},
        {"tuned_model_name": f"{MODEL}@3"},
        {"tuned_model_name": "projects/acme/locations/us-central1/models/77@golden"},
        {"tuned_model_name": "projects/acme/locations/us-central1/models/77@golden", "checkpoint_id": 2.0},
    ],
    ids=str,
)
def test_source_that_means_the_recorded_one_is_no_change(source: Any) -> None:
    """An alias was pinned when it was used; its number, a project's number and an unknown are no reason to retrain."""
    assert planned(CONTINUED, {**CONTINUED, "pre_tuned_model": source}) == Plan()


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"location": "europe-west4"}, ("location",)),
        ({"project": "other"}, ("project",)),
        ({"base_model": "gemini-3.1-flash-lite"}, ("base_model",)),
        ({"base_model": "publishers/meta/models/gemini-3.5-flash"}, ("base_model",)),
        ({"supervised_tuning_spec": {**SFT, "training_dataset_uri": "gs://b/u.jsonl"}}, ("supervised_tuning_spec",)),
        (
            {"supervised_tuning_spec": {**SFT, "hyper_parameters": {"epoch_count": 3, "adapter_size": 4}}},
            ("supervised_tuning_spec",),
        ),
        ({"encryption_spec": {"kms_key_name": "k"}}, ("encryption_spec",)),
        ({"service_account": "a@b.iam.gserviceaccount.com"}, ("service_account",)),
        ({"service_account": UNKNOWN}, ("service_account",)),  # of an account that is still to be made
        ({"triggers": [1]}, ("triggers",)),
        ({"adopt_job": "2"}, ("adopt_job",)),
        (
            {"supervised_tuning_spec": None, "reinforcement_tuning_spec": RFT},
            ("supervised_tuning_spec", "reinforcement_tuning_spec"),
        ),
    ],
    ids=str,
)
def test_change_that_needs_another_training_run_replaces(change: dict[str, Any], replaces: tuple[str, ...]) -> None:
    """Replace = anything that would need another training run, named by its input."""
    assert planned(FROM_BASE, {**FROM_BASE, **change}) == Plan(replaces=replaces)


@pytest.mark.parametrize(
    "source",
    [
        {"tuned_model_name": f"{MODEL}@4", "checkpoint_id": "2"},
        {"tuned_model_name": f"{MODEL}@golden", "checkpoint_id": "1"},
        {"tuned_model_name": MODEL.replace("77", "78") + "@3", "checkpoint_id": "2"},
    ],
    ids=str,
)
def test_other_source_replaces(source: dict[str, Any]) -> None:
    """Another model, version or checkpoint is another training run."""
    assert planned(CONTINUED, {**CONTINUED, "pre_tuned_model": source}) == Plan(replaces=("pre_tuned_model",))


@pytest.mark.parametrize(
    ("change", "updates"),
    [
        ({"labels": {"team": "b"}}, ("labels",)),
        ({"labels": None}, ("labels",)),
        ({"description": "d"}, ("description",)),
        ({"deletion_policy": "DELETE"}, ("deletion_policy",)),
        ({"tuned_model_display_name": "n"}, ("tuned_model_display_name",)),
        ({"labels": UNKNOWN}, ("labels",)),
    ],
    ids=str,
)
def test_metadata_is_changed_in_place(change: dict[str, Any], updates: tuple[str, ...]) -> None:
    """Labels, description, deletion policy and the name of an own model never cost a training run."""
    assert planned(FROM_BASE, {**FROM_BASE, **change}) == Plan(updates=updates)


def test_name_for_a_version_of_a_foreign_model_replaces() -> None:
    """Where the job made the next version of its source's model, a display name asks for a new model."""
    change = planned(CONTINUED, {**CONTINUED, "tuned_model_display_name": "n"}, __made_model=False)

    assert change == Plan(replaces=("tuned_model_display_name",))


@pytest.mark.parametrize("state", ["JOB_STATE_FAILED", "JOB_STATE_CANCELLED", "JOB_STATE_EXPIRED"])
def test_job_that_ended_without_a_model_is_replaced(state: str) -> None:
    """A job that ended FAILED, CANCELLED or EXPIRED is replaced by the next `up`."""
    change = planned(FROM_BASE, FROM_BASE, state=state, __recorded=False)

    assert change.replaces == ("state",)


@pytest.mark.parametrize("state", ["JOB_STATE_RUNNING", "JOB_STATE_SUCCEEDED"])
def test_job_that_was_not_recorded_is_waited_for(state: str) -> None:
    """What an interruption left behind is an update: the wait goes on, nothing is trained again."""
    assert planned(FROM_BASE, FROM_BASE, state=state, __recorded=False) == Plan(updates=("state",))


@pytest.mark.parametrize("recorded", [{"checkpoint_id": "2"}, {}], ids=["checkpoint written", "checkpoint left out"])
@pytest.mark.parametrize("checkpoint", [{"checkpoint_id": "2"}, {}], ids=["with", "without"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("@golden", "@golden"),
        ("@golden", "@3"),
        ("@default", ""),
        ("", "@default"),
        ("@default", "@3"),
        ("", "@3"),
        ("@3", "@3"),
    ],
)
@pytest.mark.parametrize("projects", [("acme", "123456789012"), ("123456789012", "acme")], ids="->".join)
def test_source_in_other_words_is_no_change(
    projects: tuple[str, str], before: str, after: str, recorded: dict[str, str], checkpoint: dict[str, str]
) -> None:
    """The same version, each way its project, version and checkpoint can be written."""
    old, new = (f"projects/{project}/locations/us-central1/models/77" for project in projects)
    state = {**CONTINUED, "pre_tuned_model": {"tuned_model_name": f"{old}{before}", **recorded}}

    changed = {**CONTINUED, "pre_tuned_model": {"tuned_model_name": f"{new}{after}", **checkpoint}}

    assert planned(state, changed) == Plan()


def named(version: str, **checkpoint: str) -> dict[str, Any]:
    return {**CONTINUED, "pre_tuned_model": {"tuned_model_name": f"{MODEL}{version}", **checkpoint}}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (f"{MODEL}@3", Plan()),
        (f"{MODEL}@4", Plan(replaces=("pre_tuned_model",))),
        (None, Plan(possible=("pre_tuned_model",))),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("before", "after"),
    [("@3", "@golden"), ("@3", ""), ("@3", "@default"), ("@golden", "@silver"), ("@golden", ""), ("", "@golden")],
)
def test_alias_in_the_place_of_what_was_written_goes_by_what_it_means_now(
    before: str, after: str, found: str | None, expected: Plan
) -> None:
    """Texts cannot tell: the version that the name means now decides, and nobody knowing it is no reason to train."""
    state, inputs = {**named(before), **DONE, **SOURCE}, named(after)

    assert open_source(state, inputs) == f"{MODEL}{after}"
    assert plan(state, inputs, found=found) == expected
    assert plan(state, inputs, is_probe=True) == Plan()


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (named("@golden"), Plan()),
        (named("@3"), Plan()),
        (named("@4"), Plan(replaces=("pre_tuned_model",))),
        (named("@silver", checkpoint_id="1"), Plan(replaces=("pre_tuned_model",))),
        (
            {**CONTINUED, "pre_tuned_model": {"tuned_model_name": MODEL.replace("77", "78")}},
            Plan(replaces=("pre_tuned_model",)),
        ),
        (
            {**CONTINUED, "pre_tuned_model": {"tuned_model_name": MODEL.replace("us-central1", "europe-west4")}},
            Plan(replaces=("pre_tuned_model",)),
        ),
        (FROM_BASE | {"supervised_tuning_spec": None}, Plan(replaces=("base_model", "pre_tuned_model"))),
    ],
    ids=["as written", "number", "other number", "other checkpoint", "other model", "other location", "base model"],
)
def test_source_that_texts_can_tell_is_not_looked_up(inputs: dict[str, Any], expected: Plan) -> None:
    """What is written as before, pinned, or of another model, needs no answer from anybody."""
    state = {**named("@golden"), **DONE, **SOURCE}
    inputs = {**inputs, "reinforcement_tuning_spec": RFT, "supervised_tuning_spec": None, "labels": None}

    assert open_source(state, inputs) is None
    assert plan(state, inputs) == expected


def test_name_that_an_update_took_for_the_same_stays_the_same() -> None:
    """An alias in the place of a number: once it meant that version it is as good as written when the job was made."""
    state, inputs = {**named("@3"), **DONE, **SOURCE}, named("@golden")

    assert open_source(state, inputs, Source.of(inputs["pre_tuned_model"])) is None
    assert plan(state, inputs, accepted=Source.of(inputs["pre_tuned_model"])) == Plan()


KEY = "locations/us-central1/keyRings/r/cryptoKeys/k"
DATASET = "locations/us-central1/datasets/5"


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("acme", "123456789012", True),
        ("123456789012", "acme", True),
        ("acme", "other", False),
        ("123456789012", "210987654321", False),
        ("acme", "210987654321", False),
        ("123456789012", "other", False),
    ],
)
def test_names_in_the_inputs_are_compared_by_meaning(before: str, after: str, same: bool) -> None:
    """Key and dataset of the job's project, by its id or its number; another project is another thing."""
    old, new = (
        {
            **FROM_BASE,
            "encryption_spec": {"kms_key_name": f"projects/{project}/{KEY}"},
            "supervised_tuning_spec": {**SFT, "training_dataset_uri": f"projects/{project}/{DATASET}"},
        }
        for project in (before, after)
    )

    assert planned(old, new) == Plan(() if same else ("supervised_tuning_spec", "encryption_spec"))


@pytest.mark.parametrize(
    ("change", "input_"),
    [
        ({"encryption_spec": {"kms_key_name": f"projects/acme/{KEY}2"}}, "encryption_spec"),
        ({"adopt_job": "projects/other/locations/us-central1/tuningJobs/1"}, "adopt_job"),
        ({"triggers": [1]}, "triggers"),
        ({"triggers": [{"a": [1]}]}, "triggers"),
        ({"triggers": ["projects/acme/locations/l/x"]}, "triggers"),
    ],
    ids=str,
)
def test_other_meaning_replaces(change: dict[str, Any], input_: str) -> None:
    """Truth is no number, triggers are texts, a name of another project is another thing."""
    before = {
        **FROM_BASE,
        "encryption_spec": {"kms_key_name": f"projects/acme/{KEY}"},
        "triggers": {
            "[1]": [True],
            "[{'a': [1]}]": [{"a": [True]}],
            "['projects/acme/locations/l/x']": ["projects/123456789012/locations/l/x"],
        }.get(str(change.get("triggers")), []),
    }

    assert planned(before, {**before, **change}) == Plan((input_,))


def test_number_and_an_id_that_nobody_knows_may_be_two_projects() -> None:
    """The state knows the number alone: whether an id means that project is not told from here."""
    assert planned({**FROM_BASE, "project": "123456789012"}, {**FROM_BASE, "project": "other"}) == Plan(
        possible=("project",)
    )


@pytest.mark.parametrize(
    ("fate", "expected"),
    [
        (Fate.REPLACED, Plan(replaces=("pre_tuned_model",))),
        (Fate.UPDATED, Plan()),
        (Fate.SAME, Plan(possible=("pre_tuned_model",))),
        (Fate.POSSIBLE, Plan(possible=("pre_tuned_model",))),
        (None, Plan(possible=("pre_tuned_model",))),
    ],
)
@pytest.mark.parametrize(
    "source", [UNKNOWN, {"tuned_model_name": UNKNOWN}, {"tuned_model_name": UNKNOWN, "checkpoint_id": UNKNOWN}], ids=str
)
def test_unknown_source_goes_by_what_becomes_of_the_source(source: Any, fate: Fate | None, expected: Plan) -> None:
    """While the source is updated in place its outputs are unknown; that alone retrains nothing."""
    unknown = {**CONTINUED, "pre_tuned_model": source}

    assert plan({**CONTINUED, **DONE, **SOURCE}, unknown, {SOURCE["source_model_name"]: fate}.get) == expected


FULL = {
    **FROM_BASE,
    "encryption_spec": {"kms_key_name": f"projects/acme/{KEY}"},
    "service_account": "a@acme.iam.gserviceaccount.com",
    "triggers": ["1"],
}


@pytest.mark.parametrize(
    "change",
    [
        {"project": UNKNOWN},
        {"location": UNKNOWN},
        {"base_model": UNKNOWN},
        {"supervised_tuning_spec": UNKNOWN},
        {"supervised_tuning_spec": {**SFT, "training_dataset_uri": UNKNOWN}},
        {"supervised_tuning_spec": {**SFT, "hyper_parameters": {"epoch_count": UNKNOWN, "adapter_size": 4}}},
        {"encryption_spec": UNKNOWN},
        {"encryption_spec": {"kms_key_name": UNKNOWN}},
        {"service_account": UNKNOWN},
        {"triggers": UNKNOWN},
        {"triggers": [UNKNOWN]},
        {"adopt_job": UNKNOWN},
    ],
    ids=str,
)
def test_input_that_is_not_known_yet_may_train(change: dict[str, Any]) -> None:
    """An input of an existing job is unknown only if something upstream changes; asked as a probe it is nothing."""
    state = {**FULL, **DONE}

    assert plan(state, {**FULL, **change}) == Plan(possible=tuple(change))
    assert plan(state, {**FULL, **change}, is_probe=True) == Plan()


def test_unknown_name_of_a_version_of_a_foreign_model_may_train() -> None:
    """Where the job made the next version of its source's model, another name asks for a new model."""
    change = planned(CONTINUED, {**CONTINUED, "tuned_model_display_name": UNKNOWN}, __made_model=False)

    assert change == Plan(possible=("tuned_model_display_name",))


def test_numbers_that_no_state_can_hold_are_no_change() -> None:
    """NaN among the triggers is recorded by its name; it is the same NaN in the next run."""
    assert planned({**FROM_BASE, "triggers": ["NaN"]}, {**FROM_BASE, "triggers": [float("nan")]}) == Plan()


def test_probe_of_the_engine_never_deletes_the_model_first() -> None:
    """Asked with a whole input unknown, as before a source is deleted first, the answer is no replacement."""
    probe = {**CONTINUED, "pre_tuned_model": UNKNOWN, "reinforcement_tuning_spec": UNKNOWN}

    assert plan({**CONTINUED, **DONE, **SOURCE}, probe, lambda _: Fate.REPLACED, is_probe=True) == Plan()
