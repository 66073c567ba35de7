"""Version 2 gets all traffic, and version 1 is undeployed."""

import pulumi
import pulumi_gcp as gcp

import pulumi_ctune as ctune

model = pulumi.Config().require("model")

bot = gcp.serviceaccount.Account("bot-account", account_id="support-bot")
endpoint = gcp.vertex.AiEndpoint(
    "bot",
    name="4711",
    display_name="support-bot",
    location="us",
    region="us",
    opts=pulumi.ResourceOptions(ignore_changes=["trafficSplit"]),  # the deployment below owns the split
)
gcp.vertex.AiEndpointIamMember(
    "bot-calls", endpoint=endpoint.name, location=endpoint.location, role="roles/aiplatform.user", member=bot.member
)
live = ctune.ModelDeployment("live", endpoint=endpoint.id, tuned_model_name=f"{model}@2")
pulumi.export("endpoint", endpoint.id)
pulumi.export("live", pulumi.Output.concat(live.model, "@", live.version_id))
pulumi.export("roll_back_to", live.previous_tuned_model_name)
