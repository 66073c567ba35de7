"""Tune, evaluate on held-out rows, and give `prod` only to a version that beats the base model.

Set `datasets` to the gs:// folder with train.jsonl and held-out.jsonl, both in the tuning format.
"""

import pulumi

import pulumi_ctune as ctune

datasets = pulumi.Config().require("datasets")
ROUGE: ctune.EvaluationRunMetricArgs = {
    "metric": "rouge",
    "computation_based_metric_spec": {"type": "ROUGE", "parameters": {"rouge_type": "rougeL"}},
}

first = ctune.ContinuousTuningJob(
    "support-1",
    base_model="gemini-3.5-flash",
    supervised_tuning_spec={"training_dataset_uri": f"{datasets}/train.jsonl", "hyper_parameters": {"epoch_count": 3}},
    tuned_model_display_name="support-bot",
)
quality = ctune.EvaluationRun(
    "quality-1",
    tuned_model_name=first.tuned_model_name,
    baseline={"model": "gemini-3.5-flash"},
    data_source={"dataset_uri": f"{datasets}/held-out.jsonl"},
    evaluation_config={"metrics": [ROUGE], "allow_cross_region_model": True},  # tuned in us-central1, served in us
)
prod = ctune.ModelVersionAlias(
    "prod",
    tuned_model_name=first.tuned_model_name,
    alias="prod",
    require=[{"evaluation": quality.result, "metric": "rouge", "at_least_above_baseline": 0.1}],
)
pulumi.export("version_id", prod.version_id)
