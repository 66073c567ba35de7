"""Plan-time rules of the three tuning specs: kinds, keys, ranges, datasets, hyperparameters."""

from typing import Any

import pytest

from pulumi_ctune.core.values import UNKNOWN
from tests.unit.job_inputs import DPO, RFT, SFT, dpo, reasons, rft, sft

SFT_PATH = "supervised_tuning_spec"
DPO_PATH = "preference_optimization_spec"
RFT_PATH = "reinforcement_tuning_spec"
DATASET_FORMS = "gs://BUCKET/OBJECT or projects/PROJECT/locations/LOCATION/datasets/DATASET"
SIZES = "1, 2, 4, 8, 16 or 32 is allowed"


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        (None, f"missing: give the dataset, {DATASET_FORMS}"),
        ("", f"missing: give the dataset, {DATASET_FORMS}"),
        ("gs://acme", "'gs://acme' names no object in the bucket: give the file's whole URI, gs://BUCKET/OBJECT"),
        ("gs://acme/", "'gs://acme/' names no object in the bucket: give the file's whole URI, gs://BUCKET/OBJECT"),
        ("acme/a.jsonl", f"'acme/a.jsonl' is not of the form {DATASET_FORMS}; did you mean 'gs://acme/a.jsonl'?"),
        ("GS://Acme/a", f"'GS://Acme/a' is not of the form {DATASET_FORMS}; did you mean 'gs://acme/a'?"),
        ("./a.jsonl", f"'./a.jsonl' is not of the form {DATASET_FORMS}"),
        (
            "https://storage.cloud.google.com/acme/a.jsonl?x=1",
            f"'https://storage.cloud.google.com/acme/a.jsonl?x=1' is not of the form {DATASET_FORMS}; did you mean "
            "'gs://acme/a.jsonl'?",
        ),
        ("bq://acme.data.table", f"'bq://acme.data.table' is not of the form {DATASET_FORMS}"),
        ("gs://acme/a\nb", f"'gs://acme/a\\nb' is not of the form {DATASET_FORMS}"),
        (7, "7 is not text; write '7'"),
    ],
    ids=["none", "empty", "bucket", "bucket and slash", "no scheme", "capitals", "file", "page", "table", "lines", "7"],
)
@pytest.mark.parametrize(
    ("inputs", "path"), [(SFT, SFT_PATH), (DPO, DPO_PATH), (RFT, RFT_PATH)], ids=["SFT", "DPO", "RFT"]
)
def test_training_dataset_that_is_none(inputs: dict[str, Any], path: str, uri: object, reason: str) -> None:
    """Each spec needs a training dataset: an object in Cloud Storage, or a multimodal dataset."""
    changed = {**inputs, path: {**inputs[path], "training_dataset_uri": uri}}

    assert reasons(changed) == {f"{path}.training_dataset_uri": reason}


