"""Reinforcement tuning whose reward is the function in reward.py, which Google runs in a sandbox for each answer.

Nothing to set except project and region, but the project must have had a tuning job before: the first one makes
Google's tuning service agent, which reads the bucket. A changed reward.py (2-another-reward) is another tuning job.
"""

import hashlib
from pathlib import Path

import pulumi
import pulumi_gcp as gcp

import pulumi_ctune as ctune

number = gcp.organizations.get_project().number
reader = f"serviceAccount:service-{number}@gcp-sa-vertex-tune.iam.gserviceaccount.com"
bucket = gcp.storage.Bucket("clause-examples", location="US", uniform_bucket_level_access=True)
read = gcp.storage.BucketIAMMember("tuning-reads", bucket=bucket.name, role="roles/storage.objectViewer", member=reader)
objects = {}
for file in ("training.jsonl", "validation.jsonl"):
    digest = hashlib.sha256(Path(file).read_bytes()).hexdigest()[:12]
    name, source = f"{digest}-{file}", pulumi.FileAsset(file)  # new content is a new object
    objects[file] = gcp.storage.BucketObject(file, bucket=bucket.name, name=name, source=source)

clauses = ctune.ContinuousTuningJob(
    "clauses",
    base_model="gemini-3.5-flash",
    reinforcement_tuning_spec={
        "training_dataset_uri": pulumi.Output.concat(bucket.url, "/", objects["training.jsonl"].output_name),
        "validation_dataset_uri": pulumi.Output.concat(bucket.url, "/", objects["validation.jsonl"].output_name),
        "hyper_parameters": {"epoch_count": 4, "batch_size": 8, "samples_per_prompt": 8},
        "single_reward_config": {
            "reward_name": "facts",
            "code_execution_reward_scorer": {"python_code_snippet": Path("reward.py").read_text()},
        },
    },
    triggers=[item.generation for item in objects.values()],
    opts=pulumi.ResourceOptions(depends_on=[read]),
)
pulumi.export("tuned_model_name", clauses.tuned_model_name)
