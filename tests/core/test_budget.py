"""What a job may cost: refused before it is submitted, warned of, and cancelled once the service counts too much."""

import json
from typing import Any

import pytest

from pulumi_ctune.core.canonical import request_body
from pulumi_ctune.core.errors import BudgetExceededError, InvalidInputError
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.core.spending import Budget, Spending
from pulumi_ctune.tuning_job.creation import Verbs
from pulumi_ctune.tuning_job.state_entries import KnownEntries
from tests.core.rig import RFT_SPEC, SFT, TRAINING, Rig, owner_in, prompts, supervised_examples
from tests.core.test_job_cancellation import late_client


def verbs(rig: Rig, **spending: Any) -> Verbs:
    return Verbs(rig.client, rig.clock.wait_context(rig.report), rig.owner, Spending(**spending))


def counted(rig: Rig) -> int:
    """What the service counts for the job of the rig: learned from one without a budget."""
    return int(rig.create(rig.inputs())["training_token_count"])


def test_estimate_above_the_budget_submits_nothing(rig: Rig) -> None:
    """At least so many tokens: no request is sent that could make a job."""
    with pytest.raises(InvalidInputError, match=r"\[budget\]: the job would train too much: at least ") as raised:
        rig.create(rig.inputs(budget={"max_tokens": 100}))

    assert "are above budget.max_tokens 100" in str(raised.value)
    assert rig.submissions() == []


def test_money_is_held_by_list_price(rig: Rig) -> None:
    with pytest.raises(InvalidInputError, match=r"at least \$0\.01 for .* tokens is above budget\.max_usd \$0\.0"):
        rig.create(rig.inputs(budget={"max_usd": 0.001}))

    assert rig.submissions() == []


def test_own_price_goes_before_the_list_price(rig: Rig) -> None:
    prices = json.dumps({"gemini-3.5-flash": {"sft": 0.001}})

    state = verbs(rig, prices=prices).create(rig.inputs(budget={"max_usd": 0.001}))

    assert state["state"] == "JOB_STATE_SUCCEEDED"


def test_upper_end_above_the_budget_is_a_warning(rig: Rig) -> None:
    """The job is submitted: it may well stay within."""
    rig.create(rig.inputs(budget={"max_tokens": counted(rig) + 100}, triggers=["again"]))

    assert [line for line in rig.report.warnings if "may train too much: at most" in line] != []


def test_budget_that_is_ample_says_nothing(rig: Rig) -> None:
    rig.create(rig.inputs(budget={"max_tokens": 10_000_000, "max_usd": 1_000}))

    assert rig.report.warnings == []


def test_count_of_the_service_above_the_budget_cancels_the_job(rig: Rig) -> None:
    """The error names job, count and budget; the job is cancelled while it runs."""
    budget = {"max_tokens": counted(rig) - 100}

    with pytest.raises(BudgetExceededError) as raised:
        rig.create(rig.inputs(budget=budget, triggers=["again"]))

    job = next(job for job in rig.emulator.jobs() if job["state"] != "JOB_STATE_SUCCEEDED")
    line = str(raised.value)
    assert job["state"] in ("JOB_STATE_CANCELLING", "JOB_STATE_CANCELLED")
    assert line.startswith(f"the tuning job was cancelled [{job['name']}]: the service counts ")
    assert f"above budget.max_tokens {budget['max_tokens']:,}" in line
    assert rig.live_jobs() == []


def test_budget_of_the_stack_holds_for_jobs_without_one(rig: Rig) -> None:
    small = Budget(max_tokens=100, where="ctune:budget")

    with pytest.raises(InvalidInputError, match=r"above ctune:budget\.max_tokens 100"):
        verbs(rig, budget=small).create(rig.inputs())
    state = verbs(rig, budget=small).create(rig.inputs(budget={"max_tokens": 10_000_000}))

    assert state["state"] == "JOB_STATE_SUCCEEDED"


def test_budget_that_is_lowered_while_the_job_runs_cancels_it(rig: Rig) -> None:
    """An update waits for the job, and holds it to the budget of now."""
    rig.clock.interrupt_at_s = 60.0
    with pytest.raises(Unfinished) as interrupted:
        rig.create(rig.inputs())
    rig.clock.interrupt_at_s = float("inf")

    with pytest.raises(Unfinished) as raised:
        rig.verbs().update(
            interrupted.value.resource_id, interrupted.value.state, rig.inputs(budget={"max_tokens": 100})
        )

    assert isinstance(raised.value.cause, BudgetExceededError)
    assert rig.live_jobs() == []


