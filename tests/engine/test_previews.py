"""Previews through the real CLI, where the engine cannot tell everything: what is said before it is paid for."""

from collections.abc import Callable
from typing import Any

from .emulator import (  # fixtures go by name
    VertexEmulator,
    new_tuning_stack_fixture,  # noqa: F401
    vertex_fixture,  # noqa: F401
)
from .harness import Run, Stack
from .programs import RFT, SFT, Code, program, sft

NewStack = Callable[..., Stack]


def with_upstream(content: str, **more: Any) -> str:
    """A job whose trigger is an output of another resource, which is made anew when its content changes."""
    data: dict[str, Any] = sft(triggers=[Code("data.id")])
    head, job = program(sft=data, **more).split("sft = ", 1)
    return f"""{head}
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider

class Data(ResourceProvider):
    def create(self, props):
        return CreateResult("generation-" + props["content"], dict(props))

    def diff(self, id, olds, news):
        return DiffResult(changes=olds["content"] != news["content"], replaces=["content"])

class DataObject(Resource, name="DataObject"):
    pass

data = DataObject(Data(), "data", {{"content": {content!r}}})
sft = {job}"""


def reported(run: Run) -> list[tuple[str, str]]:
    """What a command said of a possible training run: severity and message."""
    return [(said.severity, said.message) for said in run.log.diagnostics if "may train again" in said.message]


def test_trigger_that_is_known_after_the_update_is_a_warning(
    new_tuning_stack: NewStack, vertex: VertexEmulator
) -> None:
    """The preview does not know the value, and says it may cost a run; an update trains, unless a plan forbids it."""
    stack = new_tuning_stack(with_upstream("a"))
    stack.up()
    stack.write("__main__.py", with_upstream("b"))

    preview = stack.preview("--save-plan", "plan.json")
    planned, jobs = stack.up("--plan", "plan.json", fails=True), len(vertex.submissions())
    up = stack.up()

    assert preview.ops == {"data": "replace", "sft": "update"}
    assert reported(preview) == [("warning", "may train again: triggers[0] is known after the update")]
    assert any("not allowed by the plan" in error for error in planned.errors)
    assert (jobs, up.ops["sft"], len(vertex.submissions())) == (1, "replace", 2)


def test_forced_replacement_of_a_source_shows_its_follower(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """Of a source that is replaced by force no diff is asked; what continues from it is shown as replaced."""
    stack = new_tuning_stack(program(sft=SFT, rft=RFT))
    stack.up()

    preview = stack.preview("--replace", stack.resource("sft")["urn"])

    assert preview.ops == {"sft": "replace", "rft": "replace"}
    assert reported(preview) == []


def options(text: str) -> dict[str, Any]:
    """A job's argument `opts`."""
    return {"opts": Code(f"pulumi.ResourceOptions({text})")}


def test_resource_that_is_replaced_with_one_that_may_train_may_train(
    new_tuning_stack: NewStack, vertex: VertexEmulator
) -> None:
    """The engine finds out in the update; the preview tells of it, and of what continues from it."""
    other = sft(tuned_model_display_name="other") | options("replace_with=[sft]")
    source = {"tuned_model_name": Code("other.tuned_model_name")}
    follower = sft(base_model=None, tuned_model_display_name=None, pre_tuned_model=source)
    stack = new_tuning_stack(with_upstream("a", other=other, follower=follower))
    stack.up()
    stack.write("__main__.py", with_upstream("b", other=other, follower=follower))

    preview, up = stack.preview(), stack.up()

    assert reported(preview) == [
        ("warning", "may train again: triggers[0] is known after the update"),
        ("warning", "may train again: it is replaced with sft, which may train again"),
        ("warning", "may train again: pre_tuned_model.tuned_model_name is known after the update"),
    ]
    assert up.ops == dict.fromkeys(("data", "sft", "other", "follower"), "replace")
    assert len(vertex.submissions()) == 6
