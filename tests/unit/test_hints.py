"""Where a key belongs that stands in the wrong place."""

import pytest

from pulumi_ctune.core.fields import fields_of
from pulumi_ctune.core.messages import nearest
from pulumi_ctune.core.schema_checks import unknown_key
from tests.unit.job_inputs import reasons, sft


@pytest.mark.parametrize(
    ("key", "home"),
    [
        ("prompt_template", "'pointwise_metric_spec.metric_prompt_template'"),
        ("judge_model_system_instruction", "'pointwise_metric_spec.system_instruction'"),
        ("name", "'predefined_metric_spec.metric_spec_name'"),
    ],
)
def test_key_of_the_sdks_metric_is_pointed_to_the_apis(key: str, home: str) -> None:
    """google-genai spells a metric's keys otherwise than the API: the hint is what the SDK makes of them."""
    assert home in unknown_key(key, fields_of("Metric"))


def test_nested_key_with_a_slip_is_reported_what_was_meant() -> None:
    """As one at the top is."""
    found = reasons(sft(epoch_cout=3))

    assert found["supervised_tuning_spec.hyper_parameters.epoch_cout"] == "no such key; did you mean 'epoch_count'?"


def test_hints_are_for_slips_not_for_thousands_of_keys() -> None:
    """A dict that is something else costs no comparison for each of its keys, however long they are."""
    found = reasons(sft(**{f"epoch_cout_{number}": 3 for number in range(5_000)}))

    lines = [reason for path, reason in found.items() if "epoch_cout" in path]
    assert len(lines) == 5_000
    assert len([line for line in lines if line != "no such key"]) == 20
    assert nearest("epoch_count" * 1_000, ["epoch_count"]) is None
