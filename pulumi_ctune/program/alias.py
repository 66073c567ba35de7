"""`ModelVersionAlias`, the resource: an alias on one version of a tuned model.

What users write and read. What its verbs do is `pulumi_ctune.alias`'s business.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from pulumi_ctune.alias.attributes import NAME, OUTPUTS
from pulumi_ctune.core.program_facts import PROGRAM
from pulumi_ctune.core.type_tokens import MODULE
from pulumi_ctune.program.attribute_docs import outputs_in_help
from pulumi_ctune.program.optional_outputs import settle_absent, settle_left_out
from pulumi_ctune.program.require_args import MetricRequirementArgs
from pulumi_ctune.program.stack import program, refuse_import
from pulumi_ctune.providers import ModelVersionAliasProvider


@outputs_in_help
class ModelVersionAlias(Resource, module=MODULE, name=NAME):
    """An alias, such as `prod`, on one version of a tuned model.

    Another version of the same model moves the alias in place, in one request; another model or another alias is
    another resource. What is deployed does not follow the alias. The id is `MODEL@ALIAS`, which
    `get_tuned_model` takes.

    Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/model-registry/model-alias
    """

    tuned_model_name: pulumi.Output[str]
    alias: pulumi.Output[str]
    require: pulumi.Output[list[dict[str, Any]] | None]

    model: pulumi.Output[str]
    """The model's full name, without version: `projects/N/locations/L/models/M`."""
    version_id: pulumi.Output[str]
    """The version that has the alias, as text."""
    previous_version_id: pulumi.Output[str | None]
    """The version that had the alias before this resource last moved it; None if none had it."""

    def __init__(
        self,
        resource_name: str,
        *,
        tuned_model_name: pulumi.Input[str] | None = None,
        alias: pulumi.Input[str] | None = None,
        require: pulumi.Input[Sequence[pulumi.Input[MetricRequirementArgs]]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare an alias.

        Args:
            resource_name: Name of the resource in the stack.
            tuned_model_name: The version, by its number: `projects/P/locations/L/models/M@V`, such as the output
                `tuned_model_name` of a job. Required.
            alias: 2 to 128 characters a-z, A-Z, 0-9 or -, the first a small letter, the last a small letter or digit.
                Required. An alias that another version has is moved. `default` can be moved, and stays when the
                resource is deleted.
            require: Limits on the version's training series and evaluations, checked before anything is changed.
                Default: none.
            opts: Pulumi's options; `custom_timeouts` limit how long requests are repeated while the API cannot be
                reached (20 min).
        """
        refuse_import(resource_name, opts, "Leave it out: an alias that is there is taken over as it is declared.")
        inputs: Mapping[str, Any] = {
            "tuned_model_name": tuned_model_name,
            "alias": alias,
            "require": require,
        }
        # Only keys that are named here become attributes; the provider fills the outputs.
        super().__init__(
            ModelVersionAliasProvider(),
            resource_name,
            {**inputs, PROGRAM: program(opts, inputs), **dict.fromkeys(OUTPUTS)},
            opts,
        )
        settle_absent(self, ("previous_version_id",), beside="version_id")
        settle_left_out(self, inputs)

    @staticmethod
    def get(resource_name: str, id: str, opts: pulumi.ResourceOptions | None = None) -> "ModelVersionAlias":
        """Look up an alias without managing it. `id` is `projects/P/locations/L/models/M@ALIAS`. Fails if gone."""
        return ModelVersionAlias(resource_name, opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))
