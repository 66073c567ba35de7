"""Both fronts send the same for a job: one table of inputs, the real host and the plugin, an emulator for each."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.runtime.proto import provider_pb2 as pb

from pulumi_ctune.native import wire_names
from pulumi_ctune.providers import ContinuousTuningJobProvider
from tests.engine.emulator import VertexEmulator
from tests.engine.programs import OTHER_PROMPTS, PROMPTS, SFT, TRAINING, VALIDATION
from tests.host.harness import ProviderHost
from tests.host.harness import urn as host_urn

from .plugin import Plugin, urn

TYPE = "ContinuousTuningJob"
SPEC = {"training_dataset_uri": TRAINING, "validation_dataset_uri": VALIDATION}
INPUTS: dict[str, dict[str, Any]] = {
    "supervised": SFT,
    "number-for-enum": {
        **SFT,
        "supervised_tuning_spec": {**SPEC, "hyper_parameters": {"adapter_size": 4, "learning_rate_multiplier": 0.5}},
    },
    "maps": {**SFT, "labels": {"base_model": "x", "team": "a_b"}, "triggers": [{"base_model": 1}], "description": "d"},
    "free-form": {
        **SFT,
        "supervised_tuning_spec": {
            **SPEC,
            "evaluation_config": {
                "metrics": [{"exact_match_spec": {}}],
                "output_config": {"gcs_destination": {"output_uri_prefix": "gs://data/out"}},
            },
        },
    },
    "composite-reward": {
        "base_model": "gemini-3.5-flash",
        "reinforcement_tuning_spec": {
            "training_dataset_uri": PROMPTS,
            "validation_dataset_uri": OTHER_PROMPTS,
            "hyper_parameters": {"epoch_count": 1, "batch_size": 16, "samples_per_prompt": 8},
            "composite_reward_config": {
                "weighted_reward_configs": [
                    {
                        "weight": 0.5,
                        "reward_config": {
                            "reward_name": name,
                            "parse_response_config": {
                                "parse_type": "REGEX_EXTRACT",
                                "regex_extract_expression": "(.*)",
                            },
                            **scorer,
                        },
                    }
                    for name, scorer in (
                        (
                            "code",
                            {
                                "code_execution_reward_scorer": {
                                    "python_code_snippet": "def evaluate(example, response):\n    return 1.0\n"
                                }
                            },
                        ),
                        (
                            "match",
                            {
                                "string_match_reward_scorer": {
                                    "string_match_expression": {
                                        "match_operation": "PARTIAL_MATCH",
                                        "expression": "{{references.answer}}",
                                    },
                                    "correct_answer_reward": 1,
                                }
                            },
                        ),
                    )
                ]
            },
        },
    },
}


class _Fronts:
    """The two processes, each on a server of its own."""

    def __init__(self, folder: Path) -> None:
        self._count = 0
        self.servers = [VertexEmulator(folder / name) for name in ("dynamic", "native")]
        endpoints = [f"embedded:{server.folder}" for server in self.servers]
        config = {"ctune:apiEndpoint": endpoints[0], "ctune:pollInterval": "100ms"}
        self.host = ProviderHost(ContinuousTuningJobProvider(), config=config)
        self.plugin = Plugin(
            {"apiEndpoint": endpoints[1], "pollInterval": "100ms", "project": "acme", "region": "us-central1"}
        )

    def bodies(self, name: str, inputs: dict[str, Any]) -> list[dict[str, Any]]:
        """What each of them sends for these inputs."""
        self.made(name, inputs)
        return [body for server in self.servers for body in server.submissions()]

    def planned(self, first: dict[str, Any], second: dict[str, Any]) -> list[Any]:
        """What each of them sends for the first inputs, and what it plans for a change to the second: whether there is
        one, and what is replaced.
        """
        self._count += 1
        name = f"random-{self._count}"
        made = self.made(name, first)
        theirs = host_urn(name, type=f"pulumi-python:dynamic/ctune:{TYPE}")
        shape = wire_names.resource(f"ctune:index:{TYPE}")
        checked = self.host.check(self._reported(name, second), made[0][0], urn=theirs)
        ours, failures = self.plugin.check(urn(TYPE, name), shape.to_wire(second), made[1][0])
        assert (checked.failures, failures) == ([], {})
        dynamic = self.host.diff(made[0][1], made[0][2], checked.inputs, urn=theirs)
        native = self.plugin.diff(urn(TYPE, name), made[1][1], made[1][2], ours)
        replaces = sorted(shape.keys_to_core([key])[0] for key in native.replaces)
        # None: the engine compares the inputs itself, and finds the difference that the plan has.
        news = [
            (dynamic.changes is not False, sorted(dynamic.replaces)),
            (native.changes == pb.DiffResponse.DIFF_SOME, replaces),
        ]
        sent = [server.submissions() for server in self.servers]
        return [*zip(sent, news, strict=True)]

    def _reported(self, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """With what a Python program tells."""
        owner = {"organization": "organization", "project": "infra", "stack": "dev", "name": name}
        return {"project": "acme", "location": "us-central1", "__owner": owner, **inputs}

    def made(self, name: str, inputs: dict[str, Any]) -> list[tuple[dict[str, Any], str, dict[str, Any]]]:
        """Inputs, id and state of the resource that each of them makes."""
        for server in self.servers:
            server.forget_requests()
        given = self._reported(name, inputs)
        theirs = host_urn(name, type=f"pulumi-python:dynamic/ctune:{TYPE}")
        checked = self.host.check(given, urn=theirs)
        ours, failures = self.plugin.check(urn(TYPE, name), wire_names.resource(f"ctune:index:{TYPE}").to_wire(inputs))
        assert (checked.failures, failures) == ([], {})
        created = self.host.create(checked.inputs, urn=theirs)
        return [
            (checked.inputs, created.id, created.outputs),
            (ours, *self.plugin.create(urn(TYPE, name), ours)),
        ]


@pytest.fixture(scope="module")
def fronts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Fronts]:
    made = _Fronts(tmp_path_factory.mktemp("fronts"))
    with made.host, made.plugin, made.servers[0].emulator, made.servers[1].emulator:
        yield made


@pytest.mark.parametrize("name", INPUTS)
def test_both_fronts_send_the_same_body(fronts: _Fronts, name: str) -> None:
    """The request that makes the job is equal, whichever front the program used."""
    dynamic, native = fronts.bodies(name, INPUTS[name])

    assert native == dynamic


def test_spelling_of_a_map_of_the_api_is_no_change(fronts: _Fronts) -> None:
    """Keys of metrics and of the like are the API's, in either spelling: the same request, and nothing to update."""
    written = INPUTS["free-form"]
    config = {
        "metrics": [{"exactMatchSpec": {}}],
        "output_config": {"gcsDestination": {"outputUriPrefix": "gs://data/out"}},
    }
    spelled = {**written, "supervised_tuning_spec": {**SPEC, "evaluation_config": config}}

    found = [*fronts.planned(written, spelled), *fronts.planned(spelled, written)]

    assert [news for _, news in found] == [(False, [])] * 4
    sent = [body["supervisedTuningSpec"]["evaluationConfig"] for bodies, _ in found for body in bodies]
    assert sent == [{"metrics": [{"exactMatchSpec": {}}], "outputConfig": config["output_config"]}] * 4


