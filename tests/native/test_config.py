"""The plugin's config with the real CLI: keys of the stack, and the same as inputs of explicit providers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.engine.emulator import VertexEmulator
from tests.engine.harness import Stack

from .languages import add_to_path, language_hosts
from .plugin import Plugin
from .test_engine import CHAIN
from .test_servicer import NONE, SFT, URN, checked

TOKEN = "ya29.very-secret"
PROVIDERS = """
import pulumi
from pulumi import CustomResource, ProviderResource, ResourceOptions

def job(name, **config):
    provider = ProviderResource("ctune", f"{{name}}-provider", config)
    inputs = {{**{inputs!r}, "tunedModelName": None}}
    return CustomResource("ctune:index:ContinuousTuningJob", name, inputs, ResourceOptions(provider=provider))

shared = {{"apiEndpoint": {endpoint!r}, "pollInterval": "200ms", "accessToken": {token!r}}}
job("here", project="acme", region="us-central1", defaultLabels={{"team": "search"}}, **shared)
job("there", project="acme-prod", region="europe-west4", organization="Acme GmbH", **shared)
"""


def test_two_explicit_providers_serve_two_projects(
    new_native_stack: Callable[..., Stack], vertex: VertexEmulator
) -> None:
    """Each with the keys of the config as its inputs; what is a secret there is shown nowhere, even if the program does
    not say that it is one.
    """
    program = PROVIDERS.format(inputs=SFT, endpoint=f"embedded:{vertex.folder}", token=TOKEN)
    stack = new_native_stack(program)

    made, again = stack.up(), stack.up()
    labels = {job["labels"]["ctune-name"]: job["labels"] for job in vertex.emulator.jobs()}
    outputs = {name: stack.resource(name)["outputs"] for name in labels}

    assert {outputs[name]["project"] for name in outputs} == {"acme", "acme-prod"}
    assert {outputs[name]["location"] for name in outputs} == {"us-central1", "europe-west4"}
    assert (labels["here"]["team"], "team" in labels["there"]) == ("search", False)
    assert [labels[name]["ctune-organization"] for name in ("here", "there")] == ["organization", "acme-gmbh"]
    assert {again.ops[name] for name in outputs} == {"same"}
    assert TOKEN not in made.stdout + made.stderr + json.dumps(stack.export())


YAML = """
name: engine-test
runtime: yaml
resources:
{resources}
"""
PROVIDER = """
  {name}-provider:
    type: pulumi:providers:ctune
    properties: {{project: acme, region: us-central1, apiEndpoint: "{endpoint}", pollInterval: 200ms, {more}}}
  {name}:
    type: ctune:ContinuousTuningJob
    properties:
      baseModel: gemini-3.5-flash
      supervisedTuningSpec: {{trainingDatasetUri: gs://data/train.jsonl, hyperParameters: {{epochCount: 2}}}}
    options: {{provider: "${{{name}-provider}}"}}
"""
OBJECTS = {
    "object": "defaultLabels: {team: search}, budget: {maxUsd: 50}, prices: {gemini-3.5-flash: {sft: 8}}",
    "text": """defaultLabels: '{"team": "search"}', budget: '{"max_usd": 50}'""",
    "secret": 'defaultLabels: {"fn::secret": {team: search}}, budget: {maxUsd: {"fn::secret": 50}}',
    "unknown": 'defaultLabels: {team: "${first.versionId}"}, budget: {maxUsd: 50}',
}


def test_yaml_gives_a_provider_objects_or_texts(
    new_native_stack: Callable[..., Stack], vertex: VertexEmulator, pulumi_bin: Path
) -> None:
    """Also secret ones, and those that are not known before something else is made: all of them count."""
    stack = new_native_stack("")
    add_to_path(stack.env, *language_hosts(pulumi_bin, "yaml"))
    endpoint = f"embedded:{vertex.folder}"
    first = PROVIDER.format(name="first", endpoint=endpoint, more="dataChecks: full")
    others = [PROVIDER.format(name=name, endpoint=endpoint, more=more) for name, more in OBJECTS.items()]
    stack.write("Pulumi.yaml", YAML.format(resources="".join([first, *others])))

    previewed, made, again = stack.preview(), stack.up(), stack.up()

    labels = {job["labels"]["ctune-name"]: job["labels"].get("team") for job in vertex.emulator.jobs()}
    assert labels == {"first": None, **dict.fromkeys(OBJECTS, "search"), "unknown": "1"}
    assert {previewed.ops[name] for name in labels} == {made.ops[name] for name in labels} == {"create"}
    assert {again.ops[name] for name in labels} == {"same"}


def test_budget_of_a_provider_counts_in_each_way_to_write_it(new_plugin: Callable[..., Plugin]) -> None:
    """As an SDK sends an object, or the text that stands in its place."""
    for text in ('{"maxUsd": 1e-9}', '{"max_usd": 1e-9}', json.dumps('{"max_usd": 1e-9}')):
        _, failures = new_plugin(budget=text).check(URN, SFT)

        assert "above ctune:budget.max_usd" in failures["budget"]


def test_secret_token_of_the_stack_stands_in_no_state(new_native_stack: Callable[..., Stack]) -> None:
    """Nor in what a run prints: the default provider has it as a secret."""
    stack = new_native_stack(f"{CHAIN}job('sft', **{SFT!r})\n", accessToken=TOKEN)

    run = stack.up()

    assert TOKEN not in run.stdout + run.stderr + json.dumps(stack.export())


def test_stacks_of_two_organizations_have_jobs_of_their_own(
    new_plugin: Callable[..., Plugin], vertex: VertexEmulator
) -> None:
    """The engine tells no plugin whose stack it is: of two with the same names, the config tells them apart."""
    here, there = new_plugin(organization="acme"), new_plugin(organization="globex")

    names = {plugin.create(URN, checked(plugin))[0] for plugin in (here, there)}

    jobs = vertex.emulator.jobs()
    assert names == {job["name"] for job in jobs}
    assert sorted(job["labels"]["ctune-organization"] for job in jobs) == ["acme", "globex"]


def test_organization_that_is_reported_later_is_no_change(
    new_plugin: Callable[..., Plugin], vertex: VertexEmulator
) -> None:
    """A stack that did without it keeps its jobs, and trains nothing."""
    inputs = checked(new_plugin())
    id_, state = new_plugin().create(URN, inputs)
    reported = new_plugin(organization="acme")

    plan = reported.diff(URN, id_, state, checked(reported, olds=inputs))

    assert (plan.changes, len(vertex.emulator.jobs())) == (NONE, 1)


def test_organization_of_a_python_stack_stays(plugin: Plugin) -> None:
    """A state of the dynamic front knows whose it is, though the config of the plugin does not say so."""
    owner = {"organization": "acme", "project": "infra", "stack": "dev", "name": "sft"}

    settled = checked(plugin, olds={"__owner": owner})

    assert settled["__owner"] == owner


def check(folder: Path, config: dict[str, str], **env: str) -> dict[str, str]:
    without: Any = dict.fromkeys(("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"), "")
    with Plugin({"apiEndpoint": f"embedded:{folder}", **config}, {**without, **env}) as plugin:
        return plugin.check(URN, SFT)[1]


def test_what_is_nowhere_is_asked_for_by_the_keys_of_the_plugin(tmp_path: Path) -> None:
    """Project and region: not pulumi-gcp's, which a plugin of our name is never told."""
    failures = check(tmp_path, {})

    assert "`pulumi config set ctune:project PROJECT`" in failures["project"]
    assert "`pulumi config set ctune:region REGION`" in failures["location"]
    assert check(tmp_path, {"region": "us-central1"}, GOOGLE_PROJECT="acme") == {}