def test_validation_dataset_of_no_form() -> None:
    """The same grammar, but it may be left out."""
    inputs = {**SFT, SFT_PATH: {**SFT[SFT_PATH], "validation_dataset_uri": "val.jsonl"}}

    assert reasons(inputs) == {f"{SFT_PATH}.validation_dataset_uri": f"'val.jsonl' is not of the form {DATASET_FORMS}"}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("gs://acme/a", {"": "'gs://acme/a' is not a dict; write {'training_dataset_uri': 'gs://acme/a'}"}),
        (
            [{"training_dataset_uri": "gs://acme/a"}],
            {
                "": "[{'training_dataset_uri': 'gs://acme/a'}] is not a dict; write the dict itself, without the list "
                "around it"
            },
        ),
        ({}, {".training_dataset_uri": f"missing: give the dataset, {DATASET_FORMS}"}),
        (
            {
                "trainingDatasetUri": "gs://acme/a",
                "epoch_count": 1,
                "hyperparameters": {},
                "single_reward_config": {},
                1: 2,
            },
            {
                ".trainingDatasetUri": "no such key; did you mean 'training_dataset_uri'?",
                ".epoch_count": "no such key here; 'epoch_count' belongs in 'hyper_parameters'",
                ".hyperparameters": "no such key; did you mean 'hyper_parameters'?",
                ".single_reward_config": "no such key; there are 'evaluation_config', 'export_last_checkpoint_only', "
                "'hyper_parameters', 'training_dataset_uri', 'tuning_mode' or 'validation_dataset_uri'",
                "[1]": "no such key; there are 'evaluation_config', 'export_last_checkpoint_only', "
                "'hyper_parameters', 'training_dataset_uri', 'tuning_mode' or 'validation_dataset_uri'",
                ".training_dataset_uri": f"missing: give the dataset, {DATASET_FORMS}",
            },
        ),
        (
            {
                "training_dataset_uri": "gs://acme/a",
                "export_last_checkpoint_only": "true",
                "tuning_mode": "full",
                "hyper_parameters": 3,
            },
            {
                ".export_last_checkpoint_only": "'true' is not True or False; write True, without quotes",
                ".tuning_mode": "'full' is not one of 'TUNING_MODE_FULL' or 'TUNING_MODE_PEFT_ADAPTER'; did you mean "
                "'TUNING_MODE_FULL'?",
                ".hyper_parameters": "3 is not a dict",
            },
        ),
        (
            {"training_dataset_uri": "gs://acme/a", "evaluation_config": {"metrics": [{"rouge": {}}]}},
            {
                ".evaluation_config.metrics[0].rouge": "no such key; did you mean 'rouge_spec'?",
                ".evaluation_config.output_config": "missing: give where results go, "
                "{'gcs_destination': {'output_uri_prefix': 'gs://...'}}",
            },
        ),
    ],
    ids=["text", "list", "empty", "keys", "kinds", "evaluation"],
)
def test_spec_of_another_shape(spec: object, expected: dict[str, str]) -> None:
    """Kinds and keys are the API's; an unknown key gets the one that was meant, or the place where it belongs."""
    found = reasons({**SFT, SFT_PATH: spec})

    assert found == {f"{SFT_PATH}{path}": reason for path, reason in expected.items()}


@pytest.mark.parametrize(
    ("hyper_parameters", "expected"),
    [
        ({"epoch_count": 0}, {"epoch_count": "0 is too small: 1 or more is allowed"}),
        ({"epoch_count": 2.5}, {"epoch_count": "2.5 is not a whole number; the nearest is 2"}),
        ({"epoch_count": True}, {"epoch_count": "True is not a whole number"}),
        ({"epoch_count": "many"}, {"epoch_count": "'many' is not a whole number"}),
        ({"epoch_count": "²"}, {"epoch_count": "'²' is not a whole number"}),
        ({"learning_rate_multiplier": 0}, {"learning_rate_multiplier": "0 is too small: it must be above 0"}),
        ({"learning_rate_multiplier": "0.5", "epoch_count": "2"}, {}),
        ({"learning_rate_multiplier": "5e-1", "epoch_count": "2.0"}, {}),
        ({"learning_rate_multiplier": "0,5"}, {"learning_rate_multiplier": "'0,5' is not a number"}),
        ({"learning_rate_multiplier": "true"}, {"learning_rate_multiplier": "'true' is not a number"}),
        ({"learning_rate_multiplier": "NaN"}, {"learning_rate_multiplier": "'NaN' is not a number"}),
        ({"learning_rate_multiplier": "1e999"}, {"learning_rate_multiplier": "'1e999' is not a number"}),
        ({"learning_rate_multiplier": "-1"}, {"learning_rate_multiplier": "-1 is too small: it must be above 0"}),
        ({"epoch_count": "0.5"}, {"epoch_count": "'0.5' is not a whole number"}),
        ({"learning_rate_multiplier": float("nan")}, {"learning_rate_multiplier": "nan is not a number"}),
        ({"learning_rate_multiplier": False}, {"learning_rate_multiplier": "False is not a number"}),
        (
            {"learning_rate": -1e-5, "batch_size": 0},
            {
                "learning_rate": "-1e-05 is too small: it must be above 0",
                "batch_size": "0 is too small: 1 or more is allowed",
            },
        ),
        (
            {"learning_rate": 1e-5, "learning_rate_multiplier": 1},
            {
                "learning_rate": "given together with learning_rate_multiplier: only one of 'learning_rate_multiplier' "
                "or 'learning_rate' is allowed"
            },
        ),
        ({"adapter_size": 3}, {"adapter_size": f"3 is not an adapter size: {SIZES}; the nearest is 2"}),
        ({"adapter_size": 64.0}, {"adapter_size": f"64 is not an adapter size: {SIZES}; the nearest is 32"}),
        (
            {"adapter_size": "four"},
            {
                "adapter_size": f"'four' is not an adapter size: {SIZES}, or a name such as 'ADAPTER_SIZE_FOUR'; did "
                "you mean 'ADAPTER_SIZE_FOUR'?"
            },
        ),
        (
            {"adapter_size": True},
            {"adapter_size": f"True is not an adapter size: {SIZES}, or a name such as 'ADAPTER_SIZE_FOUR'"},
        ),
        (
            {"epochs": 3, "epochCount": 3, "beta": 0.1},
            {
                "epochs": "no such key; there are 'adapter_size', 'batch_size', 'epoch_count', 'learning_rate' or "
                "'learning_rate_multiplier'",
                "epochCount": "no such key; did you mean 'epoch_count'?",
                "beta": "no such key; there are 'adapter_size', 'batch_size', 'epoch_count', 'learning_rate' or "
                "'learning_rate_multiplier'",
            },
        ),
    ],
    ids=str,
)
def test_supervised_hyper_parameters(hyper_parameters: dict[str, Any], expected: dict[str, str]) -> None:
    """Each failure is at its own hyperparameter and says what is allowed."""
    found = reasons(sft(**hyper_parameters))

    assert found == {f"{SFT_PATH}.hyper_parameters.{name}": reason for name, reason in expected.items()}