TEXTS = st.text(alphabet="aB_é 'x", min_size=1, max_size=12)
ANYTHING = st.recursive(
    TEXTS | st.booleans() | st.integers(-5, 5) | st.sampled_from([0.5, 1e-9]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["base_model", "epochCount", "a"]), inner)
    ),
    max_leaves=4,
)
HYPER_PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "epoch_count": st.integers(1, 4) | st.sampled_from(["2", 2.0]),
        "adapter_size": st.sampled_from([1, 4, "ADAPTER_SIZE_FOUR", 8.0]),
        "learning_rate_multiplier": st.sampled_from([0.5, 1, 2.0]),
    },
)
RANDOM = st.fixed_dictionaries(
    {
        "base_model": st.sampled_from(["gemini-3.5-flash", "publishers/google/models/gemini-3.5-flash"]),
        "supervised_tuning_spec": st.fixed_dictionaries(
            {"training_dataset_uri": st.just(TRAINING)},
            optional={
                "validation_dataset_uri": st.just(VALIDATION),
                "hyper_parameters": HYPER_PARAMETERS,
                "export_last_checkpoint_only": st.booleans(),
            },
        ),
    },
    optional={
        "tuned_model_display_name": TEXTS,
        "description": TEXTS,
        "labels": st.dictionaries(st.sampled_from(["base_model", "team", "a-b"]), st.sampled_from(["", "x_y", "9"])),
        "triggers": st.lists(ANYTHING, max_size=2),
        "deletion_policy": st.sampled_from(["ABANDON", "DELETE"]),
    },
)


def test_random_inputs_mean_the_same_in_both_fronts(fronts: _Fronts) -> None:
    """The same body for the first inputs, and the same plan for a change to the second."""

    @settings(max_examples=15, deadline=None, derandomize=True, database=None)
    @given(RANDOM, RANDOM)
    def hold(first: dict[str, Any], second: dict[str, Any]) -> None:
        dynamic, native = fronts.planned(first, second)

        assert native == dynamic

    hold()
