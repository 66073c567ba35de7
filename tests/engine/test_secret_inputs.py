"""What a program marks as secret stays out of all that the CLI prints, before and after it changes."""

from collections.abc import Callable, Mapping

from .emulator import (  # fixtures go by name
    VertexEmulator,
    new_tuning_stack_fixture,  # noqa: F401
    vertex_fixture,  # noqa: F401
)
from .harness import Run, Stack, resources_of
from .programs import TRAINING

NewStack = Callable[..., Stack]

PROGRAM = f"""
import pulumi
import pulumi_ctune as ctune

config = pulumi.Config()
sft = ctune.ContinuousTuningJob(
    "sft",
    base_model="gemini-3.5-flash",
    supervised_tuning_spec={{"training_dataset_uri": {TRAINING!r}, "hyper_parameters": {{"epoch_count": 1}}}},
    tuned_model_display_name="support",
    service_account=config.require_secret("account"),
    labels={{"team": config.require_secret("team")}},
    triggers=[pulumi.Output.secret("%s")],
)
"""
OLD = {"account": "hunter2old@acme.iam.gserviceaccount.com", "team": "hunter2oldteam"}
NEW = {"account": "hunter2new@acme.iam.gserviceaccount.com", "team": "hunter2newteam"}


def keep(stack: Stack, config: Mapping[str, str]) -> None:
    """Set keys of the stack's config as secrets."""
    stack.run("config", "set-all", *(part for key, text in config.items() for part in ("--secret", f"{key}={text}")))


def printed(run: Run) -> str:
    """All that a command wrote: both streams, and every event that it told."""
    return f"{run.stdout}{run.stderr}{run.events}"


def test_secret_inputs_that_change_are_shown_nowhere(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """Trigger, service account and label from secrets: neither value in preview and up; which fields changed is."""
    stack = new_tuning_stack(PROGRAM % "hunter2oldtrig")
    keep(stack, OLD)
    first = [stack.preview("--diff"), stack.up("--diff")]
    stack.write("__main__.py", PROGRAM % "hunter2newtrig")
    keep(stack, NEW)

    then = [stack.preview("--diff"), stack.preview(), stack.up("--diff")]

    assert [run.ops["sft"] for run in then] == ["replace"] * 3
    assert len(vertex.submissions()) == 2
    assert any("service_account" in found.message for found in then[0].log.diagnostics)
    assert [line for run in first + then for line in printed(run).splitlines() if "hunter2" in line] == []
    assert vertex.submissions()[1]["serviceAccount"] == NEW["account"]


def test_refused_secret_is_named_and_not_shown(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A value that cannot be used: the line says which field, in the stream and in the events."""
    stack = new_tuning_stack(PROGRAM % "trig")
    keep(stack, {"account": "hunter2 account", "team": "Hunter2 Team"})

    run = stack.preview(fails=True)

    assert "service_account" in run.stdout
    assert "hunter2" not in printed(run).lower()


def test_secret_inputs_are_known_where_no_check_comes(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """Refresh and destroy that the service refuses, in words that quote them: neither command shows a value, and the
    state holds none in plain, in inputs, outputs or what is made of them.
    """
    stack = new_tuning_stack(
        PROGRAM.replace("labels=", 'location=config.require_secret("region"), deletion_policy="DELETE", labels=')
        % "hunter2t"
    )
    keep(stack, {**OLD, "region": "us-central1"})
    stack.up()
    state = stack.export()
    outputs = resources_of(state)["sft"]["outputs"]
    words = f"{OLD['account']} may not see {OLD['team']} and hunter2t"
    vertex.faults.add(method="GET", status=403, message=words, times=0)
    refreshed = stack.refresh(fails=True)
    vertex.faults.clear()
    vertex.faults.add(method="DELETE", status=400, message=words, times=0)
    destroyed = stack.destroy(fails=True)

    assert "hunter2" not in str(state)
    assert {key for key, value in outputs.items() if "us-central1" in str(value)} == set()
    assert "[secret] may not see [secret] and [secret]" in refreshed.stdout
    assert "[secret] may not see [secret] and [secret]" in destroyed.stdout
    assert "hunter2" not in printed(refreshed) + printed(destroyed)
