"""Both fronts send the same and plan the same for every kind beside the job: random inputs, an emulator for each."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.runtime.proto import provider_pb2 as pb

from pulumi_ctune import providers
from pulumi_ctune.native import wire_names
from tests.engine.emulator import VertexEmulator
from tests.engine.programs import SFT, VALIDATION
from tests.host.harness import ProviderHost
from tests.host.harness import urn as host_urn

from .plugin import Plugin, urn

ENDPOINT = "projects/acme/locations/us/endpoints/bot"
CONFIG = {"pollInterval": "100ms", "project": "acme", "region": "us-central1"}
OWN = re.compile(r"[0-9a-f]{8,}")
"""What each server and each resource names by itself: numbers of resources, and marks of ours."""

SOURCE, ALIASES = "the version", ("prod", "base-model")
LABELS = st.dictionaries(st.sampled_from(["base_model", "team", "a-b"]), st.sampled_from(["", "x_y", "9"]))
GATE = st.lists(
    st.fixed_dictionaries({"metric": st.just("/train_total_loss"), "at_most": st.sampled_from([50, "60", 70.5])}),
    max_size=1,
)
METRICS = st.sampled_from(
    [
        [{"metric": "exact_match", "computation_based_metric_spec": {"type": "EXACT_MATCH"}}],
        [{"metric": "base_model", "computation_based_metric_spec": {"type": "BLEU"}}],
    ]
)
RANDOM: dict[str, Any] = {
    "ModelVersionAlias": st.fixed_dictionaries(
        {"tuned_model_name": st.just(SOURCE), "alias": st.sampled_from(ALIASES)},
        optional={"require": GATE},
    ),
    "ModelDeployment": st.fixed_dictionaries(
        {"tuned_model_name": st.just(SOURCE), "endpoint": st.just(ENDPOINT)},
        optional={"require": GATE, "checkpoint_id": st.sampled_from(["1", 2]), "traffic_percent": st.just(100)},
    ),
    "ModelCopy": st.fixed_dictionaries(
        {"source_model_name": st.just(SOURCE), "project": st.just("acme-prod")},
        optional={"require": GATE, "labels": LABELS, "deletion_policy": st.sampled_from(["ABANDON", "DELETE"])},
    ),
    "EvaluationRun": st.fixed_dictionaries(
        {
            "tuned_model_name": st.just(SOURCE),
            "data_source": st.just({"dataset_uri": VALIDATION}),
            "evaluation_config": st.fixed_dictionaries({"metrics": METRICS, "allow_cross_region_model": st.just(True)}),
        },
        optional={"labels": LABELS, "generation_config": st.sampled_from([{"temperature": 0}, {"topP": 0.5}])},
    ),
}


class _Fronts:
    """A plugin and the dynamic host of one kind, each on a server of its own that has one tuned version."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.kind, self._count = kind, 0
        self.servers = [VertexEmulator(folder / name) for name in ("dynamic", "native")]
        for server in self.servers:
            server.emulator.configure(copies_need_grants=0, evaluation_start_delay_s=0.1, evaluation_duration_s=0.1)
        endpoints = [f"embedded:{server.folder}" for server in self.servers]
        self.plugin = Plugin({**CONFIG, "apiEndpoint": endpoints[1]})
        config = {"ctune:apiEndpoint": endpoints[0], "ctune:pollInterval": "100ms"}
        self.host = ProviderHost(getattr(providers, f"{kind}Provider")(), config=config)
        with ProviderHost(providers.ContinuousTuningJobProvider(), config=config) as jobs:
            made = jobs.create(jobs.check(self._told("sft", SFT)).inputs).outputs["tuned_model_name"]
        job = urn("ContinuousTuningJob")
        shape = wire_names.resource("ctune:index:ContinuousTuningJob")
        _, state = self.plugin.create(job, self.plugin.check(job, shape.to_wire(SFT))[0])
        self._versions = [made, state["tunedModelName"]]

    def planned(self, first: dict[str, Any], second: dict[str, Any]) -> list[Any]:
        """What each of them sends for the first inputs, and plans for a change to the second."""
        self._count += 1
        name = f"random-{self._count}"
        for server in self.servers:
            server.post(f"projects/acme/locations/us/endpoints?endpointId=bot{self._count}", {"displayName": "bot"})
            server.end_operations()
            server.forget_requests()
        theirs = host_urn(name, type=f"pulumi-python:dynamic/ctune:{self.kind}")
        before, after = (self._told(name, self._of(each, 0)) for each in (first, second))
        checked = self.host.check(before, urn=theirs)
        again = self.host.check(after, checked.inputs, urn=theirs)
        assert (checked.failures, again.failures) == ([], [])
        made = self.host.create(checked.inputs, urn=theirs)
        dynamic = self.host.diff(made.id, made.outputs, again.inputs, urn=theirs)

        shape, ours = wire_names.resource(f"ctune:index:{self.kind}"), urn(self.kind, name)
        inputs, wrong = self.plugin.check(ours, shape.to_wire(self._of(first, 1)))
        later, wrong_later = self.plugin.check(ours, shape.to_wire(self._of(second, 1)), inputs)
        assert (wrong, wrong_later) == ({}, {})
        id_, state = self.plugin.create(ours, inputs)
        native = self.plugin.diff(ours, id_, state, later)
        sent = [_sent(server) for server in self.servers]
        replaces = sorted(shape.keys_to_core([key])[0] for key in native.replaces)
        return [
            (sent[0], dynamic.changes is not False, sorted(dynamic.replaces)),
            (sent[1], native.changes == pb.DiffResponse.DIFF_SOME, replaces),
        ]

    def _of(self, inputs: dict[str, Any], server: int) -> dict[str, Any]:
        """With the version of the server, and a place of this example's own, where there may be one resource."""
        own = {SOURCE: self._versions[server], ENDPOINT: f"{ENDPOINT}{self._count}"}
        own |= {alias: f"{alias}-{self._count}" for alias in ALIASES}
        return {key: own.get(value, value) if isinstance(value, str) else value for key, value in inputs.items()}

    def _told(self, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """With what a Python program tells."""
        owner = {"organization": "organization", "project": "infra", "stack": "dev", "name": name}
        placed = self.kind == "ModelCopy" or name == "sft"
        place = {"project": "acme", "location": "us-central1"} if placed else {}
        return {**place, "__owner": owner, **inputs}


def _sent(server: VertexEmulator) -> list[str]:
    """Every request that changes something."""
    entries = [entry for entry in server.emulator.requests() if entry["method"] != "GET"]
    texts = [json.dumps([entry["method"], entry["path"], entry["body"]], sort_keys=True) for entry in entries]
    return [OWN.sub("#", text) for text in texts]


@pytest.fixture(params=RANDOM)
def fronts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[_Fronts]:
    made = _Fronts(tmp_path, request.param)
    with made.host, made.plugin, made.servers[0].emulator, made.servers[1].emulator:
        yield made


def test_random_inputs_mean_the_same_in_both_fronts(fronts: _Fronts) -> None:
    """The same requests for the first inputs, and the same plan for a change to the second."""

    @settings(max_examples=6, deadline=None, derandomize=True, database=None)
    @given(RANDOM[fronts.kind], RANDOM[fronts.kind])
    def hold(first: dict[str, Any], second: dict[str, Any]) -> None:
        dynamic, native = fronts.planned(first, second)

        assert dynamic[0]
        assert native == dynamic

    hold()
