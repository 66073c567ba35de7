"""Mistakes that mypy --strict and pyright point out in the editor, long before a preview. Never run.

Each line is ignored; a line that is *not* a mistake fails the check, since an ignore that is not needed is an error.
"""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

import pulumi_ctune as ctune

ctune.SupervisedTuningSpecArgs()  # type: ignore[typeddict-item]
ctune.SupervisedTuningSpecArgs(training_dataset_uri=1)  # type: ignore[typeddict-item]
ctune.SupervisedTuningSpecArgs(training_dataset_uri="gs://b/o", epoch_count=1)  # type: ignore[typeddict-unknown-key]
ctune.SupervisedHyperParametersArgs(epoch_count="two")  # type: ignore[typeddict-item]
ctune.SupervisedHyperParametersArgs(adapter_size=3)  # type: ignore[typeddict-item]
ctune.SupervisedHyperParametersArgs(epochCount=2)  # type: ignore[typeddict-unknown-key]
ctune.ReinforcementTuningHyperParametersArgs(thinking_level="high")  # type: ignore[typeddict-item]
ctune.PreTunedModelArgs(checkpoint_id="2")  # type: ignore[typeddict-item]

spec: ctune.SupervisedTuningSpecArgs = {"trainingDatasetUri": "gs://b/o"}  # type: ignore[typeddict-unknown-key, typeddict-item]

ctune.ContinuousTuningJob("a", base_model=1)  # type: ignore[arg-type]
ctune.ContinuousTuningJob("b", deletion_policy="RETAIN")  # type: ignore[arg-type]
ctune.ContinuousTuningJob("c", encryption_spec={"kms_key": "k"})  # type: ignore[arg-type]
ctune.ContinuousTuningJob("d", supervised_tuning_spec={"hyper_parameters": {}})  # type: ignore[arg-type]
ctune.ContinuousTuningJob("e", training_dataset_uri="gs://b/o")  # type: ignore[call-arg]

ctune.MetricRequirementArgs(at_most=1)  # type: ignore[typeddict-item]
ctune.ModelVersionAlias("f", tuned_model_name="m", alias="a", require=[{"metric": 1}])  # type: ignore[list-item]
ctune.ModelVersionAlias("g", tuned_model_name="m", alias="a", require={"metric": "m"})  # type: ignore[arg-type]
ctune.get_tuned_model(ctune.get_tuned_model_output("m"))  # type: ignore[arg-type]
ctune.get_dataset(ctune.get_dataset_output("gs://b/o").uri)  # type: ignore[arg-type]
ctune.ModelDeployment("h", endpoint="e", tuned_model_name="m", traffic_percent="10")  # type: ignore[arg-type]
ctune.ModelDeployment("i", endpoint="e", tuned_model_name="m", require=[{"metric": 1}])  # type: ignore[list-item]
