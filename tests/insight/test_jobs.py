"""Rows of jobs: which there are, what each says, and which job a person means."""

from datetime import datetime, timedelta

import pytest

from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.insight import inventory, jobs
from pulumi_ctune.insight.scope import JOB_TYPE
from tests.core.rig import RFT_SPEC, Rig
from tests.insight.scopes import place_scope, saved_scope, stack_scope, submit, submit_by_hand
from tests.unit.clock import START

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}
KEYS = [
    *("resource", "stack", "job", "method", "source", "state", "detail", "progress", "epoch", "step", "create_time"),
    *("elapsed_s", "expected_end", "tokens", "tuned_model_name", "held"),
]


def now(rig: Rig) -> datetime:
    return rig.clock.utc_now()


def test_row_has_the_documented_keys(rig: Rig) -> None:
    submit(rig)

    (row,) = jobs.rows(stack_scope(rig), now(rig))

    assert list(row.as_dict()) == KEYS


@pytest.mark.parametrize("outputs", [{"name": SECRET}, SECRET, {}, None], ids=["name", "all", "none", "null"])
def test_job_whose_name_is_a_secret_is_held(rig: Rig, outputs: object) -> None:
    """As `additional_secret_outputs` makes it: the id, which is the same name, never is one."""
    job = submit(rig)
    urn = f"urn:pulumi:dev::infra::{JOB_TYPE}::support"
    scope = saved_scope(rig, {"urn": urn, "type": JOB_TYPE, "id": job.name, "outputs": outputs})

    (row,) = jobs.rows(scope, now(rig))

    assert row.held is True
    assert inventory.take(scope).holder(job.name) is not None


def test_running_job_says_how_far_it_is(rig: Rig) -> None:
    """In the middle of three epochs: what is done, what was trained on so far, and an end that is still to come."""
    job = submit(rig)
    rig.clock.pause(400)

    found = jobs.find(stack_scope(rig), "support", now(rig))
    row = found.as_dict()

    assert (row["job"], row["resource"], row["stack"], row["method"]) == (job.name, "support", "dev", "sft")
    assert (row["source"], row["state"], row["detail"]) == (
        "gemini-3.5-flash",
        "JOB_STATE_RUNNING",
        "TUNING_JOB_STATE_TUNING",
    )
    assert (row["progress"], row["epoch"], row["tuned_model_name"], row["held"]) == (2 / 3, 2, None, False)
    assert row["elapsed_s"] == 400
    assert row["tokens"] == 2 * (rig.client.get_job(job.name).billable_token_count or 0) > 0
    assert found.expected is not None
    assert (
        found.expected.end - found.expected.doubt
        < START + timedelta(seconds=610)
        < found.expected.end + found.expected.doubt
    )


def test_job_that_has_ended_says_what_it_made(rig: Rig) -> None:
    state = rig.create(rig.inputs())
    rig.clock.pause(10_000)

    row = jobs.find(stack_scope(rig, state), "support", now(rig)).as_dict()

    assert (row["state"], row["progress"], row["expected_end"], row["held"]) == ("JOB_STATE_SUCCEEDED", 1.0, None, True)
    assert row["tuned_model_name"] == state["tuned_model_name"]
    assert row["tokens"] == state["training_token_count"]
    assert row["elapsed_s"] < 700


def test_continued_job_names_version_and_checkpoint(rig: Rig) -> None:
    source = rig.create(rig.inputs())
    inputs = rig.continued(source["tuned_model_name"])
    rig.create({**inputs, "pre_tuned_model": {"tuned_model_name": source["tuned_model_name"], "checkpoint_id": "1"}})

    newest, _ = jobs.rows(stack_scope(rig), now(rig))

    assert newest.source == f"{source['tuned_model_name']}#1"