def test_budget_on_a_finished_job_is_a_plain_update(rig: Rig) -> None:
    """What is paid for is paid for."""
    state = rig.create(rig.inputs())

    after = rig.verbs().update(state["name"], state, rig.inputs(budget={"max_tokens": 1}))

    assert after == {**state, "budget": {"max_tokens": 1}}


def test_epochs_have_to_be_set(rig: Rig) -> None:
    """What the service chooses cannot be held to anything."""
    spec = {"training_dataset_uri": TRAINING}

    with pytest.raises(InvalidInputError, match=r"\[supervised_tuning_spec\.hyper_parameters\.epoch_count\]: not set"):
        rig.create(rig.inputs(supervised_tuning_spec=spec, budget={"max_tokens": 10_000_000}))

    assert rig.submissions() == []


def test_price_has_to_be_known(rig: Rig) -> None:
    with pytest.raises(InvalidInputError, match=r"\[budget\.max_usd\]: no price is known for gemini-2\.0-flash"):
        rig.create(rig.inputs(base_model="gemini-2.0-flash", budget={"max_usd": 5}))


def test_continued_job_has_the_price_of_its_base_model(rig: Rig) -> None:
    """What a version was tuned from in the end is what a token of it costs."""
    first = rig.create(rig.inputs())

    with pytest.raises(InvalidInputError, match=r"is above budget\.max_usd"):
        rig.create(rig.continued(first["tuned_model_name"], budget={"max_usd": 0.001}))


def test_reinforcement_tuning_is_held_by_its_prompts(rig: Rig) -> None:
    """A quarter of them may be split off for validation, or 50."""
    rig.emulator.put_object("data", "many.jsonl", prompts(200))
    spec = {**RFT_SPEC, "training_dataset_uri": "gs://data/many.jsonl"}
    inputs = rig.inputs(supervised_tuning_spec=None, reinforcement_tuning_spec=spec, budget={"max_tokens": 50})

    with pytest.raises(InvalidInputError, match=r"above budget\.max_tokens 50"):
        rig.create(inputs)


def test_dataset_that_may_not_be_read_leaves_the_budget_to_the_count(rig: Rig) -> None:
    """Nothing is known before; the service's own count still cancels the job."""
    rig.emulator.faults.add(method="GET", path="/storage/v1/", status=403, message="no storage.objects.get", times=0)

    with pytest.raises(BudgetExceededError):
        rig.create(rig.inputs(budget={"max_tokens": 100}))

    assert [line for line in rig.report.warnings if "can only be held once the service has counted" in line] != []
    assert rig.live_jobs() == []


def test_checks_that_are_off_leave_the_budget_to_the_count(rig: Rig) -> None:
    with pytest.raises(BudgetExceededError):
        verbs(rig, data_checks="off").create(rig.inputs(budget={"max_tokens": 100}))


def test_line_that_is_wrong_submits_nothing(rig: Rig) -> None:
    """The error is at the field, and names line, path and reason."""
    rig.emulator.put_object("data", "bad.jsonl", supervised_examples(3) + b'\n{"contents": [{"role": "assistant"}]}\n')
    spec = {**SFT["supervised_tuning_spec"], "training_dataset_uri": "gs://data/bad.jsonl"}

    with pytest.raises(InvalidInputError) as raised:
        rig.create(rig.inputs(supervised_tuning_spec=spec))

    line = str(raised.value)
    assert line.startswith(
        "no tuning job was submitted [supervised_tuning_spec.training_dataset_uri]: gs://data/bad.jsonl"
    )
    assert "line 4 $.contents[0]" in line
    assert rig.submissions() == []


def test_beginning_of_a_dataset_counts_for_what_it_is(rig: Rig) -> None:
    """What was read is trained on; the rest may be empty, so it refuses nothing."""
    rig.emulator.put_object("data", "large.jsonl", supervised_examples(20_000))
    spec = {"training_dataset_uri": "gs://data/large.jsonl", "hyper_parameters": {"epoch_count": 1}}
    head = verbs(rig, data_checks="head")

    with pytest.raises(InvalidInputError, match=r"at least \d\d,\d\d\d tokens are above budget\.max_tokens 1,000"):
        head.create(rig.inputs(supervised_tuning_spec=spec, budget={"max_tokens": 1_000}))
    head.create(rig.inputs(supervised_tuning_spec=spec, budget={"max_tokens": 400_000}))

    assert [line for line in rig.report.warnings if "may train too much: at most" in line] != []


