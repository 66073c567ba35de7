"""A job, and a lookup, with an explicit `gcp.Provider`, through the real CLI."""

from pathlib import Path

from .stacks import Place, gcp_stack, on
from .test_tuning import dataset

PROGRAM = """
import pulumi
import pulumi_ctune as ctune
import pulumi_gcp as gcp

elsewhere = gcp.Provider(
    "elsewhere", region="europe-west4", default_labels={"team": "search"},
    vertex_ai_custom_endpoint=pulumi.Config("gcp").require("vertexAiCustomEndpoint"))
sft = ctune.ContinuousTuningJob(
    "sft",
    base_model="gemini-3.5-flash",
    supervised_tuning_spec={"training_dataset_uri": "gs://data/train.jsonl", "hyper_parameters": {"epoch_count": 1}},
    opts=pulumi.ResourceOptions(provider=elsewhere),
)
found = ctune.get_tuned_model_output(
    sft.model.apply(lambda name: name.rpartition("/")[2]), opts=pulumi.InvokeOptions(provider=elsewhere))
data = ctune.get_dataset_output("gs://data/train.jsonl", opts=pulumi.InvokeOptions(provider=elsewhere))
pulumi.export("found", found.tuned_model_name)
pulumi.export("examples", data.example_count)
pulumi.export("model", sft.tuned_model_name)
"""


def test_explicit_provider_settles_region_and_labels_of_job_and_lookup(tmp_path: Path, pulumi_bin: Path) -> None:
    """What the provider was not given comes from the stack; once made, nothing is unknown in a preview."""
    place = Place(tmp_path / "vertex")
    place.emulator.put_object("data", "train.jsonl", dataset(count=8).encode())
    stack = gcp_stack(tmp_path / "stack", pulumi_bin, PROGRAM, config=on(place))

    stack.up()
    again = stack.preview("--expect-no-changes")

    (job,) = place.emulator.jobs()
    outputs, inputs = stack.outputs(), stack.resource("sft")["inputs"]
    assert (inputs["project"], inputs["location"]) == ("acme", "europe-west4")
    assert job["labels"]["team"] == "search"
    assert outputs["found"] == outputs["model"]
    assert outputs["examples"] == 8
    assert "may train again" not in again.stdout
