"""What a job costs, through the real CLI: told in a preview, refused, and cancelled while it runs."""

import json
from collections.abc import Callable
from datetime import timedelta

from .emulator import (  # fixtures go by name
    VertexEmulator,
    new_tuning_stack_fixture,  # noqa: F401
    vertex_fixture,  # noqa: F401
)
from .harness import Run, Stack
from .programs import RFT, SFT, program, sft

NewStack = Callable[..., Stack]
LONG = {"training_dataset_uri": "gs://data/long-words.jsonl", "hyper_parameters": {"epoch_count": 2}}
BETWEEN = 1_000
"""Tokens: above the lower end, a token for each word, and below what the emulator counts by characters."""


def put_long_words(vertex: VertexEmulator) -> None:
    contents = [
        {"role": "user", "parts": [{"text": "responsibilities " * 10}]},
        {"role": "model", "parts": [{"text": "So."}]},
    ]
    vertex.emulator.put_object(
        "data", "long-words.jsonl", b"\n".join([json.dumps({"contents": contents}).encode()] * 20)
    )


def priced(run: Run) -> list[str]:
    return [said.message for said in run.log.diagnostics if "tokens to train" in said.message]


def test_budget_from_the_preview_to_the_running_job(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """The preview tells the price of both jobs, and refuses what is above the budget; a job that the service counts
    higher than was estimated is cancelled while it runs. A budget that is raised on a finished job trains nothing.
    """
    put_long_words(vertex)
    stack = new_tuning_stack(program(sft=SFT, rft=RFT))

    preview = stack.preview()
    stack.write("__main__.py", program(sft=sft(budget={"max_tokens": 10})))
    refused = stack.preview(fails=True)
    vertex.make_jobs_long()
    stack.write("__main__.py", program(sft=sft(supervised_tuning_spec=LONG, budget={"max_tokens": BETWEEN})))
    with stack.start("up") as running:
        vertex.wait_for_jobs(1, running)
        vertex.emulator.advance(timedelta(minutes=30))  # the service has read the dataset by then
        cancelled = running.wait()
    vertex.make_jobs_short()
    stack.write("__main__.py", program(sft=sft(supervised_tuning_spec=LONG, budget={"max_usd": 5})))
    stack.up()
    stack.write("__main__.py", program(sft=sft(supervised_tuning_spec=LONG, budget={"max_tokens": 10})))
    lowered = stack.up()

    jobs, of_the_stack = priced(preview)[:-1], priced(preview)[-1]
    assert len(jobs) == 2
    assert all("by list price of 2026-09-28" in line for line in jobs)
    assert of_the_stack.startswith("2 training runs: about ")
    assert "without a known price" not in of_the_stack
    assert any("tokens are above budget.max_tokens 10" in error for error in refused.errors)
    assert any(
        "the tuning job was cancelled" in error and "budget.max_tokens 1,000" in error for error in cancelled.errors
    )
    assert lowered.ops == {"sft": "update"}
    assert [*vertex.jobs().values()] == ["JOB_STATE_CANCELLED", "JOB_STATE_SUCCEEDED"]
    assert stack.preview().changes == {"same": 2}


def test_budget_of_the_stack_holds_after_a_kill(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A job that a killed run left above the budget is cancelled by the next `up`. The budget is changed in the config
    alone, which is no change of a job that is there.
    """
    put_long_words(vertex)
    vertex.make_jobs_long()
    stack = new_tuning_stack(program(sft=sft(supervised_tuning_spec=LONG)))
    with stack.start("up") as running:
        vertex.wait_for_jobs(1, running)
        running.kill()
    stack.unlock()
    vertex.emulator.advance(timedelta(minutes=30))
    stack.set_config({"ctune:budget": f'{{"max_tokens": {BETWEEN}}}'})

    cancelled = stack.up(fails=True)
    vertex.make_jobs_short()
    stack.set_config({"ctune:budget": '{"max_tokens": 1000000}'})
    stack.up()
    stack.set_config({"ctune:budget": '{"max_tokens": 1}'})
    lowered = stack.preview()

    (error,) = [error for error in cancelled.errors if "the tuning job was cancelled" in error]
    assert "are above ctune:budget.max_tokens 1,000. Raise ctune:budget, or train on less" in error
    assert [*vertex.jobs().values()] == ["JOB_STATE_CANCELLED", "JOB_STATE_SUCCEEDED"]
    assert lowered.changes == {"same": 2}


def test_budget_that_is_lowered_after_ctrl_c_is_held_at_once(
    new_tuning_stack: NewStack, vertex: VertexEmulator
) -> None:
    """The state has the job; the next `up` waits for it with the budget of now."""
    put_long_words(vertex)
    vertex.make_jobs_long()
    stack = new_tuning_stack(program(sft=sft(supervised_tuning_spec=LONG, budget={"max_tokens": 1_000_000})))
    with stack.start("up") as running:
        vertex.wait_for_jobs(1, running)
        running.interrupt()
        running.wait()
    vertex.emulator.advance(timedelta(minutes=30))
    stack.write("__main__.py", program(sft=sft(supervised_tuning_spec=LONG, budget={"max_tokens": BETWEEN})))

    cancelled = stack.up(fails=True)
    again = stack.preview()

    assert any("the tuning job was cancelled" in error and "max_tokens 1,000" in error for error in cancelled.errors)
    assert [*vertex.jobs().values()] == ["JOB_STATE_CANCELLED"]
    assert again.ops == {"sft": "replace"}
