"""Gates on the real client and the emulator: which series are read, and what happens where they cannot be."""

from typing import Any

import pytest

from pulumi_ctune.core.errors import PermissionDeniedError, RequirementNotMetError
from pulumi_ctune.gate.verdict import check_requirements, requirements_of
from tests.core.copies import Copies
from tests.core.rig import RFT_SPEC, TRAINING, VALIDATION, Rig

LOSS = "/eval_total_loss"
VALIDATED: dict[str, Any] = {"training_dataset_uri": TRAINING, "validation_dataset_uri": VALIDATION}


def judge(rig: Rig, name: str, *entries: dict[str, Any]) -> dict[str, float]:
    """Check requirements on a version as a verb does it; returns the values that were judged."""
    return check_requirements(
        rig.client,
        rig.verbs().context,
        rig.client.get_model_version(name),
        requirements_of(entries),
        named=name,
        checkpoint_id="",
        what="nothing was moved",
        next_step="Version 1 stays.",
    )


def trained(rig: Rig, metrics: dict[str, float | str] | None = None, **changes: Any) -> str:
    """The version of a new job with a validation set; `metrics` orders the last values of its series."""
    if metrics:
        rig.emulator.faults.add(method="POST", path="/tuningJobs$", job={"metrics": metrics})
    state = rig.create(rig.inputs(**{"supervised_tuning_spec": VALIDATED, **changes}))
    name: str = state["tuned_model_name"]
    return name


def test_gate_opens_for_the_jobs_own_series(rig: Rig) -> None:
    """The last value of a series is the one that the training ended with, and the values that counted come back."""
    version = trained(rig, {LOSS: 0.8, "/train_total_loss": 0.5})

    metrics = judge(rig, version, {"metric": LOSS, "at_most": 0.8}, {"metric": "/train_total_loss", "at_least": 0})

    assert metrics == {LOSS: 0.8, "/train_total_loss": 0.5}


@pytest.mark.parametrize(
    ("aggregates", "keys"),
    [
        (["last"], [""]),
        (["max"], [""]),
        (["max", "max"], [""]),
        (["last", "max"], ["", " (max)"]),
        (["min", "max"], [" (min)", " (max)"]),
    ],
    ids=lambda names: " and ".join(names),
)
def test_each_value_that_was_judged_comes_back(rig: Rig, aggregates: list[str], keys: list[str]) -> None:
    """The series' name is the key; where several aggregates of one series were judged, none hides another."""
    version = trained(rig)
    points = rig.client.read_metrics(rig.client.get_job(rig.emulator.jobs()[0]["name"]).experiment)[LOSS]
    values = {"last": points[-1].value, "min": min(p.value for p in points), "max": max(p.value for p in points)}

    metrics = judge(rig, version, *({"metric": LOSS, "at_most": 1000, "aggregate": name} for name in aggregates))

    assert metrics == {f"{LOSS}{key}": values[name] for key, name in zip(keys, dict.fromkeys(aggregates), strict=True)}


def test_only_the_series_that_are_asked_for_are_read(rig: Rig) -> None:
    """A job has many series; a gate on one costs the list and that one."""
    version = trained(rig)
    rig.emulator.forget_requests()

    judge(rig, version, {"metric": LOSS, "at_most": 1000}, {"metric": LOSS, "at_least": 0})

    assert len([entry for entry in rig.emulator.requests() if entry["path"].endswith(":read")]) == 1


def test_all_missed_limits_are_in_one_line(rig: Rig) -> None:
    """The line has each value with its step and limit, and what is to be done next."""
    version = trained(rig, {LOSS: 0.8, "/train_total_loss": 0.5})

    with pytest.raises(RequirementNotMetError) as raised:
        judge(
            rig,
            version,
            {"metric": LOSS, "at_most": 0.7},
            {"metric": "/train_total_loss", "at_least": 0.1},
            {"metric": "/train_total_loss", "at_least": 0.6, "at_most": 0.4},
        )

    step = rig.client.get_model_version(version).checkpoints[-1].step
    assert str(raised.value) == (
        f"nothing was moved [require]: {version} misses 2 of 3: '/eval_total_loss' is 0.8 at step {step} (last), at "
        f"most 0.7 is allowed; '/train_total_loss' is 0.5 at step {step} (last), at least 0.6 is required and at most "
        "0.4 is allowed. Version 1 stays."
    )


def test_training_that_diverged_is_not_let_through(rig: Rig) -> None:
    """NaN meets no limit."""
    version = trained(rig, {LOSS: "NaN"})

    with pytest.raises(RequirementNotMetError, match=r"is NaN at step \d+ \(last\), at most 1000 is allowed"):
        judge(rig, version, {"metric": LOSS, "at_most": 1000})


