"""The reference tables of README and docs are those of the code."""

import dataclasses
import inspect
import re
from pathlib import Path

import pulumi_ctune as ctune
from pulumi_ctune.alias import attributes as of_alias
from pulumi_ctune.deployment import attributes as of_deployment
from pulumi_ctune.gate.checks import REQUIREMENT_KEYS
from pulumi_ctune.tuning_job.attributes import INPUTS, OUTPUTS

ROOT = Path(__file__).parents[2]
REFERENCE = "".join((ROOT / page).read_text() for page in ("README.md", "docs/promotion.md"))


def table(marker: str) -> set[str]:
    """The names in the first column of the table after a marker."""
    rows = REFERENCE.partition(f"<!-- {marker}:")[2].partition("\n\n")[0].splitlines()[3:]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def test_every_input_is_in_the_reference() -> None:
    """The README lists the inputs of the resource, no more and no less."""
    assert table("inputs") == set(INPUTS)


def test_every_output_is_in_the_reference() -> None:
    """The README lists the outputs of the resource, no more and no less."""
    assert table("outputs") == set(OUTPUTS)


def test_inputs_are_the_arguments_of_the_class() -> None:
    """What the state calls an input is what the constructor takes."""
    arguments = set(inspect.signature(ctune.ContinuousTuningJob).parameters) - {"resource_name", "opts"}

    assert arguments == set(INPUTS)


def test_reference_of_aliases_is_the_code() -> None:
    """Inputs, outputs and arguments of an alias have the same names everywhere."""
    arguments = set(inspect.signature(ctune.ModelVersionAlias).parameters) - {"resource_name", "opts"}

    assert table("alias inputs") == set(of_alias.INPUTS) == arguments
    assert table("alias outputs") == set(of_alias.OUTPUTS)


def test_reference_of_deployments_is_the_code() -> None:
    """Inputs, outputs and arguments of a deployment have the same names everywhere."""
    arguments = set(inspect.signature(ctune.ModelDeployment).parameters) - {"resource_name", "opts"}

    assert table("deployment inputs") == set(of_deployment.INPUTS) == arguments
    assert table("deployment outputs") == set(of_deployment.OUTPUTS)


def test_reference_of_requirements_is_the_code() -> None:
    """The keys of a requirement are those that its class has and that the check knows."""
    assert table("requirement keys") == set(REQUIREMENT_KEYS) == set(ctune.MetricRequirementArgs.__annotations__)


def test_reference_of_lookups_is_the_code() -> None:
    """What a lookup returns is listed, no more and no less."""
    assert table("lookup") == {field.name for field in dataclasses.fields(ctune.TunedModel)}
