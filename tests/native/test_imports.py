"""Import of what was made by another hand: a program that leaves out what the service chose changes nothing at Google.

As the engine does it: Read without a state, Check with what was read, Diff, and Update where there is a difference.
"""

from collections.abc import Callable
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2 as pb

from tests.engine.emulator import VertexEmulator
from tests.engine.harness import Stack
from tests.engine.programs import VALIDATION

from .plugin import UNKNOWN, Plugin, PluginError, urn
from .test_engine import EVERY_KIND, PARENT
from .test_servicer import SFT

ENDPOINT = "projects/acme/locations/us/endpoints/bot"
LEFT_OUT = {"labels", "encryptionSpec", "modelId"}


class Made:
    """A resource of a kind, made under one name and then imported by a sparse program."""

    def __init__(self, plugin: Plugin, vertex: VertexEmulator, kind: str) -> None:
        self.plugin, self.vertex, self.urn = plugin, vertex, urn(kind, "it")
        vertex.emulator.configure(copies_need_grants=0)
        vertex.post("projects/acme/locations/us/endpoints?endpointId=bot", {"displayName": "bot"})
        vertex.end_operations()
        job = urn("ContinuousTuningJob")
        settled, _ = plugin.check(job, SFT)
        self.version = plugin.create(job, settled)[1]["tunedModelName"]
        self.inputs: dict[str, Any] = {
            "ModelVersionAlias": {"tunedModelName": self.version, "alias": "prod"},
            "ModelDeployment": {"tunedModelName": self.version, "endpoint": ENDPOINT},
            "ModelCopy": {"sourceModelName": self.version, "project": "acme-prod", "labels": {"team": "a"}},
            "EvaluationRun": {
                "tunedModelName": self.version,
                "dataSource": {"datasetUri": VALIDATION},
                "evaluationConfig": {
                    "allowCrossRegionModel": True,
                    "metrics": [{"metric": "exact_match", "computationBasedMetricSpec": {"type": "EXACT_MATCH"}}],
                },
            },
        }[kind]
        self.checked = self.check(self.inputs)
        self.id, self.state = plugin.create(self.urn, self.checked)
        vertex.forget_requests()

    def check(self, inputs: dict[str, Any], olds: dict[str, Any] | None = None) -> dict[str, Any]:
        settled, failures = self.plugin.check(self.urn, inputs, olds)
        assert failures == {}
        return settled

    def imported(self, **changes: Any) -> tuple[dict[str, Any], dict[str, Any], Any]:
        """State, checked inputs and the answer to Diff of a program that imports it."""
        found, state, inputs = self.plugin.read(self.urn, self.id, {}, {})
        assert found == self.id
        sparse = {key: value for key, value in (self.inputs | changes).items() if key not in LEFT_OUT - {*changes}}
        news = self.check(sparse, inputs)
        return state, news, self.plugin.diff(self.urn, self.id, state, news)


KINDS = ("ModelVersionAlias", "ModelDeployment", "ModelCopy", "EvaluationRun")


@pytest.fixture(params=KINDS)
def made(request: pytest.FixtureRequest, plugin: Plugin, vertex: VertexEmulator) -> Made:
    return Made(plugin, vertex, request.param)


def test_import_is_settled_by_one_update_in_place_at_most(made: Made) -> None:
    """Nothing is made, moved or asked anew; what the update writes is at most the mark of a copy."""
    state, news, answer = made.imported()
    assert list(answer.replaces) == []
    if answer.changes == pb.DiffResponse.DIFF_SOME:
        state = made.plugin.update(made.urn, made.id, state, news)

    again = made.plugin.diff(made.urn, made.id, state, made.check(made.inputs | {"labels": None}, news))

    assert again.changes == pb.DiffResponse.DIFF_NONE
    assert {write.partition(" ")[0] for write in made.vertex.writes()} <= {"PATCH"}


def test_what_the_program_says_of_a_copy_counts(
    plugin: Plugin, new_plugin: Callable[[], Plugin], vertex: VertexEmulator
) -> None:
    """Another id is another copy; labels that it leaves out stay, and the copy is the importer's from then on."""
    made = Made(plugin, vertex, "ModelCopy")
    made.plugin = new_plugin()  # what the first one made is no successor of it
    _, _, renamed = made.imported(modelId="other")
    state, news, _ = made.imported(deletionPolicy="DELETE")
    state = made.plugin.update(made.urn, made.id, state, news)
    (labels,) = [model["labels"] for model in vertex.get("projects/acme-prod/locations/us-central1/models")["models"]]

    made.plugin.delete(made.urn, made.id, state)

    assert list(renamed.replaces) == ["modelId"]
    assert labels["team"] == "a"
    assert vertex.get("projects/acme-prod/locations/us-central1/models").get("models", []) == []


def test_deployment_of_another_name_is_taken_over(
    plugin: Plugin, new_plugin: Callable[[], Plugin], vertex: VertexEmulator
) -> None:
    """The id is that of its maker: the importer changes nothing, and its delete takes it off the endpoint."""
    made = Made(plugin, vertex, "ModelDeployment")
    made.plugin, made.urn = new_plugin(), urn("ModelDeployment", "another")
    state, news, answer = made.imported(trafficPercent=100)
    vertex.forget_requests()

    made.plugin.delete(made.urn, made.id, state)

    assert answer.changes == pb.DiffResponse.DIFF_NONE
    assert news["__owner"]["name"] == "another"
    assert vertex.get(ENDPOINT).get("deployedModels", []) == []


