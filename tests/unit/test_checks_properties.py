"""Plan-time rules over inputs of any shape."""

import time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_ctune.core.canonical import inputs_of_wire, request_body
from pulumi_ctune.core.values import UNKNOWN
from pulumi_ctune.tuning_job.checks import check
from tests.unit.job_inputs import RFT, reasons, rft

_unhurried = settings(deadline=None)  # the first example of a process reads the tables, on a machine that may be busy

_ADAPTER_SIZES = st.sampled_from([1, 2, 4, 8, 16, 32, 4.0, "ADAPTER_SIZE_ONE", "ADAPTER_SIZE_THIRTY_TWO"])
_WHOLE = st.integers(1, 400).flatmap(lambda number: st.sampled_from([number, float(number), str(number)]))
_POSITIVE = st.floats(0.001, 100, allow_nan=False) | st.integers(1, 100)
_OBJECTS = st.from_regex(r"gs://[a-z0-9][a-z0-9._-]{1,20}[a-z0-9]/[A-Za-z0-9][A-Za-z0-9 ._/-]{0,30}", fullmatch=True)
_DATASETS = _OBJECTS | st.just("projects/acme-ml/locations/us-central1/datasets/42")
_MODELS = st.from_regex(
    r"projects/([a-z][a-z0-9-]{4,20}[a-z0-9]|[1-9][0-9]{5,12})/locations/us-central1/models/[1-9][0-9]{0,18}"
    r"(@([1-9][0-9]{0,3}|[a-z][a-z0-9-]{0,20}[a-z0-9]))?",
    fullmatch=True,
)
_TEXTS = st.text(max_size=40)
_REWARDS = st.floats(-2, 2)
_PARSERS = st.just({"parse_type": "IDENTITY"}) | st.fixed_dictionaries(
    {"parse_type": st.just("REGEX_EXTRACT"), "regex_extract_expression": st.text(min_size=1, max_size=20)}
)
_STRING_EXPRESSIONS = st.fixed_dictionaries(
    {"match_operation": st.sampled_from(["REGEX_CONTAINS", "PARTIAL_MATCH", "EXACT_MATCH"]), "expression": _TEXTS}
)
_STRING_MATCH = st.fixed_dictionaries(
    {"string_match_expression": _STRING_EXPRESSIONS},
    optional={"correct_answer_reward": _REWARDS, "wrong_answer_reward": _REWARDS},
) | st.fixed_dictionaries(
    {
        "json_match_expression": st.fixed_dictionaries(
            {"key_name": st.text(min_size=1, max_size=9), "value_string_match_expression": _STRING_EXPRESSIONS}
        )
    }
)
_AUTORATERS = st.fixed_dictionaries(
    {"autorater_prompt": _TEXTS},
    optional={
        "autorater_config": st.fixed_dictionaries({"sampling_count": st.integers(1, 32)}),
        "autorater_response_parse_config": _PARSERS,
        "parsed_response_conversion_scorer": st.just({}),
    },
)
_SCORERS = (
    st.fixed_dictionaries({"string_match_reward_scorer": _STRING_MATCH})
    | st.fixed_dictionaries({"autorater_scorer": _AUTORATERS})
    | st.just({"code_execution_reward_scorer": {"python_code_snippet": "def evaluate(example, response): return 1"}})
    | st.just({"cloud_run_reward_scorer": {"cloud_run_uri": "https://reward.a.run.app"}})
)
_SINGLE = st.tuples(
    _SCORERS, st.fixed_dictionaries({}, optional={"reward_name": _TEXTS, "parse_response_config": _PARSERS})
).map(lambda parts: {**parts[0], **parts[1]})
_COMPOSITE = st.lists(
    st.fixed_dictionaries({"reward_config": _SINGLE, "weight": st.floats(0.01, 10)}), min_size=1, max_size=3
).map(lambda entries: {"weighted_reward_configs": entries})


