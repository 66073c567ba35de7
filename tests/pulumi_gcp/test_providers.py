"""Providers of its own in a program with tuning jobs: whose project, settings and labels a job gets."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .stacks import Place, Step, gcp_stack, on, taken

PROGRAM = """
import pulumi
import pulumi_ctune as ctune
import pulumi_gcp as gcp

def job(name, opts=None):
    return ctune.ContinuousTuningJob(
        name,
        base_model="gemini-3.5-flash",
        supervised_tuning_spec={
            "training_dataset_uri": "gs://data/train.jsonl", "hyper_parameters": {"epoch_count": 1}},
        labels={"team": "support"},
        opts=opts,
    )

class Tuner(pulumi.ComponentResource):
    def __init__(self, name, opts):
        super().__init__("acme:index:Tuner", name, None, opts)
        self.job = job("inside", pulumi.ResourceOptions(parent=self))

elsewhere = gcp.Provider("elsewhere", project="other-project", region="europe-west4")
tuner = Tuner("tuner", pulumi.ResourceOptions(provider=elsewhere))
job("beside")
"""

WITH_OWN_HOST = (
    PROGRAM
    + """
host = pulumi.ProviderResource("pulumi-python", "host", %s)
job("hosted", pulumi.ResourceOptions(provider=host))
"""
)


@dataclass
class Providers:
    """A stack with both kinds of explicit providers, and what the emulator had after each step."""

    place: Place
    refused: Step
    requests_of_the_refused: list[Any]
    up: Step
    relabelled: Step
    again: Step


@pytest.fixture(scope="module")
def providers(tmp_path_factory: pytest.TempPathFactory, pulumi_bin: Path) -> Providers:
    """All steps, in order."""
    folder = tmp_path_factory.mktemp("providers")
    place = Place(folder / "vertex")
    example = {"contents": [{"role": role, "parts": [{"text": "Hello."}]} for role in ("user", "model")]}
    place.emulator.put_object("data", "train.jsonl", json.dumps(example).encode())
    config = on(place)
    labels = {"gcp:defaultLabels": json.dumps({"cost-center": "4711"})}
    stack = gcp_stack(folder / "stack", pulumi_bin, WITH_OWN_HOST % "{}", config=config | labels)
    refused, requests = Step(stack.preview(fails=True)), place.emulator.requests()
    given = {key: value for key, value in config.items() if key.startswith("ctune:")}
    stack.write("__main__.py", WITH_OWN_HOST % json.dumps(given))
    up = taken(stack, stack.up())
    stack.run("config", "set", "gcp:defaultLabels", json.dumps({"cost-center": "4712"}))
    relabelled = taken(stack, stack.up())
    return Providers(place, refused, requests, up, relabelled, again=Step(stack.preview()))


def test_host_without_the_settings_of_the_stack_is_refused_in_the_preview(providers: Providers) -> None:
    """A stack that means the emulator never works on Google because of an explicit provider."""
    (error,) = [text for text in providers.refused.run.errors if "settings" in text]

    assert "the provider was not given the settings of the program" in error
    assert "ctune:apiEndpoint is embedded:" in error
    # The datasets of the other jobs are looked at; nothing is written, and no job is asked for.
    assert {entry["method"] for entry in providers.requests_of_the_refused} <= {"GET"}
    assert [entry for entry in providers.requests_of_the_refused if "/tuningJobs" in entry["path"]] == []


def test_host_with_the_settings_of_the_stack_works_where_the_stack_does(providers: Providers) -> None:
    """Its job is on the emulator with all the others."""
    names = {job["name"] for job in providers.place.emulator.jobs()}

    assert providers.up.changed() == dict.fromkeys(("inside", "beside", "hosted"), "create")
    assert {providers.up.resources[name]["id"] for name in ("inside", "beside", "hosted")} == names


def test_job_in_a_component_follows_its_gcp_provider(providers: Providers) -> None:
    """Project and region, as for resources of pulumi-gcp; the job beside it has the stack's."""
    places = {
        name: (found["outputs"]["project"], found["outputs"]["location"])
        for name, found in providers.up.resources.items()
        if name in ("inside", "beside")
    }

    assert places == {"inside": ("other-project", "europe-west4"), "beside": ("acme", "us-central1")}


def test_default_labels_arrive_and_change_in_place(providers: Providers) -> None:
    """Under the job's own; an explicit provider has default labels of its own, here none. No run is paid for."""
    assert providers.up.resources["beside"]["outputs"]["labels"] == {"cost-center": "4711", "team": "support"}
    assert providers.up.resources["inside"]["outputs"]["labels"] == {"team": "support"}
    assert providers.relabelled.changed() == {"beside": "update", "hosted": "update"}
    version = providers.relabelled.resources["beside"]["outputs"]["tuned_model_name"]
    assert providers.place.ask("GET", f"/v1beta1/{version}")["labels"]["cost-center"] == "4712"
    assert providers.again.changed() == {}