def test_imported_run_of_another_version_is_refused(plugin: Plugin, vertex: VertexEmulator) -> None:
    """As one that is adopted is: it is an error of one line, and no run is made for it."""
    made = Made(plugin, vertex, "EvaluationRun")
    job = urn("ContinuousTuningJob", "other")
    other = plugin.create(job, plugin.check(job, SFT)[0])[1]["tunedModelName"]
    vertex.forget_requests()
    state, news, _ = made.imported(tunedModelName=other)

    with pytest.raises(PluginError, match="the evaluation run was not adopted"):
        plugin.update(made.urn, made.id, state, news)

    assert vertex.writes() == []


PLACE = "projects/acme/locations/us-central1"


@pytest.mark.parametrize(
    ("kind", "id_"),
    [
        ("ContinuousTuningJob", f"{PLACE}/tuningJobs/1"),
        ("ModelVersionAlias", f"{PLACE}/models/1@prod"),
        ("ModelDeployment", f"{ENDPOINT}@0123456789abcdef0123"),
        ("ModelCopy", f"{PLACE}/models/1@1"),
        ("EvaluationRun", f"{PLACE}/evaluationRuns/1"),
    ],
)
def test_what_is_not_there_cannot_be_imported(plugin: Plugin, kind: str, id_: str) -> None:
    """One line that names it."""
    with pytest.raises(PluginError) as failed:
        plugin.read(urn(kind), id_, {}, {})

    assert id_ in failed.value.message
    assert "\n" not in failed.value.message


@pytest.mark.parametrize(
    "kind", ["ContinuousTuningJob", "ModelVersionAlias", "ModelDeployment", "ModelCopy", "EvaluationRun"]
)
@pytest.mark.parametrize("id_", ["", "golden", f"{PLACE}/pipelineJobs/1", f"{PLACE}/pipelineJobs/1@golden"])
def test_id_of_something_else_cannot_be_imported(plugin: Plugin, vertex: VertexEmulator, kind: str, id_: str) -> None:
    """It is told at once, with the form that is right; nothing is taken for what it is not."""
    with pytest.raises(PluginError, match=r"could not be read.* is not of the form projects/PROJECT/") as failed:
        plugin.read(urn(kind), id_, {}, {})

    assert "\n" not in failed.value.message


def test_job_cannot_be_imported_as_anything_else(plugin: Plugin, vertex: VertexEmulator) -> None:
    """Its name leads somewhere, but to no alias, deployment, copy or run; nor does a look-up take it for a run."""
    job, _ = plugin.create(urn("ContinuousTuningJob"), plugin.check(urn("ContinuousTuningJob"), SFT)[0])

    for kind in ("ModelVersionAlias", "ModelDeployment", "ModelCopy", "EvaluationRun"):
        with pytest.raises(PluginError, match="is not of the form"):
            plugin.read(urn(kind), job, {}, {})
    with pytest.raises(PluginError, match=r"^the evaluation run could not be looked up.* is not of the form"):
        plugin.invoke("ctune:index:getEvaluationRun", {"name": job})


UNTOUCHED = {
    "ModelVersionAlias": {"require": [{"metric": "/eval_total_loss", "atMost": 100}]},
    "ModelDeployment": {"trafficPercent": 100},
    "ModelCopy": {"labels": {"team": "b"}},
    "EvaluationRun": {"labels": {"team": "b"}},
}
OUTPUTS = {"ModelVersionAlias": "versionId", "ModelDeployment": "deployedModelId", "ModelCopy": "tunedModelName"}


def test_preview_of_an_update_in_place_keeps_outputs_known(made: Made) -> None:
    """What depends on them stays as it is; with another version they are unknown."""
    kind = made.urn.split("::")[2].rpartition(":")[2]
    output = OUTPUTS.get(kind, "resultSet")
    news = made.check(made.inputs | UNTOUCHED[kind], made.checked)

    kept = made.plugin.update(made.urn, made.id, made.state, news, preview=True)
    moved = made.plugin.update(
        made.urn, made.id, made.state, {**news, "tunedModelName": UNKNOWN, "sourceModelName": UNKNOWN}, preview=True
    )

    assert (kept[output], moved[output]) == (made.state[output], UNKNOWN)


def test_lost_state_of_every_kind_is_imported_and_read(
    new_native_stack: Callable[..., Stack], vertex: VertexEmulator
) -> None:
    """By the option `import` of the real CLI, then by the program as it was, and by `.get()`: nothing is made anew."""
    vertex.emulator.configure(copies_need_grants=0)
    vertex.post(f"{PARENT}/endpoints?endpointId=bot", {"displayName": "bot"})
    vertex.end_operations()
    stack = new_native_stack(EVERY_KIND)
    stack.up()
    names = ("copy", "live", "prod", "quality", "sft")
    ids = {name: stack.resource(name)["id"] for name in names}
    for name in names:
        stack.run("state", "delete", "--yes", stack.resource(name)["urn"])
    vertex.forget_requests()

    stack.write("__main__.py", with_option("import_", ids))
    imported = stack.up()
    stack.write("__main__.py", EVERY_KIND)
    runs = [stack.up(), stack.up()]
    written = {write.partition(" ")[0] for write in vertex.writes()}
    stack.write("__main__.py", with_option("id", ids))
    read = stack.preview()

    assert {*imported.ops} == {*names}
    assert not [
        op for run in (imported, *runs) for op in run.ops.values() if "replace" in op or op in ("create", "delete")
    ]
    assert runs[1].ops == dict.fromkeys(names, "same")
    assert written <= {"PATCH"}
    assert {read.ops[name] for name in names} == {"read"}


def with_option(option: str, ids: dict[str, str]) -> str:
    """The program with its resources imported, or only read."""
    options = f", pulumi.ResourceOptions({option}={ids!r}[name]))"
    return EVERY_KIND.replace("**dict.fromkeys(outputs)})", "**dict.fromkeys(outputs)}" + options)
