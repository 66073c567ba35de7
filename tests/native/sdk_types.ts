// What the SDK takes, and what it refuses: the compiler fails for a line that is refused, and for one under
// `@ts-expect-error` that is not.
import * as ctune from "@pulumi/ctune";
import * as pulumi from "@pulumi/pulumi";

const text: pulumi.Output<string> = pulumi.output("projects/acme/locations/us-central1/models/1@1");
const trainingDatasetUri = "gs://acme/train.jsonl";
const dataSource = { datasetUri: "gs://acme/held-out.jsonl" };

// Enumerations of the API, by name or as a text.
const reward: ctune.types.input.SingleReinforcementTuningRewardConfigArgs = {
  parseResponseConfig: { parseType: ctune.ParseType.RegexExtract, regexExtractExpression: "(.*)" },
  stringMatchRewardScorer: { stringMatchExpression: { matchOperation: "EXACT_MATCH", expression: "{{references.a}}" } },
};
const job = new ctune.ContinuousTuningJob("job", {
  preTunedModel: { tunedModelName: text, checkpointId: 2 },
  reinforcementTuningSpec: {
    trainingDatasetUri,
    hyperParameters: { adapterSize: 16, thinkingLevel: "LOW" },
    compositeRewardConfig: { weightedRewardConfigs: [{ weight: 1, rewardConfig: reward }] },
  },
  deletionPolicy: ctune.DeletionPolicy.Prevent,
});
// @ts-expect-error: no policy
new ctune.ContinuousTuningJob("policy", { deletionPolicy: "KEEP" });
// @ts-expect-error: no thinking level
const level: ctune.types.input.ReinforcementTuningHyperParametersArgs = { thinkingLevel: "MOST" };
// @ts-expect-error: no metric is computed that way
const metric: ctune.types.input.ComputationBasedMetricSpecArgs = { type: "ROUGUE" };
// @ts-expect-error: no tuning method
ctune.getDataset({ uri: trainingDatasetUri, method: "SFT" });
// @ts-expect-error: nobody answers that way
new ctune.EvaluationRun("a", { tunedModelName: text, dataSource, evaluationConfig: { metrics: [] }, answers: "NOBODY" });

// Names, kinds, and what is required.
// @ts-expect-error: misspelt
const slip: ctune.types.input.SupervisedHyperParametersArgs = { epochCout: 2 };
// @ts-expect-error: a number where a text belongs
new ctune.ContinuousTuningJob("kind", { tunedModelDisplayName: 5 });
// @ts-expect-error: no dataset
const spec: ctune.types.input.SupervisedTuningSpecArgs = {};
// @ts-expect-error: no alias
new ctune.ModelVersionAlias("alias", { tunedModelName: text });

new ctune.Provider("objects", { defaultLabels: { team: "a" }, budget: { maxUsd: 20 }, prices: { "m": { sft: 8 } } });
new ctune.Provider("texts", { defaultLabels: '{"team": "a"}' });
// @ts-expect-error: labels are texts
new ctune.Provider("labels", { defaultLabels: { team: 1 } });

// Outputs: what is always there is no `undefined`, inputs among them.
const place: pulumi.Output<string>[] = [job.project, job.location, job.checkpoints[0].checkpointId];
const deployment = new ctune.ModelDeployment("deployment", {
  endpoint: job.endpoint,
  tunedModelName: job.tunedModelName,
  checkpointId: job.defaultCheckpointId,
});
const served: pulumi.Output<string>[] = [deployment.endpoint, deployment.tunedModelName];
const percent: pulumi.Output<number> = deployment.trafficPercent;
// @ts-expect-error: the first version has none before it
const before: pulumi.Output<string> = deployment.previousTunedModelName;
const run = new ctune.EvaluationRun("run", {
  tunedModelName: job.tunedModelName,
  dataSource,
  evaluationConfig: { metrics: [{ metric: "rouge", computationBasedMetricSpec: { type: "ROUGE" } }] },
});
const name: pulumi.Output<string> = run.evaluationConfig.metrics[0].metric;

// Results of evaluations are what gates take: of a resource, of a lookup, and one's own.
const own: ctune.types.input.EvaluationResultArgs = { tunedModelName: "m", totalItems: 3, metrics: { rouge: 0.1 } };
const found = ctune.getEvaluationRunOutput({ name: run.name });
new ctune.ModelVersionAlias("gated", {
  tunedModelName: job.tunedModelName,
  alias: "live",
  require: [run.result, found, own].map((evaluation) => ({ evaluation, metric: "rouge", atLeast: 0.2 })),
});
