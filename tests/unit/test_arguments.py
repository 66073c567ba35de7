"""What a program writes, what the state calls it, and what the checks know are the same names."""

import inspect
from typing import Any

import pytest

import pulumi_ctune as ctune
from pulumi_ctune.alias import attributes as of_alias
from pulumi_ctune.deployment import attributes as of_deployment
from pulumi_ctune.gate.evaluation_result import RESULT_KEYS
from pulumi_ctune.gate.input_checks import EVALUATION_KEYS
from pulumi_ctune.model_copy import attributes as of_copy
from pulumi_ctune.tuning_job import attributes as of_job

RESOURCES = [
    pytest.param(ctune.ContinuousTuningJob, of_job, id="job"),
    pytest.param(ctune.ModelVersionAlias, of_alias, id="alias"),
    pytest.param(ctune.ModelDeployment, of_deployment, id="deployment"),
    pytest.param(ctune.ModelCopy, of_copy, id="copy"),
]


@pytest.mark.parametrize(("resource", "names"), RESOURCES)
def test_inputs_are_the_arguments_of_the_class(resource: Any, names: Any) -> None:
    """What the state calls an input is what the constructor takes."""
    arguments = set(inspect.signature(resource).parameters) - {"resource_name", "opts"}

    assert arguments == set(names.INPUTS)


@pytest.mark.parametrize(("resource", "names"), RESOURCES)
def test_every_input_and_output_is_an_attribute_of_the_class(resource: Any, names: Any) -> None:
    """A program, and the reference, which is made of the class, have what the state has, no more and no less."""
    assert set(resource.__annotations__) == {*names.INPUTS, *names.OUTPUTS}


def test_keys_of_a_requirement_are_those_that_the_check_knows() -> None:
    """A key that the class has and the check refuses would be a promise that fails in the preview."""
    assert set(EVALUATION_KEYS) == set(ctune.MetricRequirementArgs.__annotations__)
    assert set(RESULT_KEYS) == set(ctune.EvaluationResultArgs.__annotations__)
