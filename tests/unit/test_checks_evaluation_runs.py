"""Plan-time rules of an evaluation run: each at its own field, offline; and what a run would take, in words."""

import re
from typing import Any

import pytest

from pulumi_ctune.core.values import UNKNOWN
from pulumi_ctune.evaluation_run import cost
from pulumi_ctune.evaluation_run.checks import check
from pulumi_ctune.evaluation_run.diff import plan
from pulumi_ctune.evaluation_run.request import Request

VERSION = "projects/acme/locations/us-central1/models/4711@2"
ENDPOINT = "projects/acme/locations/us/endpoints/bot"
EXACT: dict[str, Any] = {"metric": "exact_match", "computation_based_metric_spec": {"type": "EXACT_MATCH"}}
SAFETY = {"metric": "safety", "predefined_metric_spec": {"metric_spec_name": "safety_v3"}}
GOOD: dict[str, Any] = {
    "tuned_model_name": VERSION,
    "data_source": {"dataset_uri": "gs://acme/held-out.jsonl"},
    "evaluation_config": {"metrics": [EXACT]},
}
CODE = {"metric_config": {"custom_code_execution_spec": {"evaluation_function": "def evaluate(instance): return 1"}}}
KEY = "projects/acme/locations/us-central1/keyRings/ring/cryptoKeys/key"
JUDGED = {"metric": "tone", "llm_based_metric_spec": {"metric_prompt_template": "Is {response} kind?"}}


def metrics(*given: Any, **config: Any) -> dict[str, Any]:
    return GOOD | {"evaluation_config": {"metrics": list(given), **config}}


def reasons(inputs: dict[str, Any]) -> dict[str, str]:
    return {failure.property: failure.reason for failure in check(inputs)}


