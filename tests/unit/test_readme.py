"""The reference tables of the README are those of the code."""

import inspect
import re
from pathlib import Path

import pulumi_ctune as ctune
from pulumi_ctune.tuning.attributes import INPUTS, OUTPUTS

README = (Path(__file__).parents[2] / "README.md").read_text()


def table(marker: str) -> set[str]:
    """The names in the first column of the table after a marker."""
    rows = README.partition(f"<!-- {marker}:")[2].partition("\n\n")[0].splitlines()[3:]
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
