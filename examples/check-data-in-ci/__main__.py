"""A reinforcement tuning job whose data, reward and price `check.sh` checks in CI, before any of it is paid for.

Nothing to set except project and region, but the project must have had a tuning job before: the first one makes
Google's tuning service agent, which reads the bucket. What CI did not see, `pulumi up` refuses before it submits.
"""

import hashlib
import json
from pathlib import Path

import pulumi
import pulumi_gcp as gcp

import pulumi_ctune as ctune

number = gcp.organizations.get_project().number
reader = f"serviceAccount:service-{number}@gcp-sa-vertex-tune.iam.gserviceaccount.com"
bucket = gcp.storage.Bucket("mail-examples", location="US", uniform_bucket_level_access=True)
read = gcp.storage.BucketIAMMember("tuning-reads", bucket=bucket.name, role="roles/storage.objectViewer", member=reader)
objects = {}
for file in ("train.jsonl", "validation.jsonl"):
    digest = hashlib.sha256(Path(file).read_bytes()).hexdigest()[:12]
    name, source = f"{digest}-{file}", pulumi.FileAsset(file)  # new content is a new object
    objects[file] = gcp.storage.BucketObject(file, bucket=bucket.name, name=name, source=source)

mail = ctune.ContinuousTuningJob(
    "mail",
    base_model="gemini-3.5-flash",
    reinforcement_tuning_spec={
        "training_dataset_uri": pulumi.Output.concat(bucket.url, "/", objects["train.jsonl"].output_name),
        "validation_dataset_uri": pulumi.Output.concat(bucket.url, "/", objects["validation.jsonl"].output_name),
        "hyper_parameters": json.loads(Path("hyper-parameters.json").read_text()),
        "single_reward_config": json.loads(Path("reward.json").read_text()),
    },
    budget={"max_usd": 20},
    opts=pulumi.ResourceOptions(depends_on=[read]),
)
pulumi.export("tuned_model_name", mail.tuned_model_name)
