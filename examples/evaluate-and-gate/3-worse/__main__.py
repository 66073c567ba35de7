"""A third version, trained on wrong answers: the evaluation finds out, and `prod` stays where it is."""

import pulumi

import pulumi_ctune as ctune

datasets = pulumi.Config().require("datasets")
ROUGE: ctune.EvaluationRunMetricArgs = {
    "metric": "rouge",
    "computation_based_metric_spec": {"type": "ROUGE", "parameters": {"rouge_type": "rougeL"}},
}


def trained_on(file: str) -> ctune.SupervisedTuningSpecArgs:
    return {"training_dataset_uri": f"{datasets}/{file}.jsonl", "hyper_parameters": {"epoch_count": 3}}


job = ctune.ContinuousTuningJob(
    "support-1",
    base_model="gemini-3.5-flash",
    supervised_tuning_spec=trained_on("train"),
    tuned_model_display_name="support-bot",
)
for number, file in [(2, "more"), (3, "wrong")]:
    before = job.tuned_model_name
    job = ctune.ContinuousTuningJob(
        f"support-{number}", pre_tuned_model={"tuned_model_name": before}, supervised_tuning_spec=trained_on(file)
    )
quality = ctune.EvaluationRun(
    "quality-3",
    tuned_model_name=job.tuned_model_name,
    baseline={"model": before},
    data_source={"dataset_uri": f"{datasets}/held-out.jsonl"},
    evaluation_config={"metrics": [ROUGE], "allow_cross_region_model": True},
)
gate: ctune.MetricRequirementArgs = {"evaluation": quality.result, "metric": "rouge", "at_least_above_baseline": 0.01}
prod = ctune.ModelVersionAlias("prod", tuned_model_name=job.tuned_model_name, alias="prod", require=[gate])
pulumi.export("version_id", prod.version_id)
