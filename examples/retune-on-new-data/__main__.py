"""Continue a tuned model on train.jsonl, and again whenever the file changes. Each run makes the next version.

Set `source` to the version to continue from, `projects/P/locations/L/models/M@V`, a model of this project and region.
The project must have had a tuning job before: the first one makes Google's tuning service agent, which reads the data.
"""

import hashlib
from pathlib import Path

import pulumi
import pulumi_gcp as gcp

import pulumi_ctune as ctune

number = gcp.organizations.get_project().number
reader = f"serviceAccount:service-{number}@gcp-sa-vertex-tune.iam.gserviceaccount.com"
bucket = gcp.storage.Bucket("faq-examples", location="US", uniform_bucket_level_access=True)
read = gcp.storage.BucketIAMMember("tuning-reads", bucket=bucket.name, role="roles/storage.objectViewer", member=reader)

digest = hashlib.sha256(Path("train.jsonl").read_bytes()).hexdigest()[:12]
train = gcp.storage.BucketObject(
    "train",
    bucket=bucket.name,
    name=f"train-{digest}.jsonl",  # new content is a new object, and the old one stays until the job has ended
    source=pulumi.FileAsset("train.jsonl"),
)
faq = ctune.ContinuousTuningJob(
    "faq",
    pre_tuned_model={"tuned_model_name": pulumi.Config().require("source")},
    supervised_tuning_spec={
        "training_dataset_uri": pulumi.Output.concat(bucket.url, "/", train.output_name),
        "hyper_parameters": {"epoch_count": 2},
    },
    triggers=[train.generation],  # also when somebody uploads the object again
    opts=pulumi.ResourceOptions(depends_on=[read]),
)
pulumi.export("tuned_model_name", faq.tuned_model_name)
pulumi.export("trained_on", train.output_name)
