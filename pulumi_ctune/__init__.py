"""Tuned Gemini models as infrastructure: continuous tuning jobs on Vertex AI as Pulumi resources."""

from pulumi_ctune.alias import MetricRequirementArgs, ModelVersionAlias
from pulumi_ctune.args import (
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
from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.deployment import ModelDeployment
from pulumi_ctune.job import ContinuousTuningJob, TunedModelCheckpoint
from pulumi_ctune.lookup import TunedModel, get_tuned_model, get_tuned_model_output
from pulumi_ctune.reward_args import (
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

__all__ = [
    "AutoraterConfigArgs",
    "AutoraterScorerArgs",
    "CloudRunRewardScorerArgs",
    "CodeExecutionRewardScorerArgs",
    "CompositeReinforcementTuningRewardConfigArgs",
    "ContinuousTuningJob",
    "CtuneError",
    "EncryptionSpecArgs",
    "EvaluationConfigArgs",
    "ExactMatchScorerArgs",
    "JsonMatchExpressionArgs",
    "MetricRequirementArgs",
    "ModelDeployment",
    "ModelVersionAlias",
    "ParseResponseConfigArgs",
    "ParsedResponseConversionScorerArgs",
    "PreTunedModelArgs",
    "PreferenceOptimizationHyperParametersArgs",
    "PreferenceOptimizationSpecArgs",
    "ReinforcementTuningHyperParametersArgs",
    "ReinforcementTuningSpecArgs",
    "SingleReinforcementTuningRewardConfigArgs",
    "StringMatchExpressionArgs",
    "StringMatchRewardScorerArgs",
    "SupervisedHyperParametersArgs",
    "SupervisedTuningSpecArgs",
    "TunedModel",
    "TunedModelCheckpoint",
    "WeightedRewardConfigArgs",
    "get_tuned_model",
    "get_tuned_model_output",
]
