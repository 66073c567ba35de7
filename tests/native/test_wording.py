"""What users of the plugin read is in their spelling: the same wording as in the dynamic front, other names."""

from typing import Any

import pytest
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2 as pb

from pulumi_ctune.native.wording import worded
from tests.engine.emulator import VertexEmulator

from .plugin import Plugin, PluginError, struct, urn
from .test_servicer import SFT, URN

TEXTS = {
    "path": ("pre_tuned_model.tuned_model_name is missing", "preTunedModel.tunedModelName is missing"),
    "did-you-mean": ("no such key; did you mean 'epoch_count'?", "no such key; did you mean 'epochCount'?"),
    "dict": ("3 is not a dict; write the dict itself", "3 is not an object; write the object itself"),
    "truth": ("'true' is not True or False; write True", "'true' is not true or false; write true"),
    "none": ("labels were {'a': 'b'} and are None", "labels were {'a': 'b'} and are null"),
    "none-first": ("the version before. None at first.", "the version before. Null at first."),
    "placeholder": ("`{{tuned_model_name}}` in a prompt", "`{{tuned_model_name}}` in a prompt"),
    "quoted": ("the metric 'None' is not there", "the metric 'None' is not there"),
    "names": (
        "gs://data/base_model.jsonl, ./epoch_count, my_label",
        "gs://data/base_model.jsonl, ./epoch_count, my_label",
    ),
    "place": ("`pulumi config set gcp:project PROJECT`", "`pulumi config set ctune:project PROJECT`"),
    "token": ("or set gcp:accessToken", "or set ctune:accessToken"),
    "key-file": ("give it as gcp:credentials", "give it as environment variable GOOGLE_CREDENTIALS"),
    "timeouts": ("set custom_timeouts", "set customTimeouts"),
    "function": ("Use ctune.get_evaluation_run(...)", "Use ctune.getEvaluationRun(...)"),
    "budget": ("above budget.max_tokens 3", "above budget.maxTokens 3"),
    "budget-of-the-stack": ("above ctune:budget.max_tokens 3", "above ctune:budget.max_tokens 3"),
    "map-of-the-api": ("no such key; did you mean 'sample_count'?", "no such key; did you mean 'sampleCount'?"),
    "line-of-a-dataset": ("line 3: $.system_instruction.parts: missing", "line 3: $.system_instruction.parts: missing"),
    "digits": ("md5_hash", "md5Hash"),
    "config": ('[ctune:budget]: write {"max_usd": 20}', '[ctune:budget]: write {"max_usd": 20}'),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_text_is_reported_in_camel_case_and_neutral_words(text: str, expected: str) -> None:
    """Names of the schema are translated, and nothing else: not what the user wrote, nor keys of the config."""
    assert worded(text) == expected


def spec(**changes: Any) -> dict[str, Any]:
    return {**SFT, "supervisedTuningSpec": {**SFT["supervisedTuningSpec"], **changes}}


REASONS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "slip": (
        spec(hyperParameters={"epochCuont": 2}),
        {"supervisedTuningSpec.hyperParameters.epochCuont": "no such key; did you mean 'epochCount'?"},
    ),
    "truth": (
        spec(exportLastCheckpointOnly="true"),
        {"supervisedTuningSpec.exportLastCheckpointOnly": "'true' is not true or false; write true, without quotes"},
    ),
    "object": ({**SFT, "labels": True}, {"labels": "true is not an object"}),
    "budget": ({**SFT, "budget": {"maxUsdd": 2}}, {"budget.maxUsdd": "no such key; there are 'maxTokens' or 'maxUsd'"}),
    "both": (
        {**SFT, "preTunedModel": {"tunedModelName": "projects/a/locations/us-central1/models/1"}},
        {"preTunedModel": "given together with baseModel: only one of 'baseModel' or 'preTunedModel' is allowed"},
    ),
    "free-form": (
        spec(evaluationConfig={"metrics": [{"exact_match_spec": {}}]}),
        {
            "supervisedTuningSpec.evaluationConfig.outputConfig": (
                "missing: give where results go, {'gcsDestination': {'outputUriPrefix': 'gs://...'}}"
            )
        },
    ),
}


@pytest.mark.parametrize(("inputs", "expected"), REASONS.values(), ids=REASONS)
def test_reason_at_an_input(plugin: Plugin, inputs: dict[str, Any], expected: dict[str, str]) -> None:
    """Path and reason, also where a map of the API was meant."""
    assert plugin.check(URN, inputs)[1] == expected


@pytest.mark.parametrize("sign", [rpc._special_asset_sig, rpc._special_archive_sig], ids=["asset", "archive"])
def test_asset_is_refused_where_it_stands(plugin: Plugin, sign: str) -> None:
    """As in the dynamic front."""
    asset = {rpc._special_sig_key: sign, "path": "train.jsonl", "hash": "0"}

    _, failures = plugin.check(URN, {**SFT, "triggers": [{"a": [asset]}]})

    assert failures == {
        "triggers[0].a[0]": "assets and archives cannot be used here, as they cannot be compared in a second run; give "
        "the generation of the uploaded object, or a hash of the file"
    }


def test_log_lines_and_errors_of_verbs_are_in_the_same_spelling(plugin: Plugin, vertex: VertexEmulator) -> None:
    """A note on a job that is replaced names the property, an error of a create the budget's key."""
    settled, _ = plugin.check(URN, SFT)
    id_, state = plugin.create(URN, settled)
    more, _ = plugin.check(URN, spec(hyperParameters={"epochCount": 3}), settled)
    plugin.diff(URN, id_, state, more)
    (line,) = plugin.engine.wait_for_text("epochCount")
    poor = urn("ContinuousTuningJob", "poor")

    with pytest.raises(PluginError, match=r"\[budget\].* above budget\.maxTokens 3") as failed:
        plugin.create(poor, plugin.check(poor, {**SFT, "budget": {"maxTokens": 3}})[0])

    text = " ".join([failed.value.message, *(each.text for each in plugin.engine.logs)])
    assert "supervisedTuningSpec" in line.text
    assert not [word for word in ("epoch_count", "max_tokens", "hyper_parameters", "tuning_spec") if word in text]


def test_error_of_the_config_keeps_the_keys_of_the_config(plugin: Plugin) -> None:
    """What `ctune:budget` holds is the same in every language."""
    answer = plugin.call("CheckConfig", pb.CheckRequest(news=struct({"budget": '{"maxEuro": 3}'})))

    assert [failure.reason for failure in answer.failures] == [
        "the configuration is not usable [ctune:budget.maxEuro]: no such key; there are 'max_tokens' or 'max_usd'"
    ]
