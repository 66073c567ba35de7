"""What callers see: an endpoint that stays, the version behind it, and who may call it."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_gcp as gcp

import pulumi_ctune as ctune

MULTI_REGIONS = ("us", "eu")


class Serving(pulumi.ComponentResource):
    """An endpoint with one tuned version on it.

    Another version must meet the gates first; then it takes the traffic over and gets the stage's alias, which marks it
    as in use. The address and the callers stay; with `protect` Pulumi neither deletes nor replaces the endpoint.
    """

    def __init__(
        self,
        name: str,
        *,
        endpoint_id: str,
        location: str,
        tuned_model_name: pulumi.Input[str],
        checkpoint_id: pulumi.Input[str | None],
        traffic_percent: int,
        gates: Sequence[ctune.MetricRequirementArgs],
        callers: Sequence[str],
        labels: Mapping[str, str],
        kms_key_name: pulumi.Input[str] | None = None,
        protect: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("support-bot:serving:Serving", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        google = pulumi.ResourceOptions(parent=self, provider=_provider(location, child))
        self.endpoint = gcp.vertex.AiEndpoint(
            name,
            name=endpoint_id,
            display_name=f"{name}-{pulumi.get_stack()}",
            location=location,
            region=location,
            encryption_spec={"kms_key_name": kms_key_name} if kms_key_name else None,
            labels=labels,
            # The deployment owns the split. At another place the new endpoint serves before the old one goes.
            opts=pulumi.ResourceOptions.merge(
                google,
                pulumi.ResourceOptions(ignore_changes=["trafficSplit"], delete_before_replace=False, protect=protect),
            ),
        )
        self.deployment = ctune.ModelDeployment(
            name,
            endpoint=self.endpoint.id,
            tuned_model_name=tuned_model_name,
            checkpoint_id=checkpoint_id,
            traffic_percent=traffic_percent,
            require=gates,
            opts=child,
        )
        self.alias = ctune.ModelVersionAlias(
            f"{name}-alias",
            tuned_model_name=tuned_model_name,
            alias=pulumi.get_stack(),
            # It names what serves, so it moves last: a version that is refused anywhere above never has it.
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[self.deployment])),
        )
        for member in callers:
            gcp.vertex.AiEndpointIamMember(
                f"caller-{member.replace(':', '-')}",
                endpoint=self.endpoint.name,
                location=location,
                role="roles/aiplatform.user",
                member=member,
                opts=pulumi.ResourceOptions.merge(google, pulumi.ResourceOptions(depends_on=[self.alias])),
            )
        self.register_outputs({"endpoint": self.endpoint.id})


def _provider(location: str, child: pulumi.ResourceOptions) -> gcp.Provider | None:
    """A provider that knows Google's host for a multi-region: pulumi-gcp's own pattern, `us-aiplatform`, is no host."""
    config = pulumi.Config("gcp")
    if location not in MULTI_REGIONS or config.get("vertexAiCustomEndpoint"):
        return None
    return gcp.Provider(
        f"vertex-{location}",
        vertex_ai_custom_endpoint=f"https://aiplatform.{location}.rep.googleapis.com/v1beta1/",
        # A provider of one's own takes nothing from the stack's config by itself.
        project=config.get("project"),
        region=config.get("region"),
        impersonate_service_account=config.get("impersonateServiceAccount"),
        access_token=config.get_secret("accessToken"),
        credentials=config.get_secret("credentials"),
        user_project_override=config.get_bool("userProjectOverride"),
        billing_project=config.get("billingProject"),
        opts=child,
    )
