"""Update plans through the real CLI: what a preview promised is what the update does, hidden inputs included.

`preview --save-plan` writes down the inputs that each resource will have; `up --plan` fails for any that differ. So an
input that our program or check draws anew in each run would show here.
"""

from collections.abc import Callable

from .emulator import (  # fixtures go by name
    VertexEmulator,
    new_tuning_stack_fixture,  # noqa: F401
    vertex_fixture,  # noqa: F401
)
from .harness import Run, Stack
from .programs import RFT, program, sft

NewStack = Callable[..., Stack]

_PLAN = "plan.json"


def planned_up(stack: Stack) -> Run:
    """Update by the plan that a preview has saved just before."""
    stack.preview("--save-plan", _PLAN)
    return stack.up("--plan", _PLAN)


def test_update_does_what_a_plan_says(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A first create, a change in place and a replacement of a source with its follower keep to their plans."""
    stack = new_tuning_stack(program(sft=sft(), rft=RFT))

    created = planned_up(stack)
    stack.write("__main__.py", program(sft=sft(labels={"team": "support"}), rft=RFT))
    updated = planned_up(stack)
    stack.write("__main__.py", program(sft=sft(labels={"team": "support"}, epoch_count=3), rft=RFT))
    replaced = planned_up(stack)

    assert created.ops == {"sft": "create", "rft": "create"}
    assert updated.ops == {"sft": "update", "rft": "same"}
    assert replaced.ops == {"sft": "replace", "rft": "replace"}
    assert len(vertex.submissions()) == 4
