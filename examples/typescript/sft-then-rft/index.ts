import * as ctune from "@pulumi/ctune";
import * as pulumi from "@pulumi/pulumi";

const datasets = new pulumi.Config().require("datasets");

const supportSft = new ctune.ContinuousTuningJob("support-sft", {
  baseModel: "gemini-3.5-flash",
  tunedModelDisplayName: "support-bot",
  supervisedTuningSpec: {
    trainingDatasetUri: `${datasets}/support-sft-train.jsonl`,
    hyperParameters: { epochCount: 2, adapterSize: 16 }, // the default size of reinforcement tuning
  },
});

const supportRft = new ctune.ContinuousTuningJob("support-rft", {
  preTunedModel: { tunedModelName: supportSft.tunedModelName, checkpointId: "1" },
  reinforcementTuningSpec: {
    trainingDatasetUri: `${datasets}/support-rft-train.jsonl`,
    validationDatasetUri: `${datasets}/support-rft-validation.jsonl`,
    hyperParameters: { epochCount: 2, batchSize: 8, samplesPerPrompt: 4 },
    singleRewardConfig: {
      rewardName: "routing",
      parseResponseConfig: { parseType: "REGEX_EXTRACT", regexExtractExpression: "Result: (\\S+)" },
      stringMatchRewardScorer: {
        stringMatchExpression: { matchOperation: "EXACT_MATCH", expression: "{{references.result}}" },
        correctAnswerReward: 1,
        wrongAnswerReward: -1,
      },
    },
  },
});

export const sft = supportSft.tunedModelName;
export const rft = supportRft.tunedModelName;
