"""Training series, read the way a client reads them: four GETs from the job to the points."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.emulator.conftest import PARENT, VALIDATION, jsonl, reinforcement, supervised, supervised_example
from tests.emulator.registry import conforms
from vertex_emulator.app import Emulator

Create = Callable[..., dict[str, Any]]
Series = dict[str, dict[str, Any]]
MINUTE = timedelta(minutes=1)


def run_of(http: httpx2.Client, job: dict[str, Any]) -> str:
    """The name of the job's TensorBoard run."""
    job = http.get(job["name"]).json()
    board = http.get(job["experiment"]).json()["metadata"]["backing_tensorboard_resource"]
    (run,) = http.get(f"{board}/experiments/{job['experiment'].split('/')[-1]}/runs").json()["tensorboardRuns"]
    return str(run["name"])


def series_of(http: httpx2.Client, job: dict[str, Any]) -> Series:
    found = http.get(f"{run_of(http, job)}/timeSeries", params={"pageSize": 1000}).json()["tensorboardTimeSeries"]
    return {item["displayName"]: item for item in found}


def points(http: httpx2.Client, job: dict[str, Any], name: str) -> list[tuple[int, float]]:
    """(step, value) of all points of a series."""
    series = series_of(http, job)[name]
    data = http.get(f"{series['name']}:read", params={"maxDataPoints": -1}).json()["timeSeriesData"]
    return [(int(point["step"]), float(point["scalar"].get("value", 0.0))) for point in data["values"]]


def test_supervised_job_with_validation_has_train_and_eval_series(
    create: Create, http: httpx2.Client, emulator: Emulator
) -> None:
    """The names are those of the API's pages."""
    job = create(**supervised(3, validationDatasetUri=VALIDATION))
    emulator.advance(MINUTE)

    measures = ("total_loss", "fraction_of_correct_next_step_preds", "num_predictions")
    assert list(series_of(http, job)) == [f"/{part}_{measure}" for part in ("train", "eval") for measure in measures]


def test_supervised_job_without_validation_has_no_eval_series(
    create: Create, http: httpx2.Client, emulator: Emulator
) -> None:
    """No validation set, no eval series."""
    job = create()
    emulator.advance(MINUTE)

    assert not [name for name in series_of(http, job) if name.startswith("/eval")]


def test_preference_job_has_its_own_names(create: Create, http: httpx2.Client, emulator: Emulator) -> None:
    """DPO calls its loss `/preference_optimization_train_loss`."""
    data = "gs://data/dpo.jsonl"
    spec = {"trainingDatasetUri": data, "validationDatasetUri": data}
    job = create(baseModel="gemini-2.5-flash", preferenceOptimizationSpec=spec)
    emulator.advance(MINUTE)

    assert list(series_of(http, job)) == ["/preference_optimization_train_loss", "/eval_total_loss"]


def test_composite_reward_has_series_by_reward_name(create: Create, http: httpx2.Client, emulator: Emulator) -> None:
    """Each reward of a composite has series of its own; failure ratios only where calls can fail."""
    match = {"rewardName": "exact", "stringMatchRewardScorer": {"correctAnswerReward": 1}}
    code = {"rewardName": "code", "codeExecutionRewardScorer": {"pythonCodeSnippet": "x"}}
    weighted = [{"rewardConfig": config, "weight": 1} for config in (match, code)]
    job = create(**reinforcement(singleRewardConfig=None, compositeRewardConfig={"weightedRewardConfigs": weighted}))
    emulator.advance(MINUTE)

    names = set(series_of(http, job))

    assert {"/train_mean_reward", "/eval_mean_reward", "/learnable_prompt_ratio"} <= names
    assert {"exact/train_mean_reward", "code/eval_executing_code_failure_ratio"} <= names
    assert "exact/train_rpc_error_ratio" not in names


def test_loss_falls_and_depends_on_the_job(create: Create, http: httpx2.Client, emulator: Emulator) -> None:
    """A loss falls over the run; more data of another kind, or another learning rate, gives another curve."""
    emulator.put_object("data", "other.jsonl", jsonl(*map(supervised_example, range(500, 540))))
    slow = {"epochCount": 3, "learningRateMultiplier": 0.25}
    jobs = [create(), create(**supervised(3, trainingDatasetUri="gs://data/other.jsonl"))]
    jobs.append(create(**supervised(3, hyperParameters=slow)))
    emulator.advance(MINUTE)

    first, other, slower = (points(http, job, "/train_total_loss") for job in jobs)

    assert [step for step, _ in first] == list(range(1, 16))
    assert first[-1][1] < 0.7 * first[0][1]
    assert first[-1][1] != pytest.approx(other[-1][1], rel=0.01)
    assert slower[-1][1] > first[-1][1] * 1.1


def test_continued_job_starts_where_its_source_checkpoint_ended(
    create: Create, http: httpx2.Client, emulator: Emulator
) -> None:
    """The first loss of a continued job lies just below the source's at that checkpoint, far from a fresh start."""
    first = create()
    emulator.advance(MINUTE)
    source = emulator.jobs()[-1]["tunedModel"]["model"]
    ended = dict(points(http, first, "/train_total_loss"))

    starts = {}
    for checkpoint_id, step in (("1", 5), ("3", 15)):
        job = create(preTunedModel={"tunedModelName": source, "checkpointId": checkpoint_id})
        emulator.advance(MINUTE)
        starts[step] = points(http, job, "/train_total_loss")[0][1]

    assert {step: 0.85 * ended[step] < value < 1.01 * ended[step] for step, value in starts.items()} == {
        5: True,
        15: True,
    }


