"""Tuned Gemini models as infrastructure: continuous tuning jobs on Vertex AI as Pulumi resources.

Each name is loaded when it is first used: a program pays for the kinds of resources that it has.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # and for `_HOMES` below, which a test holds to it
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

_HOMES = {
    "pulumi_ctune.core.errors": ("CtuneError",),
    "pulumi_ctune.program.alias": ("ModelVersionAlias",),
    "pulumi_ctune.program.args": (
        "BudgetArgs",
        "EncryptionSpecArgs",
        "EvaluationConfigArgs",
        "PreferenceOptimizationHyperParametersArgs",
        "PreferenceOptimizationSpecArgs",
        "PreTunedModelArgs",
        "ReinforcementTuningHyperParametersArgs",
        "ReinforcementTuningSpecArgs",
        "SupervisedHyperParametersArgs",
        "SupervisedTuningSpecArgs",
    ),
    "pulumi_ctune.program.dataset": (
        "Dataset",
        "TokenEstimate",
        "get_dataset",
        "get_dataset_output",
    ),
    "pulumi_ctune.program.deployment": ("ModelDeployment",),
    "pulumi_ctune.program.evaluation_args": (
        "BigQueryRequestSetArgs",
        "BigQuerySamplingConfigArgs",
        "ComputationBasedMetricSpecArgs",
        "EvaluationBaselineArgs",
        "EvaluationDataSourceArgs",
        "EvaluationPromptTemplateArgs",
        "EvaluationRunConfigArgs",
        "EvaluationRunMetricArgs",
        "PredefinedMetricSpecArgs",
    ),
    "pulumi_ctune.program.evaluation_lookup": (
        "get_evaluation_run",
        "get_evaluation_run_output",
    ),
    "pulumi_ctune.program.evaluation_run": ("EvaluationRun",),
    "pulumi_ctune.program.model_copy": ("ModelCopy",),
    "pulumi_ctune.program.require_args": (
        "EvaluationResultArgs",
        "MetricRequirementArgs",
    ),
    "pulumi_ctune.program.reward_args": (
        "AutoraterConfigArgs",
        "AutoraterScorerArgs",
        "CloudRunRewardScorerArgs",
        "CodeExecutionRewardScorerArgs",
        "CompositeReinforcementTuningRewardConfigArgs",
        "ExactMatchScorerArgs",
        "JsonMatchExpressionArgs",
        "ParsedResponseConversionScorerArgs",
        "ParseResponseConfigArgs",
        "SingleReinforcementTuningRewardConfigArgs",
        "StringMatchExpressionArgs",
        "StringMatchRewardScorerArgs",
        "WeightedRewardConfigArgs",
    ),
    "pulumi_ctune.program.tuned_model": (
        "TunedModel",
        "get_tuned_model",
        "get_tuned_model_output",
    ),
    "pulumi_ctune.program.tuning_job": (
        "ContinuousTuningJob",
        "TunedModelCheckpoint",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

if not TYPE_CHECKING:  # type checkers would take any name

    def __getattr__(name):
        home = _HOME_OF.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(home), name)
        return value

    def __dir__():
        return sorted({*globals(), *__all__})