def test_reinforcement_job_counts_steps_and_no_tokens(rig: Rig) -> None:
    """What is billed of reinforcement tuning is known to nobody while it runs."""
    submit(rig, supervised_tuning_spec=None, reinforcement_tuning_spec=RFT_SPEC)
    rig.clock.pause(400)

    (row,) = jobs.rows(stack_scope(rig), now(rig))

    assert row.method == "rft"
    assert row.tokens is None
    assert row.progress is not None
    assert 0 < row.progress < 1


def test_stack_shows_its_own_jobs_and_those_that_it_holds(rig: Rig) -> None:
    """Found by labels, also what no state has; a job of other people only where the state has taken it over."""
    own, other, by_hand = submit(rig), submit(rig, "prod"), submit_by_hand(rig)

    without = {row.job.name: row.held for row in jobs.rows(stack_scope(rig), now(rig))}
    adopted = {row.job.name: row.held for row in jobs.rows(stack_scope(rig, {"name": by_hand.name}), now(rig))}

    assert without == {own.name: False}
    assert adopted == {own.name: False, by_hand.name: True}
    assert other.name not in adopted


def test_place_shows_all_jobs_and_knows_no_states(rig: Rig) -> None:
    submit(rig)
    submit_by_hand(rig)

    found = jobs.rows(place_scope(rig), now(rig))

    assert [(row.resource, row.stack, row.held) for row in found] == [("", "", None), ("support", "dev", None)]


def test_two_names_of_one_project_show_a_job_once(rig: Rig) -> None:
    """A state may have the number of the project that the settings name by its id."""
    state = rig.create(rig.inputs())
    del state["project"], state["location"]

    scope = stack_scope(rig, state)

    assert len(scope.places) == 2
    assert len(jobs.rows(scope, now(rig))) == 1


@pytest.mark.parametrize(
    ("state", "expected"),
    [("running", {"going"}), ("ended", {"done", "cancelled"}), ("failed", {"cancelled"}), ("", None)],
)
def test_rows_by_state(rig: Rig, state: str, expected: set[str] | None) -> None:
    """`ended` means any final state, `failed` the unsuccessful ones."""
    made = {"done": rig.create(rig.inputs())["name"]}
    made["cancelled"] = submit(rig).name
    rig.client.cancel_job(made["cancelled"])
    rig.clock.pause(600)
    made["going"] = submit(rig).name

    found = {row.job.name for row in jobs.select(jobs.rows(stack_scope(rig), now(rig)), state)}

    assert found == {made[key] for key in expected or made}


def test_job_that_runs_is_meant_before_the_one_that_is_held(rig: Rig) -> None:
    held = rig.create(rig.inputs())
    scope = stack_scope(rig, held)
    assert jobs.find(scope, "support", now(rig)).job.name == held["name"]

    running = submit(rig)

    assert jobs.find(scope, "support", now(rig)).job.name == running.name


def test_job_by_its_id_and_by_its_name(rig: Rig) -> None:
    job = submit_by_hand(rig)

    for text in (job.name, job.name.rpartition("/")[2]):
        assert jobs.find(stack_scope(rig), text, now(rig)).job.name == job.name


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("suport", "stack dev has no job of a resource of this name; it has 'support'"),
        ("4711", "4711"),
        ("projects/acme/locations/us-central1/tuningJobs/4711", "4711"),
        ("models/1", "projects/PROJECT/locations/LOCATION/tuningJobs/JOB"),
    ],
)
def test_job_that_nobody_knows(rig: Rig, text: str, why: str) -> None:
    submit(rig)

    with pytest.raises(InvalidInputError) as caught:
        jobs.find(stack_scope(rig), text, now(rig))

    assert str(caught.value).startswith(f"there is no such job [{text}]: ")
    assert why in str(caught.value)


def test_name_that_two_stacks_use_is_not_guessed(rig: Rig) -> None:
    """Without a stack one of them would be cancelled for the other."""
    submit(rig)
    submit(rig, "prod")

    with pytest.raises(InvalidInputError, match="stacks 'dev', 'prod' have a resource of this name"):
        jobs.find(place_scope(rig), "support", now(rig))
