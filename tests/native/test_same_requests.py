"""Both fronts send the same: one table of inputs, the real dynamic host and the plugin, an emulator for each."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
        self.servers = [VertexEmulator(folder / name) for name in ("dynamic", "native")]
        endpoints = [f"embedded:{server.folder}" for server in self.servers]
        config = {"ctune:apiEndpoint": endpoints[0], "ctune:pollInterval": "100ms"}
        self.host = ProviderHost(ContinuousTuningJobProvider(), config=config)
        self.plugin = Plugin(
            {"apiEndpoint": endpoints[1], "pollInterval": "100ms", "project": "acme", "region": "us-central1"}
        )

    def bodies(self, name: str, inputs: dict[str, Any]) -> list[dict[str, Any]]:
        """What each of them sends for these inputs."""
        for server in self.servers:
            server.forget_requests()
        owner = {"organization": "organization", "project": "infra", "stack": "dev", "name": name}
        given = {"project": "acme", "location": "us-central1", "__owner": owner, **inputs}
        theirs = host_urn(name, type=f"pulumi-python:dynamic/ctune:{TYPE}")
        checked = self.host.check(given, urn=theirs)
        ours, failures = self.plugin.check(urn(TYPE, name), wire_names.resource(f"ctune:index:{TYPE}").to_wire(inputs))
        assert (checked.failures, failures) == ([], {})
        self.host.create(checked.inputs, urn=theirs)
        self.plugin.create(urn(TYPE, name), ours)
        return [body for server in self.servers for body in server.submissions()]


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