@pytest.mark.parametrize(
    "inputs",
    [
        GOOD,
        GOOD | {"checkpoint_id": "2", "generation_config": {"temperature": 0}, "triggers": [1, {"a": None}]},
        GOOD | {"checkpoint_id": 2.0, "labels": {"team": "search"}, "deletion_policy": "PREVENT"},
        GOOD | {"baseline": {"model": "gemini-3.5-flash"}},
        GOOD | {"baseline": {"model": VERSION.replace("@2", "@prod")}},
        GOOD | {"baseline": {"model": ENDPOINT.replace("/us/", "/us-central1/")}},
        GOOD | {"baseline": {"model": ENDPOINT}, "answers": "PROVIDER"},
        GOOD | {"baseline": {"model": ENDPOINT}, "location": "us"},
        metrics(EXACT, SAFETY, JUDGED, {"metric": "code", **CODE}) | {"baseline": {"model": "gemini-3.5-flash"}},
        GOOD
        | {"data_source": {"bigquery_request_set": {"uri": "bq://a.b.c", "sampling_config": {"sampling_count": 9}}}},
        GOOD | {"data_source": {"evaluation_set": "projects/1/locations/us-central1/evaluationSets/2"}},
        GOOD | {"adopt_run": "4711"},
        GOOD | {"adopt_run": "projects/1/locations/us-central1/evaluationRuns/4711"},
        dict.fromkeys(GOOD, UNKNOWN),
        GOOD | {"baseline": UNKNOWN, "answers": UNKNOWN, "labels": UNKNOWN, "triggers": UNKNOWN, "adopt_run": UNKNOWN},
        GOOD | {"baseline": {"model": UNKNOWN}, "data_source": {"dataset_uri": UNKNOWN}, "prompt_template": UNKNOWN},
        metrics(UNKNOWN, {"metric": UNKNOWN, "predefined_metric_spec": {"metric_spec_name": UNKNOWN}}),
        GOOD | {"answers": "PROVIDER", "data_source": UNKNOWN},
    ],
    ids=str,
)
def test_inputs_without_a_fault_pass(inputs: dict[str, Any]) -> None:
    """What may be right is not refused, unknown values least of all."""
    assert reasons(inputs) == {}


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"tuned_model_name": None}, "tuned_model_name", "missing"),
        ({"tuned_model_name": "gemini-3.5-flash"}, "tuned_model_name", "a base model can be the baseline"),
        ({"tuned_model_name": VERSION.replace("@2", "")}, "tuned_model_name", "names no version"),
        ({"tuned_model_name": VERSION.replace("@2", "@prod")}, "tuned_model_name", "by the alias 'prod', which moves"),
        ({"baselines": {"model": "x"}}, "baselines", "no such input; did you mean 'baseline'?"),
        ({"project": "Acme"}, "project", "Acme"),
        ({"location": "us central1"}, "location", "us central1"),
        ({"answers": "MINE"}, "answers", "'MINE'"),
        ({"deletion_policy": "KEEP"}, "deletion_policy", "'KEEP'"),
        ({"checkpoint_id": ["2"]}, "checkpoint_id", "is not the id of a checkpoint"),
        ({"triggers": "2"}, "triggers", "is not a list"),
        ({"adopt_run": "run-1"}, "adopt_run", "is not the id (digits, in quotes) or full name of a run"),
        ({"adopt_run": 4711}, "adopt_run", "is not the id (digits, in quotes)"),
        ({"labels": ["a"]}, "labels", "is not a dict"),
        ({"labels": {"ctune-token": "x"}}, "labels.ctune-token", "is reserved"),
        ({"labels": {"Team": "x"}}, "labels.Team", "Team"),
        ({"generation_config": 0.5}, "generation_config", "0.5 is not a dict"),
        ({"generation_config": {"temprature": 0}}, "generation_config.temprature", "did you mean 'temperature'?"),
        ({"prompt_template": "{prompt}"}, "prompt_template", "is not a dict"),
        ({"encryption_spec": {"kms_key_name": KEY, "key": "x"}}, "encryption_spec.key", "no such key"),
        ({"data_source": None}, "data_source", "missing: give 'dataset_uri'"),
        ({"data_source": "gs://a/b"}, "data_source", "is not a dict"),
        ({"data_source": {}}, "data_source", "missing: give "),
        ({"data_source": {"dataset": "gs://a/b"}}, "data_source.dataset", "no such key"),
        ({"data_source": {"dataset_uri": "a.jsonl"}}, "data_source.dataset_uri", "is not an object in Cloud Storage"),
        ({"data_source": {"dataset_uri": "gs://a/b", "evaluation_set": "s"}}, "data_source", "only one of"),
        (
            {"data_source": {"bigquery_request_set": {"uri": "bq://a.b.c"}}},
            "data_source.bigquery_request_set.sampling_config",
            "Google judges 100 rows",
        ),
        ({"baseline": "gemini-3.5-flash"}, "baseline", 'write {"model": ...}'),
        ({"baseline": {}}, "baseline.model", "missing"),
        ({"baseline": {"model": "gemini-3.5-flash", "name": "x"}}, "baseline.name", "there is 'model'"),
        ({"baseline": {"model": 4711}}, "baseline.model", "is not text"),
        ({"baseline": {"model": "endpoints/bot"}}, "baseline.model", "is neither "),
        ({"baseline": {"model": ENDPOINT}}, "evaluation_config.allow_cross_region_model", "lies in 'us', the run in"),
        ({"evaluation_config": None}, "evaluation_config", "missing"),
        ({"evaluation_config": {}}, "evaluation_config.metrics", "name at least one metric"),
        (metrics(), "evaluation_config.metrics", "name at least one metric"),
        (
            metrics({"computation_based_metric_spec": {"type": "BLEU"}}),
            "evaluation_config.metrics[0].metric",
            "missing",
        ),
        (metrics(EXACT | {"metric": "a/b"}), "evaluation_config.metrics[0].metric", "has a slash"),
        (metrics(EXACT, EXACT), "evaluation_config.metrics[1].metric", "is there twice"),
        (metrics("exact_match"), "evaluation_config.metrics[0]", "exact_match"),
        (
            metrics({"metric": "safety", "predefined_metric_spec": {"metric_spec_name": "safety"}}),
            "evaluation_config.metrics[0].predefined_metric_spec.metric_spec_name",
            "has no version",
        ),
        (
            metrics({"metric": "s", "metric_config": {"predefined_metric_spec": {"metric_spec_name": "safety"}}}),
            "evaluation_config.metrics[0].metric_config.predefined_metric_spec.metric_spec_name",
            "has no version",
        ),
        (
            {"answers": "PROVIDER", "data_source": {"evaluation_set": "projects/1/locations/l/evaluationSets/2"}},
            "answers",
            "takes rows of 'dataset_uri'",
        ),
        (
            {"answers": "PROVIDER", "prompt_template": {"gcs_uri": "gs://a/t.txt"}},
            "prompt_template.gcs_uri",
            "is not read where answers is 'PROVIDER'",
        ),
    ],
    ids=str,
)
def test_wrong_input_is_one_line_at_its_field(changes: dict[str, Any], field: str, reason: str) -> None:
    found = reasons({key: value for key, value in (GOOD | changes).items() if value is not None})

    assert list(found) == [field]
    assert reason in found[field]
    assert "\n" not in found[field]


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        (GOOD, "200 rows, 200 answers and 0 judge calls"),
        (GOOD | {"baseline": {"model": "gemini-3.5-flash"}}, "200 rows, 400 answers and 0 judge calls"),
        (metrics(EXACT, SAFETY), "200 rows, 200 answers and 6,200 judge calls"),
        (metrics(JUDGED), "200 rows, 200 answers and 800 judge calls"),
        (metrics(JUDGED, autorater_config={"sample_count": 8}), "200 rows, 200 answers and 1,600 judge calls"),
        (metrics({"metric": "code", **CODE}), "200 rows, 200 answers and 0 judge calls"),
        (
            metrics({"metric": "g", "predefined_metric_spec": {"metric_spec_name": "grounding_v1"}}),
            "200 rows, 200 answers and 200 judge calls",
        ),
        (
            metrics({"metric": "x", "predefined_metric_spec": {"metric_spec_name": "fluency_v1"}}),
            "200 rows, 200 answers and 0 judge calls and those of a metric that names none",
        ),
    ],
    ids=str,
)
def test_what_a_run_takes_is_reported_in_words(inputs: dict[str, Any], text: str) -> None:
    assert cost.in_words(Request.parse(inputs), 200) == f"the evaluation takes {text}"


