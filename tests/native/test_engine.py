"""The plugin with the real CLI: a program that names the types itself, as every language's SDK does.

The plugin is an executable on PATH, which is where the engine looks first.
"""

import json
import shutil
from collections.abc import Callable
from typing import Any

from pulumi_ctune.native import kept_schema
from tests.engine.emulator import VertexEmulator
from tests.engine.harness import Stack
from tests.engine.programs import PROMPTS, TRAINING, VALIDATION, program, sft

from .launcher import EXECUTABLE

TYPE = "ctune:index:ContinuousTuningJob"
SFT: dict[str, Any] = {
    "baseModel": "gemini-3.5-flash",
    "supervisedTuningSpec": {"trainingDatasetUri": TRAINING, "hyperParameters": {"epochCount": 2}},
    "tunedModelDisplayName": "support",
}
CHAIN = """
import pulumi
from pulumi import Alias, CustomResource, ResourceOptions

def job(name, **inputs):
    aliases = [Alias(type_="pulumi-python:dynamic/ctune:ContinuousTuningJob")]
    made = CustomResource(
        "ctune:index:ContinuousTuningJob", name, {**inputs, "tunedModelName": None}, ResourceOptions(aliases=aliases)
    )
    pulumi.export(name, made.tunedModelName)
    return made

"""


def chain(**changes: Any) -> str:
    """A supervised job, and one of reinforcement that continues from it."""
    scorer = {
        "stringMatchExpression": {"matchOperation": "PARTIAL_MATCH", "expression": "{{references.answer}}"},
        "correctAnswerReward": 1,
    }
    spec = {
        "trainingDatasetUri": PROMPTS,
        "hyperParameters": {"epochCount": 1, "batchSize": 16, "samplesPerPrompt": 8},
        "singleRewardConfig": {"rewardName": "answer", "stringMatchRewardScorer": scorer},
    }
    return (
        f"{CHAIN}sft = job('sft', **{ {**SFT, **changes}!r})\n"
        f"job('rft', preTunedModel={{'tunedModelName': sft.tunedModelName}}, reinforcementTuningSpec={spec!r})\n"
    )


PARENT = "projects/acme/locations/us"
EVERY_KIND = f"""
import pulumi
from pulumi import CustomResource

def made(type_, name, outputs, **inputs):
    return CustomResource(f"ctune:index:{{type_}}", name, {{**inputs, **dict.fromkeys(outputs)}})

sft = made("ContinuousTuningJob", "sft", ["tunedModelName"], **{SFT!r})
quality = made(
    "EvaluationRun", "quality", ["result"], tunedModelName=sft.tunedModelName,
    dataSource={{"datasetUri": {VALIDATION!r}}}, generationConfig={{"temperature": 0}},
    evaluationConfig={{
        "allowCrossRegionModel": True,
        "metrics": [{{"metric": "exact_match", "computationBasedMetricSpec": {{"type": "EXACT_MATCH"}}}}],
    }},
)
gate = [{{"evaluation": quality.result, "metric": "exact_match", "atLeast": 0}}]
prod = made("ModelVersionAlias", "prod", [], tunedModelName=sft.tunedModelName, alias="prod", require=gate)
live = made("ModelDeployment", "live", [], endpoint="{PARENT}/endpoints/bot", tunedModelName=sft.tunedModelName)
copy = made("ModelCopy", "copy", [], sourceModelName=sft.tunedModelName, project="acme-prod")
"""


def test_chain_is_made_once_and_stays(new_native_stack: Callable[..., Stack], vertex: VertexEmulator) -> None:
    """Two jobs; a second `up` and a preview change nothing; a label leaves the dependant alone, in the preview too."""
    stack = new_native_stack(chain())

    made = stack.up()
    again = stack.up()
    stack.write("__main__.py", chain(labels={"team": "a"}))
    previewed = stack.preview()
    labelled = stack.up()

    assert made.ops == {"sft": "create", "rft": "create"}
    assert again.ops == {"sft": "same", "rft": "same"}
    assert previewed.ops == labelled.ops == {"sft": "update", "rft": "same"}
    assert len(vertex.submissions()) == 2


def test_interrupted_run_is_resumed(new_native_stack: Callable[..., Stack], vertex: VertexEmulator) -> None:
    """Ctrl-C keeps id and state; the next `up` waits on, and makes no second job."""
    vertex.make_jobs_long()
    stack = new_native_stack(f"{CHAIN}job('sft', **{SFT!r})\n")
    with stack.start("up") as running:
        (name,) = vertex.wait_for_jobs(1, running)
        running.interrupt()
        running.wait()
    kept = stack.resource("sft")

    vertex.end_jobs()
    resumed = stack.up()

    assert (kept["id"], bool(kept["initErrors"])) == (name, True)
    assert resumed.ops == {"sft": "update"}
    assert len(vertex.submissions()) == 1


