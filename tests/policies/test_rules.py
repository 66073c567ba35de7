"""The rules of the policy pack as plain functions."""

from collections.abc import Mapping
from typing import Any

import pytest

from policies import rules

JOB: dict[str, Any] = {
    "location": "us-central1",
    "base_model": "gemini-3.5-flash",
    "supervised_tuning_spec": {"training_dataset_uri": "gs://data/train.jsonl", "hyper_parameters": {"epoch_count": 2}},
}
ENDPOINT = "projects/acme/locations/europe-west4/endpoints/4711"
STACK_BUDGET = {"ctune:budget": '{"max_usd": 5}'}


def said(
    rule: rules.Rule,
    kind: str,
    inputs: Mapping[str, Any],
    *,
    stack: str = "prod",
    config: Mapping[str, Any] | None = None,
    **settings: Any,
) -> list[str]:
    return list(rule(rules.Resource(kind, stack, inputs, config or {}), settings))


@pytest.mark.parametrize(
    "spec", ["supervised_tuning_spec", "reinforcement_tuning_spec", "preference_optimization_spec"]
)
@pytest.mark.parametrize("hyper_parameters", [None, {}, {"epoch_count": None}, {"batch_size": 8}])
def test_job_without_epochs(spec: str, hyper_parameters: dict[str, Any] | None) -> None:
    """The spec that a job has says its epochs, whatever the method; the line names the field."""
    inputs = {spec: {"training_dataset_uri": "gs://data/train.jsonl", "hyper_parameters": hyper_parameters}}

    (violation,) = said(rules.epoch_count_set, "ContinuousTuningJob", inputs)

    assert violation == (
        f"{spec}.hyper_parameters.epoch_count is not given. Set it: without it the service chooses, "
        "and each epoch is paid for."
    )


@pytest.mark.parametrize(
    ("inputs", "config", "settings", "violations"),
    [
        pytest.param({}, {}, {}, 1, id="none"),
        pytest.param({"budget": {"max_usd": 5}}, {}, {}, 0, id="the job's"),
        pytest.param({}, STACK_BUDGET, {}, 0, id="the stack's"),
        pytest.param({}, STACK_BUDGET, {"stack_budget": False}, 1, id="the stack's, which does not count"),
        pytest.param({"budget": {"max_usd": 5}}, {}, {"stack_budget": False}, 0, id="the job's, which has to be"),
        pytest.param({"budget": {}}, {}, {}, 1, id="an empty one"),
    ],
)
def test_budget(inputs: dict[str, Any], config: dict[str, Any], settings: dict[str, Any], violations: int) -> None:
    """A job has a budget: its own, or that of the stack unless `stack_budget` is false."""
    found = said(rules.budget_set, "ContinuousTuningJob", JOB | inputs, config=config, **settings)

    assert len(found) == violations


@pytest.mark.parametrize("kind", ["ContinuousTuningJob", "ModelCopy"])
@pytest.mark.parametrize("policy", [None, "ABANDON", "DELETE"])
def test_prod_without_protection(kind: str, policy: str | None) -> None:
    """In prod, jobs and copies have the deletion policy PREVENT; without the input it is ABANDON."""
    found = said(rules.protected_in_prod, kind, {"deletion_policy": policy})

    assert found == [f'deletion_policy is {policy or "ABANDON"} in stack prod. Set deletion_policy="PREVENT".']


@pytest.mark.parametrize("kind", ["ModelVersionAlias", "ModelDeployment"])
@pytest.mark.parametrize("require", [None, []])
def test_prod_without_gates(kind: str, require: list[Any] | None) -> None:
    """In prod, what decides which version serves has gates."""
    (violation,) = said(rules.gated_in_prod, kind, {"require": require})

    assert violation.startswith("require is not given in stack prod. Name the metrics that a version must meet, such ")


@pytest.mark.parametrize("base_model", ["gemini-3.5-pro", "publishers/google/models/gemini-3.5-pro"])
def test_model_that_is_not_allowed(base_model: str) -> None:
    """The list names models by their ids, however the program spells them."""
    found = said(rules.allowed_model, "ContinuousTuningJob", {"base_model": base_model}, models=["a", "b"])

    assert found == [f"base_model is {base_model}. Allowed: a, b."]