def test_preference_hyper_parameters() -> None:
    """A weight below nothing, no epochs, no learning."""
    found = reasons(dpo(beta=-0.1, epoch_count=-1, learning_rate_multiplier=0.0))

    assert found == {
        f"{DPO_PATH}.hyper_parameters.beta": "-0.1 is too small: 0 or more is allowed",
        f"{DPO_PATH}.hyper_parameters.epoch_count": "-1 is too small: 1 or more is allowed",
        f"{DPO_PATH}.hyper_parameters.learning_rate_multiplier": "0 is too small: it must be above 0",
    }


@pytest.mark.parametrize(
    ("hyper_parameters", "expected"),
    [
        ({"epoch_count": 0}, {"epoch_count": "0 is too small: 1 or more is allowed"}),
        ({"step_count": 501}, {"step_count": "501 is too large: 1 to 500 is allowed"}),
        ({"step_count": 0}, {"step_count": "0 is too small: 1 to 500 is allowed"}),
        ({"learning_rate_multiplier": 0.2}, {"learning_rate_multiplier": "0.2 is too small: 0.25 to 4 is allowed"}),
        ({"learning_rate_multiplier": 4.5}, {"learning_rate_multiplier": "4.5 is too large: 0.25 to 4 is allowed"}),
        ({"max_output_tokens": 32769}, {"max_output_tokens": "32769 is too large: 1 to 32768 is allowed"}),
        ({"thinking_budget": -2}, {"thinking_budget": "-2 is too small: -1 or more is allowed"}),
        ({"evaluate_interval": 0}, {"evaluate_interval": "0 is too small: 1 or more is allowed"}),
        ({"checkpoint_interval": 0}, {"checkpoint_interval": "0 is too small: 1 or more is allowed"}),
        ({"batch_size": 0, "samples_per_prompt": 3}, {"batch_size": "0 is too small: 1 or more is allowed"}),
        ({"samples_per_prompt": -1}, {"samples_per_prompt": "-1 is too small: 1 or more is allowed"}),
        (
            {"thinking_level": "medum"},
            {"thinking_level": "'medum' is not one of 'MINIMAL', 'LOW', 'MEDIUM' or 'HIGH'; did you mean 'MEDIUM'?"},
        ),
        (
            {"thinking_level": "HIGH", "thinking_budget": 0, "epoch_count": 1, "step_count": 10},
            {
                "step_count": "given together with epoch_count: only one of 'epoch_count' or 'step_count' is allowed",
                "thinking_budget": "given together with thinking_level: only one of 'thinking_level' or "
                "'thinking_budget' is allowed",
            },
        ),
    ],
    ids=str,
)
def test_reinforcement_hyper_parameters(hyper_parameters: dict[str, Any], expected: dict[str, str]) -> None:
    """The ranges of Google's hyperparameter page, and what excludes each other."""
    found = reasons(rft(**hyper_parameters))

    assert found == {f"{RFT_PATH}.hyper_parameters.{name}": reason for name, reason in expected.items()}