def test_job_without_validation_set_is_reported_as_such(rig: Rig) -> None:
    """No validation set, no evaluation series: that is what to change, not the gate."""
    version = trained(rig, supervised_tuning_spec={"training_dataset_uri": TRAINING})

    with pytest.raises(RequirementNotMetError, match="had no validation set"):
        judge(rig, version, {"metric": LOSS, "at_most": 1000})


def test_reinforcement_tuning_is_judged_by_its_rewards(rig: Rig) -> None:
    """RFT evaluates without a validation set of its own."""
    version = trained(rig, supervised_tuning_spec=None, reinforcement_tuning_spec=RFT_SPEC)

    metrics = judge(rig, version, {"metric": "/eval_mean_reward", "at_least": -1})

    assert list(metrics) == ["/eval_mean_reward"]


def test_series_that_is_not_there_is_reported_with_those_there_are(rig: Rig) -> None:
    """All names are listed, though only what is asked for is read."""
    version = trained(rig)

    with pytest.raises(RequirementNotMetError, match=f"there is no series '/loss'; there are .*'{LOSS}'.*'/train_"):
        judge(rig, version, {"metric": "/loss", "at_most": 1000})


def test_version_that_no_job_made_fails_closed(rig: Rig) -> None:
    """What cannot be judged meets no limit: a model that was uploaded, a label that somebody took away."""
    version = trained(rig)
    rig.client.update_model_version(version, changes={"labels": {}})

    with pytest.raises(RequirementNotMetError, match="it has no label google-vertex-llm-tuning-job-id"):
        judge(rig, version, {"metric": LOSS, "at_most": 1000})


def test_deleted_experiment_fails_closed(rig: Rig) -> None:
    """Series that somebody deleted meet no limit either."""
    version = trained(rig)
    rig.emulator.faults.add(method="GET", path="/contexts/", status=404, message="The context does not exist.", times=0)

    with pytest.raises(RequirementNotMetError, match=f"there is no series '{LOSS}': .*The context does not exist"):
        judge(rig, version, {"metric": LOSS, "at_most": 1000})


def test_series_that_may_not_be_read_are_an_error(rig: Rig) -> None:
    """A 403 says nothing about the version; the gate stays shut with Google's words."""
    version = trained(rig)
    rig.emulator.faults.add(method="GET", path="/contexts/", status=403, message="no contexts.get", times=0)

    with pytest.raises(PermissionDeniedError, match=r"nothing was moved \[require\]: .*no contexts.get"):
        judge(rig, version, {"metric": LOSS, "at_most": 1000})


def test_no_requirements_read_nothing(rig: Rig) -> None:
    """A promotion without gates needs no access to experiments."""
    version = rig.client.get_model_version(trained(rig))
    rig.emulator.forget_requests()

    check_requirements(rig.client, rig.verbs().context, version, (), named="", checkpoint_id="", what="", next_step="")

    assert rig.emulator.requests() == []


def test_result_of_an_evaluation_is_compared_with_the_version_in_the_registry(rig: Rig) -> None:
    """A harness writes the project's id, the registry its number; nothing but the subject is asked for."""
    version = trained(rig)
    by_id = version.replace(version.split("/")[1], "acme")
    result = {"tuned_model_name": by_id, "metrics": {"exact_match": 0.9}, "total_items": 10}
    entry = {"evaluation": result, "metric": "exact_match", "at_least": 0.9}

    assert judge(rig, version, entry, {"metric": LOSS, "at_most": 100})["exact_match"] == 0.9
    with pytest.raises(RequirementNotMetError, match=r"the result is of .*@7, not of .*@1"):
        judge(rig, version, {**entry, "evaluation": {**result, "tuned_model_name": by_id.replace("@1", "@7")}})
    with pytest.raises(RequirementNotMetError, match=r"the result is of checkpoint 99 of .*, not of checkpoint "):
        judge(rig, version, {**entry, "evaluation": {**result, "checkpoint_id": "99"}})


@pytest.mark.parametrize("steps", [1, 2])
def test_what_a_copy_was_made_from_is_judged_as_the_copy(rig: Rig, steps: int) -> None:
    """Results of the source count, and its training series, also where it took two steps to come here."""
    with Copies.start(rig, versions=2) as copies:
        source, other = copies.versions
        state = copies.create(project="acme", location="europe-west4") if steps == 2 else {"tuned_model_name": source}
        where = {"location": "europe-west4"} if steps == 2 else {}
        copy = copies.create(state["tuned_model_name"], **where)["tuned_model_name"]
    result = {"tuned_model_name": source, "metrics": {"exact_match": 0.9}, "total_items": 10}
    entry = {"evaluation": result, "metric": "exact_match", "at_least": 0.9}

    assert judge(rig, copy, entry, {"metric": "/train_total_loss", "at_most": 100})["exact_match"] == 0.9
    with pytest.raises(RequirementNotMetError, match=r"the result is of .*@2, not of .*@1"):
        judge(rig, copy, {**entry, "evaluation": {**result, "tuned_model_name": other}})