@pytest.mark.parametrize(
    ("kind", "inputs", "field"),
    [
        ("ContinuousTuningJob", {"location": "europe-west4"}, "location"),
        ("ModelCopy", {"location": "europe-west4"}, "location"),
        ("EvaluationRun", {"location": "europe-west4"}, "location"),
        ("ModelDeployment", {"endpoint": ENDPOINT}, "endpoint"),
    ],
)
def test_region_that_is_not_allowed(kind: str, inputs: dict[str, Any], field: str) -> None:
    """What reads data or serves is where the list allows it; a deployment is where its endpoint is."""
    found = said(rules.allowed_region, kind, inputs, regions=["us-central1", "us"])

    assert found == [f"{field} is in europe-west4. Allowed: us-central1, us."]


@pytest.mark.parametrize(
    ("rule", "kind", "inputs", "settings"),
    [
        pytest.param(rules.epoch_count_set, "ContinuousTuningJob", JOB, {}, id="epochs"),
        pytest.param(rules.epoch_count_set, "ModelCopy", {}, {}, id="epochs of no job"),
        pytest.param(rules.budget_set, "EvaluationRun", {}, {}, id="budget of no job"),
        pytest.param(
            rules.protected_in_prod, "ContinuousTuningJob", {"deletion_policy": "PREVENT"}, {}, id="protected"
        ),
        pytest.param(rules.protected_in_prod, "ModelDeployment", {}, {}, id="nothing to delete"),
        pytest.param(
            rules.protected_in_prod, "ContinuousTuningJob", JOB, {"prod_stacks": ["live"]}, id="not in prod: job"
        ),
        pytest.param(rules.gated_in_prod, "ModelDeployment", {"require": [{"metric": "/loss"}]}, {}, id="gated"),
        pytest.param(rules.gated_in_prod, "ModelDeployment", {}, {"prod_stacks": ["live"]}, id="not in prod: serving"),
        pytest.param(rules.gated_in_prod, "ModelCopy", {}, {}, id="copy without gates"),
        pytest.param(
            rules.allowed_model, "ContinuousTuningJob", JOB, {"models": ["gemini-3.5-flash"]}, id="allowed model"
        ),
        pytest.param(rules.allowed_model, "ContinuousTuningJob", JOB, {}, id="any model"),
        pytest.param(
            rules.allowed_model, "ContinuousTuningJob", {"pre_tuned_model": {}}, {"models": []}, id="from a version"
        ),
        pytest.param(
            rules.allowed_region, "ContinuousTuningJob", JOB, {"regions": ["us-central1"]}, id="allowed region"
        ),
        pytest.param(rules.allowed_region, "ContinuousTuningJob", JOB, {}, id="any region"),
        pytest.param(rules.allowed_region, "ModelVersionAlias", {}, {"regions": []}, id="alias, which has no place"),
        pytest.param(rules.allowed_region, "ModelDeployment", {"endpoint": "4711"}, {"regions": []}, id="bad endpoint"),
    ],
)
def test_what_a_rule_lets_pass(rule: rules.Rule, kind: str, inputs: dict[str, Any], settings: dict[str, Any]) -> None:
    """A rule speaks of what it is for; what is malformed is for the provider to refuse."""
    assert said(rule, kind, inputs, **settings) == []


@pytest.mark.parametrize(("epochs", "violations"), [({"epochCount": 2}, 0), ({"batchSize": 8}, 1)])
def test_program_in_another_language_is_held_to_the_same(epochs: dict[str, Any], violations: int) -> None:
    """Its inputs are in camelCase, and its stack's settings come without their namespace."""
    inputs = rules.InSnakeCase({"baseModel": "gemini-3.5-pro", "supervisedTuningSpec": {"hyperParameters": epochs}})
    job = "ContinuousTuningJob"

    assert len(said(rules.epoch_count_set, job, inputs)) == violations
    assert len(said(rules.protected_in_prod, job, inputs)) == 1
    assert len(said(rules.allowed_model, job, inputs, models=["gemini-3.5-flash"])) == 1
    assert len(said(rules.allowed_region, job, inputs, config={"region": "us-east1"}, regions=["us"])) == 1
    assert said(rules.budget_set, job, inputs, config={"budget": '{"max_usd": 5}'}) == []


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("pulumi-python:dynamic/ctune:ModelCopy", "ModelCopy"),
        ("ctune:index:ModelCopy", "ModelCopy"),
        ("gcp:vertex/aiEndpoint:AiEndpoint", None),
    ],
)
def test_kind_is_known_from_the_type(token: str, kind: str | None) -> None:
    """Resources of other providers are left alone."""
    assert rules.kind_of(token) == kind


def test_stack_is_known_from_the_urn() -> None:
    """The stack is what the URN begins with."""
    urn = "urn:pulumi:prod::support-bot::pulumi-python:dynamic/ctune:ModelCopy::copy"

    assert rules.stack_of(urn) == "prod"
