"""Tuned Gemini models as infrastructure: continuous tuning jobs on Vertex AI as Pulumi resources."""

from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.program.alias import ModelVersionAlias
from pulumi_ctune.program.args import (
    BudgetArgs,
    EncryptionSpecArgs,
    EvaluationConfigArgs,
    PreferenceOptimizationHyperParametersArgs,
    PreferenceOptimizationSpecArgs,
    PreTunedModelArgs,
    ReinforcementTuningHyperParametersArgs,
    ReinforcementTuningSpecArgs,
    SupervisedHyperParametersArgs,
    SupervisedTuningSpecArgs,
)
from pulumi_ctune.program.dataset import Dataset, TokenEstimate, get_dataset, get_dataset_output
from pulumi_ctune.program.deployment import ModelDeployment
from pulumi_ctune.program.evaluation_args import (
    BigQueryRequestSetArgs,
    BigQuerySamplingConfigArgs,
    ComputationBasedMetricSpecArgs,
    EvaluationBaselineArgs,
    EvaluationDataSourceArgs,
    EvaluationPromptTemplateArgs,
    EvaluationRunConfigArgs,
    EvaluationRunMetricArgs,
    PredefinedMetricSpecArgs,
)
from pulumi_ctune.program.evaluation_lookup import get_evaluation_run, get_evaluation_run_output
from pulumi_ctune.program.evaluation_run import EvaluationRun
from pulumi_ctune.program.model_copy import ModelCopy
from pulumi_ctune.program.require_args import EvaluationResultArgs, MetricRequirementArgs
from pulumi_ctune.program.reward_args import (
    AutoraterConfigArgs,
    AutoraterScorerArgs,
    CloudRunRewardScorerArgs,
    CodeExecutionRewardScorerArgs,
    CompositeReinforcementTuningRewardConfigArgs,
    ExactMatchScorerArgs,
    JsonMatchExpressionArgs,
    ParsedResponseConversionScorerArgs,
    ParseResponseConfigArgs,
    SingleReinforcementTuningRewardConfigArgs,
    StringMatchExpressionArgs,
    StringMatchRewardScorerArgs,
    WeightedRewardConfigArgs,
)
from pulumi_ctune.program.tuned_model import TunedModel, get_tuned_model, get_tuned_model_output
from pulumi_ctune.program.tuning_job import ContinuousTuningJob, TunedModelCheckpoint

__all__ = [
    "AutoraterConfigArgs",
    "AutoraterScorerArgs",
    "BigQueryRequestSetArgs",
    "BigQuerySamplingConfigArgs",
    "BudgetArgs",
    "CloudRunRewardScorerArgs",
    "CodeExecutionRewardScorerArgs",
    "CompositeReinforcementTuningRewardConfigArgs",
    "ComputationBasedMetricSpecArgs",
    "ContinuousTuningJob",
    "CtuneError",
    "Dataset",
    "EncryptionSpecArgs",
    "EvaluationBaselineArgs",
    "EvaluationConfigArgs",
    "EvaluationDataSourceArgs",
    "EvaluationPromptTemplateArgs",
    "EvaluationResultArgs",
    "EvaluationRun",
    "EvaluationRunConfigArgs",
    "EvaluationRunMetricArgs",
    "ExactMatchScorerArgs",
    "JsonMatchExpressionArgs",
    "MetricRequirementArgs",
    "ModelCopy",
    "ModelDeployment",
    "ModelVersionAlias",
    "ParseResponseConfigArgs",
    "ParsedResponseConversionScorerArgs",
    "PreTunedModelArgs",
    "PredefinedMetricSpecArgs",
    "PreferenceOptimizationHyperParametersArgs",
    "PreferenceOptimizationSpecArgs",
    "ReinforcementTuningHyperParametersArgs",
    "ReinforcementTuningSpecArgs",
    "SingleReinforcementTuningRewardConfigArgs",
    "StringMatchExpressionArgs",
    "StringMatchRewardScorerArgs",
    "SupervisedHyperParametersArgs",
    "SupervisedTuningSpecArgs",
    "TokenEstimate",
    "TunedModel",
    "TunedModelCheckpoint",
    "WeightedRewardConfigArgs",
    "get_dataset",
    "get_dataset_output",
    "get_evaluation_run",
    "get_evaluation_run_output",
    "get_tuned_model",
    "get_tuned_model_output",
]
