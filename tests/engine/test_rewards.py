"""What a preview says of a reward, through the real CLI."""

from collections.abc import Callable
from typing import Any

from .emulator import (  # fixtures go by name
    VertexEmulator,
    new_tuning_stack_fixture,  # noqa: F401
    vertex_fixture,  # noqa: F401
)
from .harness import Stack
from .programs import RFT, SFT, program

NewStack = Callable[..., Stack]
RIGHT = "float(response['parts'][0]['text'] == example['references']['answer'])"


def chain(snippet: str) -> str:
    """A supervised job, and a reinforcement job on top of it whose reward is this snippet."""
    reward = {"reward_name": "answer", "code_execution_reward_scorer": {"python_code_snippet": snippet}}
    spec: dict[str, Any] = {**RFT["reinforcement_tuning_spec"], "single_reward_config": reward}
    return program(sft=SFT, rft={**RFT, "reinforcement_tuning_spec": spec})


def test_reward_from_the_preview_to_the_job(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A snippet that cannot run is refused in the preview, before the job that it builds on is paid for; one that never
    tells answers apart is warned of; a good one is not spoken of, and not run again once its job is there.
    """
    stack = new_tuning_stack(chain("import torch\n" + body(RIGHT)))
    refused = stack.preview(fails=True)
    stack.write("__main__.py", chain(body("1.0 if response['parts'][0] == example['references']['answer'] else -1.0")))
    warned = stack.preview()
    stack.write("__main__.py", chain(body(RIGHT)))
    up = stack.up()
    vertex.forget_requests()
    again = stack.preview()

    assert any(
        "single_reward_config.code_execution_reward_scorer.python_code_snippet" in error
        and "imports 'torch', which the service does not list" in error
        for error in refused.errors
    )
    assert [said.message for said in warned.log.diagnostics if "every answer earns -1" in said.message] != []
    assert [said.message for said in up.log.diagnostics if said.severity == "warning"] == []
    assert again.changes == {"same": 3}
    assert vertex.emulator.requests() == []


def body(reward: str) -> str:
    return f"def evaluate(example, response):\n    return {reward}\n"