def interrupted(rig: Rig, at_s: float, **changes: Any) -> Unfinished:
    """A create whose wait was interrupted; the job goes on."""
    rig.clock.interrupt_at_s = rig.clock.now_s + at_s
    with pytest.raises(Unfinished) as raised:
        rig.create(rig.inputs(**changes))
    rig.clock.interrupt_at_s = float("inf")
    return raised.value


def test_job_that_is_resumed_above_its_budget_is_cancelled_at_once(rig: Rig) -> None:
    """After a kill between count and cancel nobody waits for the next look."""
    interrupted(rig, 300.0)

    with pytest.raises(BudgetExceededError):
        rig.create(rig.inputs(budget={"max_tokens": 100}), KnownEntries(saved=list))

    (job,) = rig.emulator.jobs()
    assert (job["state"], job["endTime"][:19]) == ("JOB_STATE_CANCELLED", "2026-11-01T00:05:00")  # after 300 s


def test_job_that_was_cancelled_in_a_run_that_died_is_reported_with_its_budget(rig: Rig) -> None:
    """Else the error would say that somebody has cancelled it."""
    left = interrupted(rig, 300.0)
    rig.client.cancel_job(left.resource_id)

    with pytest.raises(Unfinished) as raised:
        rig.verbs().update(left.resource_id, left.state, rig.inputs(budget={"max_tokens": 100}))

    assert isinstance(raised.value.cause, BudgetExceededError)
    assert "above budget.max_tokens 100" in str(raised.value.cause)


def test_budget_that_is_raised_while_the_job_runs_lets_it_go_on(rig: Rig) -> None:
    left = interrupted(rig, 10.0, budget={"max_tokens": 1_000_000})

    state = rig.verbs().update(left.resource_id, left.state, rig.inputs(budget={"max_tokens": 2_000_000}))

    assert (state["state"], rig.report.warnings) == ("JOB_STATE_SUCCEEDED", [])


def test_job_that_ends_before_it_is_cancelled_is_kept(rig: Rig) -> None:
    """It is paid for: the state has its model, and a warning says why it was not cancelled."""
    left = interrupted(rig, 300.0)
    late = Verbs(late_client(rig), rig.clock.wait_context(rig.report), rig.owner)

    state = late.update(left.resource_id, left.state, rig.inputs(budget={"max_tokens": 100}))

    (warning,) = rig.report.warnings
    assert state["state"] == "JOB_STATE_SUCCEEDED"
    assert warning.startswith(f"tuning job {state['name']} had ended before it could be cancelled: the service counts ")
    assert warning.endswith("above budget.max_tokens 100")


def test_refused_cancel_names_the_budget(rig: Rig) -> None:
    """The job goes on and costs money: the error says what it is above, and how to cancel it by hand."""
    left = interrupted(rig, 300.0)
    rig.emulator.faults.add(path=":cancel$", status=403, message="Permission denied.", times=0)

    with pytest.raises(Unfinished) as raised:
        rig.verbs().update(left.resource_id, left.state, rig.inputs(budget={"max_tokens": 100}))

    line = str(raised.value.cause)
    assert line.startswith(f"the tuning job could not be cancelled and still runs [{left.resource_id}]: it is above")
    assert "are above budget.max_tokens 100; " in line
    assert "Permission denied." in line
    assert "To cancel it by hand: " in line


def test_adopted_job_is_held_to_the_budget(rig: Rig) -> None:
    """What is taken over while it runs costs money from then on."""
    by_hand = rig.client.submit("acme", "us-central1", request_body(SFT))

    with pytest.raises(BudgetExceededError, match=r"; without adopt_job, the next `pulumi up` starts a new job\."):
        rig.create(rig.inputs(adopt_job=by_hand.name, budget={"max_tokens": 100}))

    assert rig.live_jobs() == []


def test_adopted_job_that_leaves_a_checkpoint_is_no_success_above_its_budget(rig: Rig) -> None:
    """A later `up` neither: what was cancelled half way is not what was asked for."""
    by_hand = rig.client.submit("acme", "us-central1", request_body(SFT))
    left = interrupted(rig, 300.0, adopt_job=by_hand.name)
    inputs = rig.inputs(adopt_job=by_hand.name, budget={"max_tokens": 100})

    for _ in range(2):
        with pytest.raises(Unfinished) as raised:
            rig.verbs().update(left.resource_id, left.state, inputs)
        left = raised.value
        assert isinstance(left.cause, BudgetExceededError)
    assert rig.client.get_job(by_hand.name).tuned_model_name


