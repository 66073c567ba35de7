"""What a job costs, through the real CLI: told in a preview, refused, and cancelled while it runs."""

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


def priced(run: Run) -> list[str]:
    return [said.message for said in run.log.diagnostics if "tokens to train" in said.message]


def test_budget_from_the_preview_to_the_running_job(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """The preview tells the price of both jobs, and refuses what is above the budget; a job that the service counts
    higher than was estimated is cancelled while it runs. A budget that is raised on a finished job trains nothing.
    """
    stack = new_tuning_stack(program(sft=SFT, rft=RFT))

    preview = stack.preview()
    stack.write("__main__.py", program(sft=sft(budget={"max_tokens": 10})))
    refused = stack.preview(fails=True)
    vertex.make_jobs_long()
    stack.write("__main__.py", program(sft=sft(budget={"max_tokens": 55})))
    with stack.start("up") as running:
        vertex.wait_for_jobs(1, running)
        vertex.emulator.advance(timedelta(minutes=30))  # the service has read the dataset by then
        cancelled = running.wait()
    vertex.make_jobs_short()
    stack.write("__main__.py", program(sft=sft(budget={"max_usd": 5})))
    stack.up()
    stack.write("__main__.py", program(sft=sft(budget={"max_tokens": 10})))
    lowered = stack.up()

    jobs, of_the_stack = priced(preview)[:-1], priced(preview)[-1]
    assert len(jobs) == 2
    assert all("by list price of 2026-09-28" in line for line in jobs)
    assert of_the_stack.startswith("2 training runs: about ")
    assert "without a known price" not in of_the_stack
    assert any("tokens are above budget.max_tokens 10" in error for error in refused.errors)
    assert any(
        "the tuning job was cancelled" in error and "budget.max_tokens 55" in error for error in cancelled.errors
    )
    assert lowered.ops == {"sft": "update"}
    assert [*vertex.jobs().values()] == ["JOB_STATE_CANCELLED", "JOB_STATE_SUCCEEDED"]
    assert stack.preview().changes == {"same": 2}