def _one_of(**alternatives: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(*(st.fixed_dictionaries({name: values}) for name, values in alternatives.items()))


def _merged(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda found: {key: value for part in found for key, value in part.items()})


_SFT = st.fixed_dictionaries(
    {"training_dataset_uri": _DATASETS},
    optional={
        "validation_dataset_uri": _DATASETS,
        "export_last_checkpoint_only": st.booleans(),
        "hyper_parameters": st.fixed_dictionaries(
            {}, optional={"epoch_count": _WHOLE, "adapter_size": _ADAPTER_SIZES, "learning_rate_multiplier": _POSITIVE}
        ),
    },
)
_DPO = st.fixed_dictionaries(
    {"training_dataset_uri": _DATASETS},
    optional={
        "hyper_parameters": st.fixed_dictionaries(
            {}, optional={"epoch_count": _WHOLE, "beta": st.floats(0, 1), "adapter_size": _ADAPTER_SIZES}
        )
    },
)
_RFT_HYPER_PARAMETERS = _merged(
    _one_of(epoch_count=_WHOLE, step_count=_WHOLE),
    _one_of(
        thinking_level=st.sampled_from(["MINIMAL", "LOW", "MEDIUM", "HIGH"]), thinking_budget=st.integers(-1, 9999)
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "learning_rate_multiplier": st.floats(0.25, 4),
            "batch_size": st.integers(1, 32).map(lambda number: number * 16),
            "samples_per_prompt": st.integers(1, 16),
            "max_output_tokens": st.integers(1, 32768),
            "evaluate_interval": _WHOLE,
            "checkpoint_interval": _WHOLE,
            "adapter_size": _ADAPTER_SIZES,
        },
    ),
)
_RFT = _merged(
    st.fixed_dictionaries({"training_dataset_uri": _DATASETS}, optional={"hyper_parameters": _RFT_HYPER_PARAMETERS}),
    _one_of(single_reward_config=_SINGLE, composite_reward_config=_COMPOSITE),
)
_VALID = _merged(
    st.fixed_dictionaries(
        {"project": st.sampled_from(["acme-ml", "123456"]), "location": st.just("us-central1")},
        optional={
            "tuned_model_display_name": st.text(max_size=128),
            "description": _TEXTS,
            "labels": st.dictionaries(
                st.from_regex(r"[a-bd-f][a-z0-9_-]{0,62}", fullmatch=True),
                st.from_regex(r"[a-z0-9_-]{0,63}", fullmatch=True),
                max_size=3,
            ),
            "encryption_spec": st.just(
                {"kms_key_name": "projects/acme-ml/locations/us-central1/keyRings/ring/cryptoKeys/key"}
            ),
            "service_account": st.just("tuner@acme-ml.iam.gserviceaccount.com"),
            "triggers": st.lists(st.none() | st.integers() | _TEXTS, max_size=3),
            "deletion_policy": st.sampled_from(["ABANDON", "DELETE", "PREVENT"]),
            "adopt_job": st.just("42"),
        },
    ),
    _one_of(
        base_model=st.sampled_from(["gemini-2.5-flash", "gemini-3.5-flash"]),
        pre_tuned_model=st.fixed_dictionaries(
            {"tuned_model_name": _MODELS}, optional={"checkpoint_id": st.integers(1, 99) | st.just("3")}
        ),
    ),
    _one_of(supervised_tuning_spec=_SFT, preference_optimization_spec=_DPO, reinforcement_tuning_spec=_RFT),
)

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | _TEXTS | st.just(UNKNOWN)
_ANYTHING = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3), max_leaves=6
)


@_unhurried
@given(_VALID)
def test_inputs_of_the_grammar_pass(inputs: dict[str, Any]) -> None:
    """Nothing valid is refused."""
    assert reasons(inputs) == {}


@_unhurried
@given(_VALID)
def test_inputs_pass_on_their_way_back_from_the_wire(inputs: dict[str, Any]) -> None:
    """What the API echoes of a valid request is valid again."""
    echoed = {**inputs_of_wire(request_body(inputs)), "project": inputs["project"], "location": inputs["location"]}

    assert reasons(echoed) == {}


@_unhurried
@given(_VALID, st.data())
def test_inputs_pass_with_any_part_unknown(inputs: dict[str, Any], data: st.DataObject) -> None:
    """Whatever a preview does not know yet is no reason to refuse the rest."""
    partly_known = {name: _with_unknown(value, data) for name, value in inputs.items()}

    assert reasons(partly_known) == {}


@_unhurried
@given(st.dictionaries(st.sampled_from(sorted({*RFT, "labels", "triggers", "adopt_job", "base_model"})), _ANYTHING))
def test_inputs_of_any_shape_get_reasons_not_errors(inputs: dict[str, Any]) -> None:
    """Each reason is one line; no value makes the check itself fail."""
    found = check(inputs)

    assert [failure for failure in found if not failure.reason or "\n" in failure.reason] == []
    assert len({failure.property for failure in found}) == len(found)


@_unhurried
@given(_ANYTHING)
def test_specs_of_any_shape_get_reasons_not_errors(value: Any) -> None:
    """The same below the specs, for every field of the largest message."""
    names = ("epoch_count", "step_count", "batch_size", "samples_per_prompt", "thinking_level", "adapter_size", "x")

    found = check(rft(**dict.fromkeys(names, value)))

    assert [failure for failure in found if not failure.reason or "\n" in failure.reason] == []


def test_check_takes_milliseconds() -> None:
    """A preview is not held up. The bound is the promise, far above the tenths of a millisecond that it takes."""
    check(RFT)  # the tables are read once
    started = time.perf_counter()

    for _ in range(100):
        check(RFT)

    assert (time.perf_counter() - started) / 100 < 0.01


def _with_unknown(value: Any, data: st.DataObject) -> Any:
    """The same with some values at any depth replaced by `UNKNOWN`."""
    if data.draw(st.integers(0, 5)) == 0:
        return UNKNOWN
    if isinstance(value, dict):
        return {key: _with_unknown(item, data) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_unknown(item, data) for item in value]
    return value
