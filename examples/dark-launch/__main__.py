"""Version 1 of a tuned model on an endpoint of your own.

Set `model` to `projects/P/locations/L/models/M`. Gemini 3 is served in `us`, not in the region of its jobs. At Google,
pulumi-gcp needs its host: gcp:vertexAiCustomEndpoint https://aiplatform.us.rep.googleapis.com/v1beta1/
"""

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
live = ctune.ModelDeployment("live", endpoint=endpoint.id, tuned_model_name=f"{model}@1")
pulumi.export("endpoint", endpoint.id)
pulumi.export("newest", pulumi.Output.concat(live.model, "@", live.version_id))
