"""Pulumi's own options on jobs: each training run that they cost is announced, and none is paid for twice."""

from collections.abc import Callable
from typing import Any

from .emulator import (  # fixtures go by name
    VertexEmulator,
    new_tuning_stack_fixture,  # noqa: F401
    vertex_fixture,  # noqa: F401
)
from .harness import Stack
from .programs import Code, program, sft

NewStack = Callable[..., Stack]

TRANSFORMED = """
def old_style(args):
    assert {"labels", "triggers", "description"} <= args.props.keys()
    return pulumi.ResourceTransformationResult({**args.props, "labels": {"team": "search"}}, args.opts)

def new_style(args):
    triggers = [*args.props.get("triggers", []), %r]
    props = {**args.props, "triggers": triggers, "description": args.props["labels"]["team"]}
    return pulumi.ResourceTransformResult(props=props, opts=args.opts)

pulumi.runtime.register_stack_transformation(old_style)
pulumi.runtime.register_resource_transform(new_style)
"""


def job(name: str, options: str, **changes: Any) -> dict[str, Any]:
    """A job that makes a model of this name."""
    return sft(tuned_model_display_name=name, opts=Code(f"pulumi.ResourceOptions({options})"), **changes)


def after(source: str) -> dict[str, Any]:
    """A job that continues from that resource's version."""
    name = Code(f"{source}.tuned_model_name")
    return sft(base_model=None, tuned_model_display_name=None, pre_tuned_model={"tuned_model_name": name})


def asking(version: str, epoch_count: int) -> str:
    """Jobs that options replace once `version` changes, and what goes with them."""
    return program(
        labelled=job("labelled", "replace_on_changes=['labels']", labels={"version": version}),
        after_labelled=after("labelled"),
        triggered=job("triggered", f"replacement_trigger={version!r}"),
        after_triggered=after("triggered"),
        gone_first=job("gone-first", "delete_before_replace=True", epoch_count=epoch_count),
        after_gone_first=after("gone_first"),
        partner=job("partner", "replace_with=[triggered]"),
    )


def keeping(triggers: list[int], name: str, *options: str) -> str:
    """Jobs whose options keep the engine from replacing or deleting something."""
    return program(
        ignored=job("ignored", "ignore_changes=['triggers']", triggers=triggers),
        **{name: job("renamed", ", ".join(options))},
        retained=job("retained", "retain_on_delete=True", deletion_policy="DELETE"),
        gone_with_it=job("gone-with-it", "deleted_with=ignored", deletion_policy="DELETE"),
    )


def test_replacements_that_options_ask_for_are_announced(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """`replace_on_changes`, `replacement_trigger`, `delete_before_replace`, `replace_with`, and what follows each."""
    stack = new_tuning_stack(asking("a", 2))
    stack.up()
    stack.write("__main__.py", asking("b", 3))

    preview, up = stack.preview(), stack.up()

    assert set(preview.ops.values()) == {"replace"}
    assert up.ops == preview.ops
    assert len(vertex.submissions()) == 14
    assert stack.preview().changes == {"same": 8}


def test_jobs_that_options_keep_are_never_paid_twice(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """`ignore_changes`, `aliases`; and `retain_on_delete`, `deleted_with`, of which no destroy tells the provider."""
    stack = new_tuning_stack(keeping([1], "before"))
    stack.up()
    stack.write("__main__.py", keeping([2], "renamed", "aliases=[pulumi.Alias(name='before')]"))

    preview, up = stack.preview(), stack.up()
    triggers = stack.resource("ignored")["outputs"]["triggers"]
    stack.write("__main__.py", keeping([1], "before"))  # the name that its job carries
    stack.destroy()
    again = stack.up()

    assert [run.changes for run in (preview, up)] == [{"same": 5}] * 2
    assert triggers == [1]
    assert set(again.ops.values()) == {"create"}
    assert len(vertex.submissions()) == 4


def test_transformations_see_and_change_inputs(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """Those of both kinds count like inputs of the program: metadata in place, a trigger as another run."""

    def transformed(trigger: str) -> str:
        head, jobs = program(sft=sft(triggers=[1])).split("sft = ", 1)
        return f"{head}{TRANSFORMED % trigger}sft = {jobs}"

    stack = new_tuning_stack(transformed("a"))
    stack.up()
    outputs = stack.resource("sft")["outputs"]
    settled = stack.preview()
    stack.write("__main__.py", transformed("b"))
    preview = stack.preview()

    assert {key: outputs[key] for key in ("labels", "triggers", "description")} == {
        "labels": {"team": "search"},
        "triggers": [1, "a"],
        "description": "search",
    }
    assert (settled.changes, preview.ops) == ({"same": 2}, {"sft": "replace"})
