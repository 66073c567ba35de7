"""What Python's own `help()` says of the resources."""

import pydoc

import pytest

import pulumi_ctune as ctune
from pulumi_ctune.alias import attributes as of_alias
from pulumi_ctune.deployment import attributes as of_deployment
from pulumi_ctune.model_copy import attributes as of_copy
from pulumi_ctune.tuning_job import attributes as of_job

OUTPUTS = {
    ctune.ContinuousTuningJob: of_job.OUTPUTS,
    ctune.ModelVersionAlias: of_alias.OUTPUTS,
    ctune.ModelDeployment: of_deployment.OUTPUTS,
    ctune.ModelCopy: of_copy.OUTPUTS,
}


@pytest.mark.parametrize("resource", OUTPUTS, ids=lambda resource: resource.__name__)
def test_help_shows_every_output_with_what_it_means(resource: type) -> None:
    """A section of the class's own docstring, one entry for each output in their order."""
    section = pydoc.plain(pydoc.render_doc(resource)).partition("Outputs:\n")[2].partition("\n |  \n")[0]

    entries = [line.removeprefix(" |      ") for line in section.splitlines() if not line.startswith(" |       ")]

    assert [(name, bool(text)) for name, _, text in (entry.partition(": ") for entry in entries)] == [
        (name, True) for name in OUTPUTS[resource]
    ]
