"""Version 2 takes over: it is there already, so traffic alone moves, and version 1 is undeployed."""

import pulumi
import pulumi_gcp as gcp

import pulumi_ctune as ctune

model = pulumi.Config().require("model")

endpoint = gcp.vertex.AiEndpoint(
    "bot",
    name="4711",
    display_name="support-bot",
    location="us",
    region="us",
    opts=pulumi.ResourceOptions(ignore_changes=["trafficSplit"]),  # the deployment below owns the split
)
live = ctune.ModelDeployment("live", endpoint=endpoint.id, tuned_model_name=f"{model}@2")
pulumi.export("endpoint", endpoint.id)
pulumi.export("newest", pulumi.Output.concat(live.model, "@", live.version_id))