def test_job_of_a_killed_cli_is_taken_over(new_native_stack: Callable[..., Stack], vertex: VertexEmulator) -> None:
    """After kill -9 the state knows nothing; the next `up` finds the job, and makes no other."""
    vertex.make_jobs_long()
    stack = new_native_stack(f"{CHAIN}job('sft', **{SFT!r})\n")
    with stack.start("up") as running:
        (name,) = vertex.wait_for_jobs(1, running)
        running.kill()
    stack.unlock()

    with stack.start("up") as running:
        running.wait_for("took over tuning job")
        vertex.end_jobs()
        up = running.wait()

    assert (up.returncode, up.ops) == (0, {"sft": "create"})
    assert (stack.resource("sft")["id"], len(vertex.submissions())) == (name, 1)


def test_move_from_the_dynamic_type_trains_nothing(
    new_native_stack: Callable[..., Stack], vertex: VertexEmulator
) -> None:
    """One `up` with the alias that the schema gives to every SDK; then there is nothing to do."""
    stack = new_native_stack(program(sft=sft()))
    stack.up()

    stack.write("__main__.py", f"{CHAIN}job('sft', **{SFT!r})\n")
    moved = stack.up()
    again = stack.up()

    assert moved.ops["sft"] == "update"
    assert again.ops == {"sft": "same"}
    assert len(vertex.submissions()) == 1


def test_broken_config_is_reported_once(new_native_stack: Callable[..., Stack]) -> None:
    """At the provider, with key and value; no resource repeats it."""
    stack = new_native_stack(chain(), dataChecks="sometimes")

    run = stack.up(fails=True)

    assert sum("ctune:dataChecks" in line for line in run.errors) == 1
    assert "sometimes" in "".join(run.errors)


def test_cli_binds_the_schema(new_native_stack: Callable[..., Stack]) -> None:
    """`pulumi package get-schema` asks the plugin and checks what it says: references, names, defaults."""
    stack = new_native_stack("")

    printed = stack.run("package", "get-schema", str(shutil.which(EXECUTABLE, path=stack.env["PATH"]))).stdout

    assert set(json.loads(printed)["resources"]) == set(kept_schema.kept()["resources"])


def test_import_under_a_sparse_program_trains_nothing(
    new_native_stack: Callable[..., Stack], vertex: VertexEmulator
) -> None:
    """What the service chose and the program leaves out is no reason to train, nor are triggers, which the API never
    tells. At most one update in place follows, then there is nothing to do.
    """
    stack = new_native_stack(f"{CHAIN}job('sft', **{SFT!r})\n")
    stack.up()
    id_ = stack.resource("sft")["id"]
    stack.run("state", "delete", "--yes", stack.resource("sft")["urn"])
    sparse = {**SFT, "supervisedTuningSpec": {"trainingDatasetUri": TRAINING}, "triggers": ["1"]}
    del sparse["tunedModelDisplayName"]
    text = f"{CHAIN}job('sft', **{sparse!r})\n"

    stack.write("__main__.py", text.replace("(aliases=aliases)", f"(import_={id_!r})"))
    imported = stack.up()
    stack.write("__main__.py", text)
    runs = [stack.up(), stack.up()]

    assert "replace" not in {*imported.ops.values(), *runs[0].ops.values()}
    assert runs[1].ops == {"sft": "same"}
    assert len(vertex.submissions()) == 1


def test_every_kind_is_made_once_and_taken_away(new_native_stack: Callable[..., Stack], vertex: VertexEmulator) -> None:
    """Job, evaluation, gated alias, deployment and copy: then nothing to do, after a refresh too, and an end of all."""
    vertex.emulator.configure(copies_need_grants=0)
    vertex.post(f"{PARENT}/endpoints?endpointId=bot", {"displayName": "bot"})
    vertex.end_operations()
    stack = new_native_stack(EVERY_KIND)

    made = stack.up()
    vertex.forget_requests()
    again, refreshed = stack.up(), stack.up("--refresh")
    written = vertex.writes()
    ended = stack.destroy()

    names = ("sft", "quality", "prod", "live", "copy")
    assert made.ops == dict.fromkeys(names, "create")
    assert again.ops == dict.fromkeys(names, "same")
    assert (refreshed.changes.get("update"), written) == (None, [])
    assert ended.ops == dict.fromkeys(names, "delete")


def test_pulumi_import_changes_nothing_at_google(
    new_native_stack: Callable[..., Stack], vertex: VertexEmulator
) -> None:
    """`pulumi import` takes a job into the stack without a request that changes anything, and so does the next `up`."""
    stack = new_native_stack(f"{CHAIN}job('sft', **{SFT!r})\n")
    stack.up()
    kept = stack.resource("sft")
    stack.run("state", "delete", "--yes", kept["urn"])
    vertex.forget_requests()

    stack.run("import", TYPE, "sft", kept["id"], "--yes", "--protect=false", "--generate-code=false")
    imported, written = stack.resource("sft"), vertex.writes()
    runs = [stack.up(), stack.up()]

    assert (imported["id"], written) == (kept["id"], [])
    assert [run.ops for run in runs] == [{"sft": "update"}, {"sft": "same"}]
    assert vertex.submissions() == []
