"""`ModelDeployment`, the resource: a version of a tuned model that serves on an endpoint of the user's.

What users write and read. What its verbs do is `pulumi_ctune.deployment`'s business.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.program_facts import PROGRAM
from pulumi_ctune.core.type_tokens import MODULE
from pulumi_ctune.deployment.attributes import NAME, OUTPUTS
from pulumi_ctune.program.attribute_docs import outputs_in_help
from pulumi_ctune.program.optional_outputs import settle_absent, settle_left_out
from pulumi_ctune.program.require_args import MetricRequirementArgs
from pulumi_ctune.program.stack import owner_of, program, refuse_import
from pulumi_ctune.providers import ModelDeploymentProvider


@outputs_in_help
class ModelDeployment(Resource, module=MODULE, name=NAME):
    """A version of a tuned model that serves on an endpoint of your own, whose address and access policy stay.

    Another version is an update in separate steps: it is deployed beside the old one, gets the traffic, and then the
    old one is undeployed. Until the traffic has moved, the old one serves, whatever happens; the next `pulumi up` goes
    on. Deployments of other people on the endpoint are never undeployed. One resource owns an endpoint's split. The id
    is `ENDPOINT@KEY`, KEY the resource's own, and does not change with the version.

    Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/deploy/overview and
    https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/projects.locations.endpoints/deployModel
    """

    endpoint: pulumi.Output[str]
    tuned_model_name: pulumi.Output[str]
    checkpoint_id: pulumi.Output[str | None]
    traffic_percent: pulumi.Output[int]
    require: pulumi.Output[list[dict[str, Any]] | None]

    deployed_model_id: pulumi.Output[str]
    """The deployment's id on the endpoint, 1 to 10 digits; another one for each version and checkpoint."""
    model: pulumi.Output[str]
    """The model's full name, without version: `projects/N/locations/L/models/M`."""
    version_id: pulumi.Output[str]
    """The version that serves, as text."""
    previous_tuned_model_name: pulumi.Output[str | None]
    """The version that served before, `..models/M@V`: put it in `tuned_model_name` to go back. None at first."""
    previous_checkpoint_id: pulumi.Output[str | None]
    """The checkpoint of it that served: put it in `checkpoint_id` to go back. None for the version's default one."""
    metrics: pulumi.Output[dict[str, float]]
    """The values that `require` was judged by, by series (`{"/eval_total_loss": 0.81}`); empty without `require`. Of
    several aggregates of one series, `min` and `max` stand under `/eval_total_loss (min)` and `/eval_total_loss (max)`.
    """

    def __init__(
        self,
        resource_name: str,
        *,
        endpoint: pulumi.Input[str] | None = None,
        tuned_model_name: pulumi.Input[str] | None = None,
        checkpoint_id: pulumi.Input[str | int | None] | None = None,
        traffic_percent: pulumi.Input[int] | None = None,
        require: pulumi.Input[Sequence[pulumi.Input[MetricRequirementArgs]]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a deployment.

        Args:
            resource_name: Name of the resource in the stack.
            endpoint: The endpoint's full name, `projects/P/locations/L/endpoints/E`, such as the output `id` of
                `gcp.vertex.AiEndpoint`. Required. In the version's location or the multi-region around it:
                Gemini 3 is served in `us` and `eu`.
            tuned_model_name: The version, by its number: `projects/P/locations/L/models/M@V`, such as the output
                `tuned_model_name` of a job. Required.
            checkpoint_id: One of that version's checkpoints, such as `"2"`. Default: its default checkpoint.
            traffic_percent: The share of the endpoint's traffic, 0 to 100. Default: 100. Less makes a canary, which is
                experimental: the version that served before keeps the rest. 0 deploys the version without traffic.
            require: Limits on the version's training series and evaluations, checked before anything is changed.
                Default: none.
            opts: Pulumi's options; `custom_timeouts` limit create, update and delete (1 h).
        """
        refuse_import(
            resource_name, opts, "Leave it out: the version is deployed beside what the endpoint has already."
        )
        inputs: Mapping[str, Any] = {
            "endpoint": endpoint,
            "tuned_model_name": tuned_model_name,
            "checkpoint_id": checkpoint_id,
            "traffic_percent": traffic_percent,
            "require": require,
            OWNER: owner_of(resource_name),
        }
        # Only keys that are named here become attributes; the provider fills the outputs.
        super().__init__(
            ModelDeploymentProvider(),
            resource_name,
            {**inputs, PROGRAM: program(opts, inputs), **dict.fromkeys(OUTPUTS)},
            opts,
        )
        settle_absent(self, ("previous_tuned_model_name", "previous_checkpoint_id"), beside="version_id")
        settle_left_out(self, inputs)

    @staticmethod
    def get(resource_name: str, id: str, opts: pulumi.ResourceOptions | None = None) -> "ModelDeployment":
        """Look up a deployment without managing it. `id` is `ENDPOINT@KEY`. Fails if gone."""
        return ModelDeployment(resource_name, opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))