def test_cancelled_job_that_is_adopted_for_its_checkpoint_is_taken(rig: Rig) -> None:
    """It was over before, and costs nothing more. That it is above the budget is said."""
    by_hand = rig.client.submit("acme", "us-central1", request_body(SFT))
    interrupted(rig, 300.0, adopt_job=by_hand.name)
    rig.client.cancel_job(by_hand.name)
    rig.clock.now_s += 60.0

    state = rig.create(rig.inputs(adopt_job=by_hand.name, budget={"max_tokens": 100}))

    assert (state["state"], bool(state["tuned_model_name"])) == ("JOB_STATE_CANCELLED", True)
    (warning,) = [line for line in rig.report.warnings if "had been cancelled, and is taken" in line]
    assert warning.endswith("above budget.max_tokens 100")


def test_job_that_another_stack_holds_too_is_not_cancelled(rig: Rig) -> None:
    """Somebody else waits for it, with a budget of their own."""
    left = interrupted(rig, 300.0)
    other = Verbs(rig.client, rig.clock.wait_context(rig.report), owner_in("other"))

    state = other.create(rig.inputs(adopt_job=left.resource_id, budget={"max_tokens": 100}))

    assert state["state"] == "JOB_STATE_SUCCEEDED"


def test_preference_tuning_is_held_by_the_count_of_the_service(rig: Rig) -> None:
    """Twice the prompt and both completions, times the epochs."""
    completions = [
        {"score": score, "completion": {"role": "model", "parts": [{"text": f"Order 7: {score}."}]}} for score in (1, 0)
    ]
    line = {"contents": [{"role": "user", "parts": [{"text": "Where is order 7?"}]}], "completions": completions}
    lines = [json.dumps({**line, "contents": [turn(number)]}) for number in range(20)]
    rig.emulator.put_object("data", "pairs.jsonl", "\n".join(lines).encode())
    spec = {"training_dataset_uri": "gs://data/pairs.jsonl", "hyper_parameters": {"epoch_count": 3}}
    inputs = rig.inputs(supervised_tuning_spec=None, preference_optimization_spec=spec)
    needed = rig.create(inputs)["training_token_count"]

    with pytest.raises(BudgetExceededError, match="times 3 epochs"):
        rig.create({**inputs, "triggers": ["again"], "budget": {"max_tokens": needed - 1}})


def turn(number: int) -> dict[str, Any]:
    return {"role": "user", "parts": [{"text": f"Where is order {number}?"}]}


def test_reinforcement_tuning_by_steps_is_held_by_what_they_come_to(rig: Rig) -> None:
    """With a number of steps the service echoes no epochs: ten steps of 8 of 40 prompts train each prompt twice."""
    spec = {**RFT_SPEC, "hyper_parameters": {"step_count": 10, "batch_size": 8, "samples_per_prompt": 4}}
    inputs = rig.inputs(supervised_tuning_spec=None, reinforcement_tuning_spec=spec)
    counted_once = rig.create(inputs)["billable_token_count"]

    with pytest.raises(BudgetExceededError, match=f"counts {counted_once} tokens, times 2 epochs"):
        verbs(rig, data_checks="off").create(
            {**inputs, "triggers": ["again"], "budget": {"max_tokens": 2 * counted_once - 1}}
        )


def test_dropped_examples_are_reported_while_the_job_runs(rig: Rig) -> None:
    """With their lines, and once: hours before the end."""
    too_long = supervised_examples(1).replace(b"leaves", b"leaves " * 100_000)
    rig.emulator.put_object("data", "long.jsonl", supervised_examples(2) + b"\n" + too_long)
    spec = {"training_dataset_uri": "gs://data/long.jsonl", "hyper_parameters": {"epoch_count": 2}}

    left = interrupted(rig, 300.0, supervised_tuning_spec=spec)
    reported = [line for line in rig.report.warnings if "dropped by the service" in line]
    state = rig.verbs().update(left.resource_id, left.state, rig.inputs(supervised_tuning_spec=spec))

    assert reported == [
        "1 training example was dropped by the service: line 3 (The example has more tokens than the limit of the "
        "model.)"
    ]
    assert state["dropped_example_count"] == 1


def test_count_that_comes_with_the_end_is_reported(rig: Rig) -> None:
    """Nothing could be cancelled any more, and it must not be silent."""
    rig.emulator.configure(late_fields_share=1.0)

    state = verbs(rig, data_checks="off").create(rig.inputs(budget={"max_tokens": 100}))

    (warning,) = [line for line in rig.report.warnings if "had ended before it could be cancelled" in line]
    assert f"the service counts {state['billable_token_count']:,} tokens, times 3 epochs" in warning
