"""The name of a source that changes in a program of the real CLI: what it means counts, and asking is rare."""

from collections.abc import Callable
from typing import Any

from .emulator import (  # fixtures go by name
    VertexEmulator,
    new_tuning_stack_fixture,  # noqa: F401
    vertex_fixture,  # noqa: F401
)
from .harness import Run, Stack
from .programs import SFT, program, sft

NewStack = Callable[..., Stack]


def continued(name: str) -> str:
    """A program with a job and one that makes the next version of its model, whose name is written out."""
    source: dict[str, Any] = {"tuned_model_name": name}
    return program(sft=SFT, second=sft(base_model=None, tuned_model_display_name=None, pre_tuned_model=source))


def reported(run: Run) -> list[str]:
    return [said.message for said in run.log.diagnostics if "another training run is needed" in said.message]


def test_alias_in_the_place_of_a_number_is_looked_up_once(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """An alias of the recorded version is no change, costs no request once an `up` took it, and may move then."""
    stack = new_tuning_stack(program(sft=SFT))
    stack.up()
    model = stack.outputs()["sft"].partition("@")[0]
    stack.write("__main__.py", continued(f"{model}@1"))
    stack.up()
    stack.write("__main__.py", continued(model))

    preview, up = stack.preview(), stack.up()
    vertex.post(f"{model}@2:mergeVersionAliases", {"versionAliases": ["default"]})
    stack.refresh()
    vertex.forget_requests()
    settled = stack.preview()
    requests = vertex.emulator.requests()
    stack.write("__main__.py", continued(f"{model}@default"))
    same_again = stack.preview()

    assert [run.changes for run in (preview, up, settled, same_again)] == [{"same": 3}] * 4
    assert requests == []
    assert len(vertex.submissions()) == 0


def test_alias_of_another_version_is_a_replacement(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """The preview says what the `up` trains: the version that the alias means now."""
    stack = new_tuning_stack(program(sft=SFT))
    stack.up()
    model = stack.outputs()["sft"].partition("@")[0]
    stack.write("__main__.py", continued(f"{model}@1"))
    stack.up()
    vertex.post(f"{model}@2:mergeVersionAliases", {"versionAliases": ["golden"]})
    stack.write("__main__.py", continued(f"{model}@golden"))

    preview, up = stack.preview(), stack.up()

    assert [run.ops["second"] for run in (preview, up)] == ["replace"] * 2
    assert (
        reported(preview)
        == reported(up)
        == ["another training run is needed: pre_tuned_model.tuned_model_name changed"]
    )
    assert stack.resource("second")["outputs"]["source_model_name"] == f"{model}@2"
    assert len(vertex.submissions()) == 3
