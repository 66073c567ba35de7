// Train by supervision, then by reinforcement on top of it. `pulumi package add ctune` writes the SDK into sdks/ctune.
//
// Config: `datasets`, the gs:// folder with the three files.
package main

import (
	"example.com/pulumi-ctune/sdk/go/ctune"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(program)
}

func program(ctx *pulumi.Context) error {
	datasets := config.Require(ctx, "datasets")

	sft, err := ctune.NewContinuousTuningJob(ctx, "support-sft", &ctune.ContinuousTuningJobArgs{
		BaseModel:             pulumi.String("gemini-3.5-flash"),
		Labels:                pulumi.StringMap{"team": pulumi.String("support")},
		TunedModelDisplayName: pulumi.String("support-bot"),
		SupervisedTuningSpec: ctune.SupervisedTuningSpecArgs{
			TrainingDatasetUri: pulumi.String(datasets + "/support-sft-train.jsonl"),
			HyperParameters: ctune.SupervisedHyperParametersArgs{
				EpochCount:  pulumi.Int(2),
				AdapterSize: pulumi.Int(16), // the default size of reinforcement tuning
			},
		},
	})
	if err != nil {
		return err
	}

	rft, err := ctune.NewContinuousTuningJob(ctx, "support-rft", &ctune.ContinuousTuningJobArgs{
		PreTunedModel: ctune.PreTunedModelArgs{
			TunedModelName: sft.TunedModelName,
			CheckpointId:   pulumi.String("1"),
		},
		ReinforcementTuningSpec: ctune.ReinforcementTuningSpecArgs{
			TrainingDatasetUri:   pulumi.String(datasets + "/support-rft-train.jsonl"),
			ValidationDatasetUri: pulumi.String(datasets + "/support-rft-validation.jsonl"),
			HyperParameters: ctune.ReinforcementTuningHyperParametersArgs{
				EpochCount:       pulumi.Int(2),
				BatchSize:        pulumi.Int(8),
				SamplesPerPrompt: pulumi.Int(4),
			},
			SingleRewardConfig: ctune.SingleReinforcementTuningRewardConfigArgs{
				RewardName: pulumi.String("routing"),
				ParseResponseConfig: ctune.ParseResponseConfigArgs{
					ParseType:              ctune.ParseTypeRegexExtract,
					RegexExtractExpression: pulumi.String(`Result: (\S+)`),
				},
				StringMatchRewardScorer: ctune.StringMatchRewardScorerArgs{
					StringMatchExpression: ctune.StringMatchExpressionArgs{
						MatchOperation: ctune.MatchOperationExactMatch,
						Expression:     pulumi.String("{{references.result}}"),
					},
					CorrectAnswerReward: pulumi.Float64(1),
					WrongAnswerReward:   pulumi.Float64(-1),
				},
			},
		},
	})
	if err != nil {
		return err
	}

	ctx.Export("sft", sft.TunedModelName)
	ctx.Export("rft", rft.TunedModelName)
	return nil
}
