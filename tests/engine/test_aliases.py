"""Aliases, gates and lookups through the real CLI: what is moved, what is left alone, what a program reads."""

from collections.abc import Callable
from typing import Any

from .emulator import VertexEmulator, new_tuning_stack_fixture, vertex_fixture  # noqa: F401  # fixtures go by name
from .harness import Run, Stack
from .programs import SFT, SOURCE, program, sft

NewStack = Callable[..., Stack]

SECOND: dict[str, Any] = sft(base_model=None, tuned_model_display_name=None, pre_tuned_model=SOURCE)
"""A supervised job that continues from the job `sft` and makes the next version of its model."""

TWO_VERSIONS = program(sft=SFT, second=SECOND)
MERGE = ":mergeVersionAliases"


def with_alias(version: str, *, name: str = "prod", require: Any = None, jobs: str = TWO_VERSIONS) -> str:
    """A program with two versions of one model and an alias, `prod`, on one of them: `version` is code."""
    return (
        f"{jobs}alias = ctune.ModelVersionAlias({name!r}, tuned_model_name={version}, alias='prod', "
        f"require={require!r})\npulumi.export('alias', alias.id)\n"
    )


def changed(run: Run) -> dict[str, str]:
    """What happened to the resources that did not stay the same."""
    return {name: op for name, op in run.ops.items() if op not in ("same", "read", "refresh")}


def holder(vertex: VertexEmulator, stack: Stack) -> str | None:
    """The number of the version that has the alias, asked of the server."""
    model = stack.resource("sft")["outputs"]["model"]
    versions = vertex.get(f"{model}:listVersions")["models"]
    return next((item["versionId"] for item in versions if "prod" in item.get("versionAliases", [])), None)


def moves(vertex: VertexEmulator) -> list[str]:
    """The requests that changed aliases, without the models' names."""
    return [entry.partition("/models/")[2].partition("@")[2] for entry in vertex.writes() if entry.endswith(MERGE)]