@pytest.mark.parametrize(
    ("batch_size", "samples_per_prompt", "at", "reason"),
    [
        (5, 3, "batch_size", "batch_size 5 times samples_per_prompt 3 is 15: {rule}; the nearest batch_size is 16"),
        (9, 8, "batch_size", "batch_size 9 times samples_per_prompt 8 is 72: {rule}; the nearest batch_size is 10"),
        (1, 1, "batch_size", "batch_size 1 times samples_per_prompt 1 is 1: {rule}; the nearest batch_size is 16"),
        (
            1000,
            None,
            "batch_size",
            "batch_size 1000 times samples_per_prompt 16 is 16000: {rule}; the nearest batch_size is 512",
        ),
        (
            None,
            300,
            "samples_per_prompt",
            "batch_size 32 times samples_per_prompt 300 is 9600: {rule}; the nearest samples_per_prompt is 256",
        ),
        (
            3,
            9000,
            "samples_per_prompt",
            "batch_size 3 times samples_per_prompt 9000 is 27000: {rule}; the nearest samples_per_prompt is 2720",
        ),
        (
            9000,
            9000,
            "samples_per_prompt",
            "batch_size 9000 times samples_per_prompt 9000 is 81000000: {rule}",
        ),
    ],
)
def test_answers_per_step(batch_size: int | None, samples_per_prompt: int | None, at: str, reason: str) -> None:
    """The product is a multiple of 16 and at most 8192, with the defaults 32 and 16 for what is left out."""
    found = reasons(rft(batch_size=batch_size, samples_per_prompt=samples_per_prompt))

    rule = "the product must be a multiple of 16 and at most 8192"
    assert found == {f"{RFT_PATH}.hyper_parameters.{at}": reason.format(rule=rule)}


@pytest.mark.parametrize(
    "inputs",
    [
        sft(epoch_count=1, adapter_size=4, learning_rate_multiplier=0.1),
        sft(epoch_count=2.0, adapter_size=4.0, learning_rate_multiplier=1),
        sft(epoch_count="2", adapter_size="ADAPTER_SIZE_THIRTY_TWO"),
        sft(learning_rate=1e-5, batch_size=8, epoch_count=None),
        sft(epoch_count=UNKNOWN, adapter_size=UNKNOWN, learning_rate=UNKNOWN, learning_rate_multiplier=1),
        dpo(beta=0, epoch_count=1),
        dpo(beta=0.1, adapter_size=1),
        rft(batch_size=16, samples_per_prompt=8, epoch_count=1),
        rft(batch_size=3),
        rft(samples_per_prompt=3),
        rft(batch_size=UNKNOWN, samples_per_prompt=3),
        rft(batch_size=8192, samples_per_prompt=1, step_count=500, learning_rate_multiplier=0.25),
        rft(learning_rate_multiplier=4, max_output_tokens=1, thinking_budget=-1, adapter_size="ADAPTER_SIZE_ONE"),
        rft(checkpoint_interval=3, evaluate_interval=2, thinking_level="LOW"),
        rft(epoch_count=UNKNOWN, step_count=10),
        {**SFT, SFT_PATH: UNKNOWN},
        {**SFT, SFT_PATH: {"training_dataset_uri": UNKNOWN, "hyper_parameters": UNKNOWN}},
        {
            **SFT,
            SFT_PATH: {
                "training_dataset_uri": "projects/1/locations/us-central1/datasets/2",
                "tuning_mode": "TUNING_MODE_FULL",
                "export_last_checkpoint_only": True,
            },
        },
        {
            **SFT,
            SFT_PATH: {
                "training_dataset_uri": "gs://example.com:acme/a b/#1/*.jsonl",
                "validation_dataset_uri": "gs://a.b_c-d/v/",
            },
        },
        {
            **SFT,
            SFT_PATH: {
                **SFT[SFT_PATH],
                "evaluation_config": {
                    "metrics": [{"rouge_spec": {"rouge_type": "rougeL"}}, UNKNOWN],
                    "output_config": {"gcs_destination": {"output_uri_prefix": "gs://acme/out"}},
                    "autorater_config": {
                        "flip_enabled": False,
                        "generation_config": {"temperature": 0, "response_json_schema": {"any": [1]}},
                    },
                },
            },
        },
    ],
    ids=range(20),
)
def test_valid_specs_pass(inputs: dict[str, Any]) -> None:
    """Each spelling of a number, each documented bound, None, unknown values, and what only the server can judge."""
    assert reasons(inputs) == {}
