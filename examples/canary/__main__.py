"""Version 1 of a tuned model on an endpoint of your own, whose address and access stay while versions change.

Set `model` to `projects/P/locations/L/models/M`. Gemini 3 is served in `us`, not in the region of its jobs. At Google,
pulumi-gcp needs its host: gcp:vertexAiCustomEndpoint https://aiplatform.us.rep.googleapis.com/v1beta1/
(stacks/serving.py of this repository does this with an explicit provider).
"""

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
live = ctune.ModelDeployment("live", endpoint=endpoint.id, tuned_model_name=f"{model}@1")
pulumi.export("endpoint", endpoint.id)
pulumi.export("live", pulumi.Output.concat(live.model, "@", live.version_id))
pulumi.export("roll_back_to", live.previous_tuned_model_name)