def test_new_version_takes_the_alias_in_one_request(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """Another version is an update: one request moves the alias, so that it is never without a holder."""
    stack = new_tuning_stack(with_alias("sft.tuned_model_name"))
    stack.up()
    vertex.forget_requests()
    stack.write("__main__.py", with_alias("second.tuned_model_name"))

    preview, up = stack.preview(), stack.up()

    assert changed(preview) == changed(up) == {"prod": "update"}
    assert vertex.writes() == [f"POST /v1beta1/{stack.resource('sft')['outputs']['model']}@2{MERGE}"]
    outputs = stack.resource("prod")["outputs"]
    assert (outputs["version_id"], outputs["previous_version_id"]) == ("2", "1")
    assert holder(vertex, stack) == "2"
    assert "alias 'prod' was moved from version 1 to version 2 of " in up.stdout


def test_settled_alias_is_left_alone(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A second `up`, a preview and a refresh have nothing to do, and nothing is written."""
    stack = new_tuning_stack(with_alias("second.tuned_model_name"))
    stack.up()
    vertex.forget_requests()

    second, preview, refreshed = stack.up(), stack.preview(), stack.up("--refresh")

    assert [run.changes for run in (second, preview, refreshed)] == [{"same": 4}] * 3
    assert vertex.writes() == []


def test_metadata_edit_of_the_job_leaves_its_alias_alone(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """While its job is updated in place a preview does not know the version, and shows no change of the alias."""
    jobs = program(sft=SFT)
    stack = new_tuning_stack(with_alias("sft.tuned_model_name", jobs=jobs))
    stack.up()
    edited = program(sft=sft(description="edited"))
    stack.write("__main__.py", with_alias("sft.tuned_model_name", jobs=edited))

    preview, up = stack.preview(), stack.up()

    assert changed(preview) == changed(up) == {"sft": "update"}
    assert moves(vertex) == [f"1{MERGE}"]


def test_alias_goes_to_the_new_model_of_a_job_that_trains_again(
    new_tuning_stack: NewStack, vertex: VertexEmulator
) -> None:
    """Another model is another alias: it is put there before the old model loses its own."""
    stack = new_tuning_stack(with_alias("sft.tuned_model_name", jobs=program(sft=SFT)))
    stack.up()
    old = stack.resource("sft")["outputs"]["model"]
    retrained = program(sft=sft(epoch_count=3))
    stack.write("__main__.py", with_alias("sft.tuned_model_name", jobs=retrained))
    vertex.forget_requests()

    up = stack.up()

    new = stack.resource("sft")["outputs"]["model"]
    assert changed(up) == {"sft": "replace", "prod": "replace"}
    assert [entry for entry in vertex.writes() if entry.endswith(MERGE)] == [
        f"POST /v1beta1/{new}@1{MERGE}",
        f"POST /v1beta1/{old}@1{MERGE}",
    ]
    assert holder(vertex, stack) == "1"
    assert stack.preview().changes == {"same": 3}


def test_existing_alias_can_be_looked_up(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """`.get()` reads an alias by its id and manages nothing; one that is gone is one line."""
    stack = new_tuning_stack(with_alias("sft.tuned_model_name", jobs=program(sft=SFT)))
    stack.up()
    alias = stack.outputs()["alias"]
    lookup = "import pulumi_ctune as ctune\nimport pulumi\nit = ctune.ModelVersionAlias.get('prod', {!r})\n"
    export = "pulumi.export('version', it.version_id)\n"
    other = with_alias("sft.tuned_model_name", name="kept", jobs=program(sft=SFT))
    stack.write("__main__.py", other + lookup.format(alias) + export)
    stack.up()
    found = stack.outputs()["version"]
    stack.write("__main__.py", other + lookup.format(alias.replace("@prod", "@golden")) + export)

    gone = stack.up(fails=True)

    assert found == "1"
    assert holder(vertex, stack) == "1"
    assert "there is no such alias, or its model is gone" in "\n".join(gone.errors)


def test_alias_that_somebody_moved_comes_back(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """Refresh sees where the alias is now; the next `up` moves it back, and destroy takes it away."""
    stack = new_tuning_stack(with_alias("sft.tuned_model_name"))
    stack.up()
    vertex.post(f"{stack.outputs()['second']}{MERGE}", {"versionAliases": ["prod"]})

    refresh = stack.refresh()
    drifted = stack.resource("prod")["outputs"]["version_id"]
    up = stack.up()
    back = holder(vertex, stack)
    destroyed = stack.destroy("--target", stack.resource("prod")["urn"])

    assert (refresh.changes["update"], drifted) == (1, "2")
    assert (changed(up), back) == ({"prod": "update"}, "1")
    assert changed(destroyed) == {"prod": "delete"}
    assert holder(vertex, stack) is None


def test_alias_that_somebody_removed_is_made_again(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """Without its alias the resource is gone; the next `up` puts it back."""
    stack = new_tuning_stack(with_alias("sft.tuned_model_name"))
    stack.up()
    vertex.post(f"{stack.outputs()['sft']}{MERGE}", {"versionAliases": ["-prod"]})

    up = stack.up("--refresh")

    assert changed(up) == {"prod": "create"}
    assert holder(vertex, stack) == "1"


def test_missed_gate_stops_the_move(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """The old version keeps the alias, nothing is written, and one line says which limit was missed."""
    stack = new_tuning_stack(with_alias("sft.tuned_model_name"))
    stack.up()
    vertex.forget_requests()
    require = [{"metric": "/train_total_loss", "at_most": 0.001}]
    stack.write("__main__.py", with_alias("second.tuned_model_name", require=require))

    up = stack.up(fails=True)

    second = stack.outputs()["second"]
    assert up.errors[0].startswith(
        f"alias 'prod' was not moved [require]: {second} misses 1 of 1: '/train_total_loss' is "
    )
    assert up.errors[0].endswith("(last), at most 0.001 is allowed. Version 1 keeps the alias.")
    assert "Traceback" not in up.stdout
    assert vertex.writes() == []
    assert holder(vertex, stack) == "1"


def test_met_gate_lets_the_alias_through(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """What meets its limits is moved; a limit that changes afterwards writes nothing."""
    require = [{"metric": "/train_total_loss", "at_most": 100, "aggregate": "max"}]
    stack = new_tuning_stack(with_alias("second.tuned_model_name", require=require))
    stack.up()
    vertex.forget_requests()
    stack.write("__main__.py", with_alias("second.tuned_model_name", require=[require[0] | {"at_most": 99}]))

    up = stack.up()

    assert changed(up) == {"prod": "update"}
    assert vertex.writes() == []
    assert stack.preview().changes == {"same": 4}


def test_renamed_resource_keeps_the_alias(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A resource under another name takes the alias over before the old one is deleted, and so does `--replace`."""
    stack = new_tuning_stack(with_alias("sft.tuned_model_name"))
    stack.up()
    stack.write("__main__.py", with_alias("sft.tuned_model_name", name="production"))

    renamed = stack.up()
    replaced = stack.up("--replace", stack.resource("production")["urn"])

    assert changed(renamed) == {"production": "create", "prod": "delete"}
    assert changed(replaced) == {"production": "replace"}
    assert moves(vertex) == [f"1{MERGE}"]
    assert holder(vertex, stack) == "1"


def test_alias_has_one_owner_in_a_program(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A second resource for the same alias is refused: each would move it away from the other's version, run by run."""
    first = with_alias("sft.tuned_model_name")
    stack = new_tuning_stack(first)
    stack.up()
    rival = (
        "ctune.ModelVersionAlias('rival', tuned_model_name=second.tuned_model_name, alias='prod',"
        " opts=pulumi.ResourceOptions(depends_on=[alias]))\n"
    )
    stack.write("__main__.py", first + rival)

    up = stack.up(fails=True)

    model = stack.resource("sft")["outputs"]["model"]
    assert up.errors[0] == (
        f"alias 'prod' was not moved [alias]: another ModelVersionAlias of this program has 'prod' of {model}. "
        "Keep one of them."
    )
    assert holder(vertex, stack) == "1"


def test_inputs_that_cannot_be_right_fail_in_the_preview(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """All of them at once, at their own fields, without a request."""
    stack = new_tuning_stack(
        "import pulumi_ctune as ctune\n"
        "ctune.ModelVersionAlias('prod', tuned_model_name='projects/p/locations/l/models/1@golden', alias='Prod', "
        "require=[{'metrik': '/eval_total_loss'}])\n"
    )

    preview = stack.preview(fails=True)

    said = "\n".join(preview.errors)
    assert "names its version by the alias 'golden', which moves: pin the number" in said
    assert "'Prod' is not an alias" in said
    assert "did you mean 'metric'?" in said
    assert vertex.emulator.requests() == []


LOOKUPS = (
    "import pulumi\nimport pulumi_ctune as ctune\n"
    "name = pulumi.Config().require('name')\n"
    "found = ctune.get_tuned_model(name)\n"
    "pulumi.export('version', found.tuned_model_name)\n"
    "pulumi.export('whole', found)\n"
)


def test_program_reads_a_version_by_alias(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A lookup happens while the program runs, on the stack's settings, and pins the number; an output waits for the
    alias that it names.
    """
    later = "pulumi.export('later', ctune.get_tuned_model_output(alias.id))\n"
    stack = new_tuning_stack(with_alias("sft.tuned_model_name") + later)
    first = stack.preview()
    stack.up()
    jobs, alias = stack.resource("sft")["outputs"], stack.outputs()["alias"]
    stack.write("__main__.py", with_alias("sft.tuned_model_name") + later + LOOKUPS)
    stack.set_config({"name": f"{jobs['model'].rpartition('/')[2]}@prod"})

    stack.up()

    outputs = stack.outputs()
    assert changed(first) == {"sft": "create", "second": "create", "prod": "create"}
    assert alias == f"{jobs['model']}@prod"
    assert outputs["version"] == outputs["later"]["tuned_model_name"] == jobs["tuned_model_name"]
    assert outputs["whole"] == outputs["later"]
    assert outputs["whole"]["endpoint"] == jobs["endpoint"]
    assert outputs["whole"]["checkpoints"] == jobs["checkpoints"]
    assert outputs["whole"]["aliases"] == ["default", "prod"]


def test_lookup_that_fails_is_one_line(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A version that does not exist ends the program with one line, in preview too, whichever function looked."""
    missing = "projects/acme/locations/us-central1/models/1@prod"
    by_output = f"import pulumi_ctune as ctune\nctune.get_tuned_model_output({missing!r})\n"
    stack = new_tuning_stack(by_output)

    in_apply = stack.preview(fails=True)
    stack.write("__main__.py", by_output.replace("get_tuned_model_output", "get_tuned_model"))
    in_program = stack.preview(fails=True)

    for run in (in_apply, in_program):
        assert "the tuned model could not be looked up [projects/acme/locations/us-central1/models/1@prod]: " in str(
            run.errors
        )
        assert "Traceback" not in run.stdout + run.stderr


def test_lookup_by_an_output_names_the_function_for_outputs(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """`get_tuned_model(job.tuned_model_name)` is an easy mistake, and the line says what to call instead."""
    stack = new_tuning_stack(
        "import pulumi\nimport pulumi_ctune as ctune\nctune.get_tuned_model(pulumi.Output.from_input('4711'))\n"
    )

    run = stack.preview(fails=True)

    assert "the tuned model could not be looked up [name]: it is an Output" in str(run.errors)
    assert "Call get_tuned_model_output instead." in str(run.errors)
    assert "Traceback" not in run.stdout + run.stderr