def test_reward_rises(create: Create, http: httpx2.Client, emulator: Emulator) -> None:
    """Mean rewards rise towards the end and stay within [-1, 1]."""
    job = create(**reinforcement({"stepCount": 100}))
    emulator.advance(MINUTE)

    values = [value for _, value in points(http, job, "/train_mean_reward")]

    assert values[-1] > values[0] + 0.4
    assert all(-1 <= value <= 1 for value in values)


def test_only_points_of_done_steps_are_visible(create: Create, http: httpx2.Client, emulator: Emulator) -> None:
    """While the job runs, the series ends at the step that is done."""
    job = create()
    emulator.advance(timedelta(seconds=10.5))

    steps = [step for step, _ in points(http, job, "/train_total_loss")]
    done = http.get(job["name"]).json()["tuningJobMetadata"]["completedStepCount"]

    assert (steps[-1], done, len(steps)) == (7, "7", 7)


def test_read_without_limit_samples_a_thousand_points(create: Create, http: httpx2.Client, emulator: Emulator) -> None:
    """Without maxDataPoints, and in batchRead, at most 1,000 points come back, chosen at random; -1 gives all."""
    emulator.put_object("data", "many.jsonl", jsonl(*map(supervised_example, range(480))))
    job = create(**supervised(30, trainingDatasetUri="gs://data/many.jsonl"))
    emulator.advance(MINUTE)
    series = series_of(http, job)["/train_total_loss"]["name"]

    sampled = http.get(f"{series}:read").json()["timeSeriesData"]["values"]
    few = http.get(f"{series}:read", params={"maxDataPoints": 10}).json()["timeSeriesData"]["values"]
    board = series.split("/experiments/")[0]
    (batch,) = http.get(f"{board}:batchRead", params={"timeSeries": series}).json()["timeSeriesData"]

    assert (len(points(http, job, "/train_total_loss")), len(sampled), len(few)) == (1800, 1000, 10)
    assert batch["values"] == sampled


def test_export_gives_ordered_pages(create: Create, http: httpx2.Client, emulator: Emulator) -> None:
    """`:exportTensorboardTimeSeries` gives the points in order, by page."""
    job = create()
    emulator.advance(MINUTE)
    series = series_of(http, job)["/train_total_loss"]["name"]

    url = f"{series}:exportTensorboardTimeSeries"
    first = http.post(url, json={"pageSize": 10}).json()
    second = http.post(url, json={"pageSize": 10, "pageToken": first["nextPageToken"]}).json()

    exported = [*first["timeSeriesDataPoints"], *second["timeSeriesDataPoints"]]
    assert [point["step"] for point in exported] == [str(step) for step in range(1, 16)]
    assert "nextPageToken" not in second


def test_run_is_found_through_contexts_and_artifact(create: Create, http: httpx2.Client, emulator: Emulator) -> None:
    """The detour of google-cloud-aiplatform leads to the same run."""
    job = create()
    emulator.advance(MINUTE)
    experiment = http.get(job["name"]).json()["experiment"]
    store = experiment.split("/contexts/")[0]
    text = f'schema_title="system.ExperimentRun" AND parent_contexts:"{experiment}"'

    (context,) = http.get(f"{store}/contexts", params={"filter": text}).json()["contexts"]
    artifact = http.get(f"{store}/artifacts/{context['name'].split('/')[-1]}-tb-run").json()

    assert artifact["metadata"]["resourceName"] == run_of(http, job)


def test_answers_have_the_shape_of_the_discovery_document(
    create: Create, http: httpx2.Client, emulator: Emulator
) -> None:
    """Contexts, runs, series and points are the API's messages."""
    job = create()
    emulator.advance(MINUTE)
    run = run_of(http, job)
    series = series_of(http, job)["/train_total_loss"]["name"]
    store = http.get(job["name"]).json()["experiment"].split("/contexts/")[0]
    problems = []

    for message, name in (
        ("ListContextsResponse", f"{store}/contexts"),
        ("Tensorboard", run.split("/experiments/")[0]),
        ("ListTensorboardExperimentsResponse", run.split("/experiments/")[0] + "/experiments"),
        ("TensorboardRun", run),
        ("ListTensorboardTimeSeriesResponse", f"{run}/timeSeries"),
        ("ReadTensorboardTimeSeriesDataResponse", f"{series}:read"),
    ):
        problems += conforms(message, http.get(name).json())

    assert problems == []


def test_ordered_last_values_are_met(create: Create, http: httpx2.Client, emulator: Emulator) -> None:
    """A test may order the last value of a series, NaN included, to try a quality gate."""
    emulator.faults.add(job={"metrics": {"/eval_total_loss": 0.81, "/train_total_loss": "NaN"}})
    job = create(**supervised(3, validationDatasetUri=VALIDATION))
    emulator.advance(MINUTE)

    train = series_of(http, job)["/train_total_loss"]["name"]
    last = http.get(f"{train}:read", params={"maxDataPoints": -1}).json()["timeSeriesData"]["values"][-1]

    assert points(http, job, "/eval_total_loss")[-1] == (15, pytest.approx(0.81))
    assert last["scalar"] == {"value": "NaN"}


@pytest.mark.parametrize(
    "name", ["metadataStores/default/contexts/none", "tensorboards/1", "tensorboards/1/experiments"]
)
def test_unknown_names_are_not_found(http: httpx2.Client, name: str) -> None:
    """What no job has made does not exist."""
    assert http.get(f"{PARENT}/{name}").status_code == 404
