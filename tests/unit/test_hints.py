"""Where a key belongs that stands in the wrong place."""

import pytest

from pulumi_ctune.tuning.checks.schema import unknown_key
from pulumi_ctune.tuning.fields import fields_of


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
