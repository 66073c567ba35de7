"""Programs in YAML: they have no SDK, and take names and required inputs from the plugin's schema."""

from pathlib import Path

import pytest

from tests.engine.harness import Project, resources_of
from tests.native import launcher
from tests.native.languages import add_to_path, language_hosts
from tests.pulumi_gcp.stacks import Place, on, plugin_installation
from vertex_emulator.pulumi_gcp import catalogue, schema
from vertex_emulator.pulumi_gcp.errors import InvalidInputError

PROGRAM = """
name: infra
runtime: yaml
variables:
  project:
    fn::invoke: {function: "gcp:organizations:getProject", arguments: {}}
resources:
  data: {type: "gcp:storage:Bucket", properties: {location: US}}
  train:
    type: gcp:storage:BucketObject
    properties: {bucket: "${data.name}", name: train.jsonl, source: {"fn::fileAsset": ./train.jsonl}}
  tuner: {type: "gcp:serviceaccount:Account", properties: {accountId: tuner}}
  ring: {type: "gcp:kms:KeyRing", properties: {location: us-central1, name: tuning}}
  key: {type: "gcp:kms:CryptoKey", properties: {keyRing: "${ring.id}", name: models}}
  support:
    type: ctune:ContinuousTuningJob
    properties:
      baseModel: gemini-3.5-flash
      serviceAccount: ${tuner.email}
      encryptionSpec: {kmsKeyName: "${key.id}"}
      supervisedTuningSpec:
        trainingDatasetUri: gs://${data.name}/${train.outputName}
        hyperParameters: {epochCount: 1}
    options: {dependsOn: ["${agent}"]}
  agent:
    type: gcp:kms:CryptoKeyIAMMember
    properties:
      cryptoKeyId: ${key.id}
      role: roles/cloudkms.cryptoKeyEncrypterDecrypter
      member: serviceAccount:service-${project.number}@gcp-sa-aiplatform.iam.gserviceaccount.com
  bot:
    type: gcp:vertex:AiEndpoint
    properties: {location: us, region: us, displayName: bot, encryptionSpec: {kmsKeyName: "${key.id}"}}
    options: {ignoreChanges: [trafficSplit]}
outputs: {model: "${support.tunedModelName}"}
"""


@pytest.fixture
def project(tmp_path: Path, pulumi_bin: Path) -> Project:
    """A project in YAML with both plugins, whose stack `dev` is on the emulator."""
    project = Project(tmp_path / "stack", pulumi_bin=pulumi_bin)
    add_to_path(project.env, *language_hosts(pulumi_bin, "yaml"))
    project.pulumi(*launcher.installation(tmp_path / "plugin"))
    project.pulumi(*plugin_installation(tmp_path))
    project.write("Pulumi.yaml", PROGRAM)
    data = Path(__file__).parents[2] / "stacks" / "datasets" / "support-sft-train.jsonl"
    project.write("train.jsonl", data.read_text())
    project.pulumi("stack", "init", "dev")
    return project


def test_models_stand_next_to_infrastructure_in_yaml(project: Project, tmp_path: Path) -> None:
    """Data, account, key, endpoint and job in one `up`; a second one changes nothing, and destroy takes all away."""
    place = Place(tmp_path / "vertex")
    project.set_config("dev", {**on(place), "ctune:project": "acme", "ctune:region": "us-central1"})

    made = project.up("dev")
    again = project.up("dev")

    assert {*made.ops.values()} == {"create"}
    assert again.changes == {"same": len(made.ops) + 1}
    (job,) = place.emulator.jobs()
    state = resources_of(project.export("dev"))
    assert job["serviceAccount"] == state["tuner"]["outputs"]["email"]
    assert job["encryptionSpec"]["kmsKeyName"] == state["key"]["id"]
    project.destroy("dev")
    assert place.records() == []


@pytest.mark.filterwarnings("ignore:gcp.storage:DeprecationWarning")
def test_schema_has_every_kind_that_is_served() -> None:
    """By the names of pulumi-gcp; what a program must write is required."""
    found = schema.of_emulator("10.2.0")["resources"]

    assert tuple(found) == catalogue.TOKENS
    endpoint = found["gcp:vertex/aiEndpoint:AiEndpoint"]
    assert endpoint["requiredInputs"] == ["displayName", "location"]
    assert "encryptionSpec" in endpoint["inputProperties"]
    assert "deployedModels" in endpoint["properties"]


def test_program_in_yaml_without_an_sdk_beside_the_emulator_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "_SDK", "not_installed")

    with pytest.raises(
        InvalidInputError, match=r"read from not_installed, which is not .* pip install pulumi-gcp there"
    ):
        schema.of_emulator("10.2.0")