WRITTEN = metrics(
    {"metric": "tone", "metric_config": {"pointwise_metric_spec": {"metric_prompt_template": "Is {response} kind?"}}},
    autorater_config={"sample_count": 2, "generation_config": {"max_output_tokens": 64}},
    output_config={"gcs_destination": {"output_uri_prefix": "gs://acme/results"}},
    dataset_custom_metrics=[{"display_name": "spread", "aggregation_function": "def aggregate(rows): return 1"}],
) | {"generation_config": {"top_p": 0.5}}


def as_the_api_spells(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            re.sub("_([a-z])", lambda found: found[1].upper(), key): as_the_api_spells(item)
            for key, item in value.items()
        }
    return [as_the_api_spells(item) for item in value] if isinstance(value, list) else value


SPELLED = {key: as_the_api_spells(WRITTEN[key]) for key in ("evaluation_config", "generation_config")}


def test_maps_of_the_api_mean_the_same_in_either_spelling() -> None:
    """A key of such a map is the API's: the request is the same, and a change of the spelling is none."""
    spelled = WRITTEN | SPELLED

    assert reasons(spelled) == reasons(WRITTEN) == {}
    assert Request.parse(spelled).key == Request.parse(WRITTEN).key
    assert Request.parse(spelled).body("", {}, {}, "run") == Request.parse(WRITTEN).body("", {}, {}, "run")
    assert plan(WRITTEN, spelled).replaces == plan(spelled, WRITTEN).replaces == ()


def test_metric_without_settings_is_still_a_choice() -> None:
    """Exact match is no BLEU, although both specs are empty; neither takes a judge."""
    exact, bleu = (
        metrics({"metric": "same", "metric_config": {spec: {}}}) for spec in ("exact_match_spec", "bleu_spec")
    )

    assert plan(exact, bleu).replaces == ("evaluation_config",)
    assert Request.parse(exact).key != Request.parse(bleu).key
    assert cost.in_words(Request.parse(exact), 10) == "the evaluation takes 10 rows, 10 answers and 0 judge calls"


@pytest.mark.parametrize(
    ("metric", "field", "reason"),
    [
        ({"predefinedMetricSpec": {"metricSpecName": "safety"}}, "predefinedMetricSpec.metricSpecName", "no version"),
        (
            {"metricConfig": {"predefinedMetricSpec": {"metricSpecName": "safety"}}},
            "metricConfig.predefinedMetricSpec.metricSpecName",
            "no version",
        ),
        ({"metricConfig": {"bleuSpec": {"useEfectiveOrder": True}}}, "metricConfig.bleuSpec.useEfectiveOrder", ""),
        ({"metricConfig": {"bleuSpec": 4}}, "metricConfig.bleuSpec", "4 is not a dict"),
        ({"metricConfig": {}, "metric_config": {}}, "metricConfig", "given in both spellings"),
    ],
    ids=str,
)
def test_fault_in_a_map_of_the_api_is_reported_as_it_is_spelled(
    metric: dict[str, Any], field: str, reason: str
) -> None:
    """The path has the keys that stand in the program, and so has the hint."""
    found = reasons(metrics({"metric": "safety", **metric}))

    assert list(found) == [f"evaluation_config.metrics[0].{field}"]
    (reported,) = found.values()
    assert (reason or "no such key; did you mean 'useEffectiveOrder'?") in reported
