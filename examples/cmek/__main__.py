"""Your own key (CMEK) for everything that a tuning job makes, and for the endpoint that serves it.

Set `datasets` to the gs:// folder with train.jsonl, and `baseModel` to a model that Google tunes with CMEK (see its
table of models). The key must be in the region of the job, as it is here.
"""

import pulumi
import pulumi_gcp as gcp

import pulumi_ctune as ctune

config, region = pulumi.Config(), pulumi.Config("gcp").require("region")

kept = pulumi.ResourceOptions(retain_on_delete=True)  # without its key a tuned version serves nowhere
ring = gcp.kms.KeyRing("tuning", location=region, opts=kept)
key = gcp.kms.CryptoKey("tuning-key", key_ring=ring.id, rotation_period="7776000s", opts=kept)
grant = gcp.kms.CryptoKeyIAMMember(
    "vertex-ai-uses-key",
    crypto_key_id=key.id,
    role="roles/cloudkms.cryptoKeyEncrypterDecrypter",
    member=gcp.projects.ServiceIdentity("vertex-ai", service="aiplatform.googleapis.com").member,
    opts=kept,
)
contracts = ctune.ContinuousTuningJob(
    "contracts",
    base_model=config.require("baseModel"),
    supervised_tuning_spec={
        "training_dataset_uri": f"{config.require('datasets')}/train.jsonl",
        "hyper_parameters": {"epoch_count": 2},
    },
    encryption_spec={"kms_key_name": key.id},
    opts=pulumi.ResourceOptions(depends_on=[grant]),
)
served = pulumi.ResourceOptions(depends_on=[grant], ignore_changes=["trafficSplit"])  # the deployment owns the split
endpoint = gcp.vertex.AiEndpoint(
    "legal", name="4711", display_name="legal", location=region, encryption_spec={"kms_key_name": key.id}, opts=served
)
live = ctune.ModelDeployment("live", endpoint=endpoint.id, tuned_model_name=contracts.tuned_model_name)
pulumi.export("endpoint", live.endpoint)
pulumi.export("key", key.id)
