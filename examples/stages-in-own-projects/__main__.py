"""A version that was tuned in one project, copied to the project of prod, where an alias marks it.

Set `datasets` to the gs:// folder with train.jsonl, later more.jsonl (2-next-version), and `prodProject` to the project
of prod. Google copies within a region: project and region cannot change in one step.
"""

import pulumi
import pulumi_gcp as gcp

import pulumi_ctune as ctune

config = pulumi.Config()
prod = gcp.organizations.get_project(project_id=config.require("prodProject"))

first = ctune.ContinuousTuningJob(
    "support-1",
    base_model="gemini-3.5-flash",
    supervised_tuning_spec={
        "training_dataset_uri": f"{config.require('datasets')}/train.jsonl",
        "hyper_parameters": {"epoch_count": 3},
    },
    tuned_model_display_name="support-bot",
)
copies = gcp.projects.IAMMember(
    "prod-copies-from-here",
    project=gcp.organizations.get_project().project_id,
    role="roles/aiplatform.serviceAgent",
    member=f"serviceAccount:service-{prod.number}@gcp-sa-aiplatform.iam.gserviceaccount.com",
)
copy = ctune.ModelCopy(
    "to-prod",
    source_model_name=first.tuned_model_name,
    project=prod.project_id,
    model_id="support-bot",
    opts=pulumi.ResourceOptions(depends_on=[copies]),
)
ctune.ModelVersionAlias("prod", tuned_model_name=copy.tuned_model_name, alias="prod")
pulumi.export("serves", copy.tuned_model_name)
