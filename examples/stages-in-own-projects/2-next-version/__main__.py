"""The next version in prod: a job continues in the tuning project, and its copy joins the model that is in prod."""

import pulumi
import pulumi_gcp as gcp

import pulumi_ctune as ctune

config, place = pulumi.Config(), pulumi.Config("gcp")
datasets, prod = config.require("datasets"), gcp.organizations.get_project(project_id=config.require("prodProject"))


def tuned(name: str, file: str, **source: object) -> ctune.ContinuousTuningJob:
    data = {"training_dataset_uri": f"{datasets}/{file}", "hyper_parameters": {"epoch_count": 3}}
    return ctune.ContinuousTuningJob(
        name, supervised_tuning_spec=data, tuned_model_display_name="support-bot", **source
    )


first = tuned("support-1", "train.jsonl", base_model="gemini-3.5-flash")
second = tuned("support-2", "more.jsonl", pre_tuned_model={"tuned_model_name": first.tuned_model_name})
copies = gcp.projects.IAMMember(
    "prod-copies-from-here",
    project=gcp.organizations.get_project().project_id,
    role="roles/aiplatform.serviceAgent",
    member=f"serviceAccount:service-{prod.number}@gcp-sa-aiplatform.iam.gserviceaccount.com",
)
copy = ctune.ModelCopy(
    "to-prod",
    source_model_name=second.tuned_model_name,
    project=prod.project_id,
    parent_model=f"projects/{prod.project_id}/locations/{place.require('region')}/models/support-bot",
    opts=pulumi.ResourceOptions(depends_on=[copies]),
)
ctune.ModelVersionAlias("prod", tuned_model_name=copy.tuned_model_name, alias="prod")
pulumi.export("serves", copy.tuned_model_name)
