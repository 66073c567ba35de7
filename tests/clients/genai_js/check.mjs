// @google/genai drives the emulator at EMULATOR_URL.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {ApiError, GoogleGenAI} from '@google/genai';
import {OAuth2Client} from 'google-auth-library';

const baseUrl = process.env.EMULATOR_URL;
const authClient = new OAuth2Client();
authClient.setCredentials({access_token: 'local'});
const ai = new GoogleGenAI({
  vertexai: true,
  project: 'acme',
  location: 'us-central1',
  apiVersion: 'v1beta1',
  httpOptions: {baseUrl},
  googleAuthOptions: {authClient},
});

const SUPERVISED = {gcsUri: 'gs://data/sft.jsonl'};

async function letTwoHoursPass() {
  const body = JSON.stringify({duration: '2h'});
  const answer = await fetch(`${baseUrl}/emulator/v1/clock:advance`, {method: 'POST', body});
  assert.equal(answer.status, 200);
}

async function ended(job) {
  await letTwoHoursPass();
  return ai.tunings.get({name: job.name});
}

const tune = (config = {}, baseModel = 'gemini-2.5-flash', trainingDataset = SUPERVISED) =>
  ai.tunings.tune({baseModel, trainingDataset, config: {epochCount: 2, ...config}});

async function all(pager) {
  const found = [];
  for await (const item of pager) found.push(item);
  return found;
}

async function refused(request, status, word) {
  await assert.rejects(request, (error) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.status, status);
    assert.equal(JSON.parse(error.message).error.status, word);
    return true;
  });
}

test('a job succeeds with a version, checkpoints and an endpoint', async () => {
  const job = await tune({adapterSize: 'ADAPTER_SIZE_EIGHT', labels: {team: 'a'}, tunedModelDisplayName: 'by-js'});
  const done = await ended(job);

  assert.equal(job.state, 'JOB_STATE_PENDING');
  assert.equal(done.state, 'JOB_STATE_SUCCEEDED');
  assert.deepEqual([done.tunedModelDisplayName, done.labels], ['by-js', {team: 'a'}]);
  assert.equal(done.supervisedTuningSpec.hyperParameters.adapterSize, 'ADAPTER_SIZE_EIGHT');
  assert.match(done.tunedModel.model, /models\/\d+@1$/);
  assert.deepEqual(done.tunedModel.checkpoints.map((item) => item.checkpointId), ['1', '2']);
  assert.equal(done.tunedModel.checkpoints[1].endpoint, done.tunedModel.endpoint);
});

test('a job continues from a version and checkpoint', async () => {
  const source = (await ended(await tune())).tunedModel.model;
  const done = await ended(await tune({preTunedModelCheckpointId: '1'}, source));

  assert.deepEqual([done.preTunedModel.tunedModelName, done.preTunedModel.checkpointId], [source, '1']);
  assert.equal(done.tunedModel.model, source.replace('@1', '@2'));
});

test('reinforcement and preference tuning succeed', async () => {
  const match = {matchOperation: 'EXACT_MATCH', expression: '{{references.answer}}'};
  const stringMatchRewardScorer = {correctAnswerReward: 1, wrongAnswerReward: 0, stringMatchExpression: match};
  const rewardConfig = {rewardName: 'answer', stringMatchRewardScorer};
  const prompts = {gcsUri: 'gs://data/rft.jsonl'};
  const validationDataset = prompts;
  const reinforcement = {method: 'REINFORCEMENT_TUNING', rewardConfig, validationDataset};
  const preference = {method: 'PREFERENCE_TUNING', beta: 0.1};

  const rewarded = await ended(await tune(reinforcement, 'gemini-2.5-flash', prompts));
  const preferred = await ended(await tune(preference, 'gemini-2.5-flash', {gcsUri: 'gs://data/dpo.jsonl'}));

  assert.equal(rewarded.state, 'JOB_STATE_SUCCEEDED');
  assert.deepEqual(rewarded.reinforcementTuningSpec.singleRewardConfig, rewardConfig);
  assert.equal(preferred.state, 'JOB_STATE_SUCCEEDED');
  assert.equal(preferred.preferenceOptimizationSpec.hyperParameters.beta, 0.1);
});

test('jobs are listed by page', async () => {
  const names = [(await tune()).name, (await tune()).name];

  const listed = await all(await ai.tunings.list({config: {pageSize: 1}}));

  assert.deepEqual(listed.slice(0, 2).map((job) => job.name), names.reverse());
});

test('cancel ends a job once', async () => {
  const job = await tune();

  await ai.tunings.cancel({name: job.name});
  const done = await ended(job);

  assert.deepEqual([done.state, done.error.code], ['JOB_STATE_CANCELLED', 1]);
  await refused(ai.tunings.cancel({name: job.name}), 400, 'FAILED_PRECONDITION');
});

test('models are read, listed and labelled', async () => {
  const name = (await ended(await tune())).tunedModel.model;
  const model = await ai.models.get({model: name});

  assert.equal(model.version, '1');
  assert.equal(model.endpoints.length, 2);
  assert.deepEqual(model.checkpoints.map((item) => item.step), ['5', '10']);
  const listed = await all(await ai.models.list({config: {queryBase: false}}));
  assert.ok(listed.some((item) => item.name === model.name));
});

test('an endpoint answers, whole and in a stream', async () => {
  const model = (await ended(await tune())).tunedModel.endpoint;
  const request = {model, contents: 'Where is order 7?'};

  const whole = await ai.models.generateContent(request);
  const pieces = await all(await ai.models.generateContentStream(request));

  assert.equal(pieces.map((piece) => piece.text).join(''), whole.text);
  assert.equal(whole.candidates[0].finishReason, 'STOP');
});

test('refusals are errors of the client', async () => {
  await refused(ai.tunings.get({name: 'projects/acme/locations/us-central1/tuningJobs/1'}), 404, 'NOT_FOUND');
  await refused(tune({epochCount: -1}), 400, 'INVALID_ARGUMENT');
});
