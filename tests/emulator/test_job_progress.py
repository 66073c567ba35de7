"""What becomes of a job: queue, datasets, ordered courses, labels, the shape of answers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.emulator.conftest import (
    PARENT,
    TRAINING,
    jsonl,
    prompt,
    reinforcement,
    supervised,
    supervised_example,
    turn,
)
from tests.emulator.registry import conforms
from vertex_emulator.app import Emulator

Create = Callable[..., dict[str, Any]]
MINUTE = timedelta(minutes=1)


def test_answers_have_the_shape_of_the_discovery_document(create: Create, emulator: Emulator) -> None:
    """At every moment, each field of a job is one of the API's, with its type."""
    create(labels={"a": "b"})
    create(**reinforcement())
    create(baseModel="gemini-2.5-flash", preferenceOptimizationSpec={"trainingDatasetUri": "gs://data/dpo.jsonl"})
    problems = []

    for _ in range(30):
        emulator.advance(timedelta(seconds=1))
        problems += [problem for job in emulator.jobs() for problem in conforms("TuningJob", job)]

    assert problems == []
    assert [job["state"] for job in emulator.jobs()] == ["JOB_STATE_SUCCEEDED"] * 3


def test_times_follow_the_timeline(create: Create, emulator: Emulator) -> None:
    """startTime is the first RUNNING and endTime the end, whenever somebody looked."""
    job = create()
    emulator.advance(timedelta(hours=3))

    (done,) = emulator.jobs()

    assert done["createTime"] == job["createTime"] == "2026-11-18T11:06:40.000000Z"
    assert done["startTime"] == "2026-11-18T11:06:40.500000Z"
    assert done["endTime"] == done["updateTime"] == "2026-11-18T11:07:00.500000Z"


def test_phases_follow_each_other(create: Create, emulator: Emulator) -> None:
    """A running job processes its dataset, waits for capacity, trains and is post-processed."""
    create()
    seen: list[str] = []

    for _ in range(45):
        emulator.advance(timedelta(seconds=0.5))
        phase = emulator.jobs()[0].get("tuningJobState", "")
        seen += [phase] if [phase] != seen[-1:] else []

    assert seen == [
        "TUNING_JOB_STATE_PROCESSING_DATASET",
        "TUNING_JOB_STATE_WAITING_FOR_CAPACITY",
        "TUNING_JOB_STATE_TUNING",
        "TUNING_JOB_STATE_POST_PROCESSING",
        "",
    ]


def test_jobs_over_the_limit_wait_for_quota(create: Create, emulator: Emulator) -> None:
    """With a limit of one, the second job is QUEUED until the first has ended."""
    emulator.configure(max_concurrent_jobs=1)
    create()

    second = create()
    emulator.advance(timedelta(seconds=22))
    later = emulator.jobs()

    assert (second["state"], second["tuningJobState"]) == ("JOB_STATE_QUEUED", "TUNING_JOB_STATE_WAITING_FOR_QUOTA")
    assert [job["state"] for job in later] == ["JOB_STATE_SUCCEEDED", "JOB_STATE_RUNNING"]
    assert later[1]["startTime"] > later[0]["endTime"]


def test_cancelled_job_in_the_queue_never_starts(create: Create, http: httpx2.Client, emulator: Emulator) -> None:
    """Cancelling a queued job ends it; the next one takes its place."""
    emulator.configure(max_concurrent_jobs=1)
    _, second, _ = create(), create(), create()

    http.post(f"{second['name']}:cancel")
    emulator.advance(MINUTE)

    states = [job["state"] for job in emulator.jobs()]
    assert states == ["JOB_STATE_SUCCEEDED", "JOB_STATE_CANCELLED", "JOB_STATE_SUCCEEDED"]
    assert "startTime" not in emulator.jobs()[1]


def test_checkpoint_endpoints_appear_while_the_job_runs(
    create: Create, http: httpx2.Client, emulator: Emulator
) -> None:
    """Each checkpoint has its own endpoint, in `us`, as soon as it is made."""
    job = create()
    emulator.advance(timedelta(seconds=10))

    (made,) = http.get(job["name"]).json()["tunedModel"]["checkpoints"]
    endpoint = http.get(made["endpoint"]).json()

    assert made["endpoint"].split("/")[3] == "us"
    assert endpoint["deployedModels"][0]["checkpointId"] == made["checkpointId"] == "1"


def test_labels_are_put_on_version_and_endpoints(create: Create, http: httpx2.Client, emulator: Emulator) -> None:
    """The job's labels and Google's own mark everything that the job made."""
    job = create(labels={"team": "support"})
    emulator.advance(MINUTE)
    tuned = http.get(job["name"]).json()["tunedModel"]

    labels = [http.get(tuned[kind]).json()["labels"] for kind in ("model", "endpoint")]

    for found in labels:
        assert found["team"] == "support"
        assert found["google-vertex-llm-tuning-job-id"] == job["name"].split("/")[-1]


def test_supervised_job_shows_what_the_service_chose(create: Create, emulator: Emulator) -> None:
    """Hyperparameters that were not given are filled in once the job has succeeded."""
    create(
        supervisedTuningSpec={"trainingDatasetUri": TRAINING, "hyperParameters": {"adapterSize": "ADAPTER_SIZE_TWO"}}
    )
    emulator.advance(timedelta(seconds=60))

    (job,) = emulator.jobs()

    assert job["supervisedTuningSpec"]["hyperParameters"] == {
        "epochCount": "40",
        "learningRateMultiplier": 1,
        "adapterSize": "ADAPTER_SIZE_TWO",
    }


BROKEN = {
    "no object": (None, supervised(1), 5, "The dataset gs://broken/x.jsonl was not found"),
    "empty": (b"", supervised(1), 3, "has no example to train on"),
    "not JSON": (jsonl(supervised_example()) + b"\n{oops", supervised(1), 3, "line 2: not JSON"),
    "not UTF-8": (b"\xff\xfe", supervised(1), 3, "is not UTF-8"),
    "role": (jsonl({"contents": [turn("assistant", "x")]}), supervised(1), 3, "'user' or 'model', not 'assistant'"),
    "OpenAI format": (
        jsonl({"messages": []}),
        supervised(1),
        3,
        'line 1: Invalid JSON payload received. Unknown name "messages"',
    ),
    "last turn": (jsonl({"contents": [turn("user", "x")]}), supervised(1), 3, "must have the role 'model', not 'user'"),
    "empty part": (
        jsonl({"contents": [{"role": "model", "parts": [{}]}]}),
        supervised(1),
        3,
        "must have exactly one of",
    ),
    "prompt with answer": (jsonl(supervised_example()), reinforcement(), 3, "must have the role 'user', not 'model'"),
    "no completions": (
        jsonl({"contents": [turn("user", "x")]}),
        {"preferenceOptimizationSpec": {"trainingDatasetUri": ""}},
        3,
        "completions must be two",
    ),
    "too many prompts": (jsonl(*map(prompt, range(5001))), reinforcement(), 3, "has 5001 examples, over 5000"),
}


@pytest.mark.parametrize(("content", "spec", "code", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_dataset_fails_the_job(
    create: Create,
    emulator: Emulator,
    content: bytes | None,
    spec: dict[str, dict[str, Any]],
    code: int,
    message: str,
) -> None:
    """A job whose dataset is missing or wrong ends FAILED with a gRPC code and the URI; nothing was tuned."""
    if content is not None:
        emulator.put_object("broken", "x.jsonl", content)
    ((method, given),) = spec.items()
    create(**{method: {**given, "trainingDatasetUri": "gs://broken/x.jsonl"}})
    emulator.advance(MINUTE)

    (job,) = emulator.jobs()

    assert (job["state"], job["error"]["code"]) == ("JOB_STATE_FAILED", code)
    assert "gs://broken/x.jsonl" in job["error"]["message"]
    assert message in job["error"]["message"]
    assert "tunedModel" not in job


def test_broken_validation_dataset_fails_the_job(create: Create, emulator: Emulator) -> None:
    """The validation set is checked like the training set."""
    create(**supervised(1, validationDatasetUri="gs://data/none.jsonl"))
    emulator.advance(MINUTE)

    assert emulator.jobs()[0]["error"]["code"] == 5


def test_overlong_examples_are_left_out_without_failing(create: Create, emulator: Emulator) -> None:
    """Examples over the token limit are counted and named, and the job goes on."""
    overlong = {"contents": [turn("user", "x" * 600_000), turn("model", "y")]}
    emulator.put_object("data", "long.jsonl", jsonl(supervised_example(), overlong, supervised_example(2)))
    create(**supervised(1, trainingDatasetUri="gs://data/long.jsonl"))
    emulator.advance(MINUTE)

    stats = emulator.jobs()[0]["tuningDataStats"]["supervisedTuningDataStats"]

    assert (stats["tuningDatasetExampleCount"], stats["totalTruncatedExampleCount"]) == ("2", "1")
    assert stats["truncatedExampleIndices"] == ["2"]


COURSES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "failed": (
        {"state": "JOB_STATE_FAILED", "at": 0.2, "code": 8, "message": "No capacity."},
        {"state": "JOB_STATE_FAILED", "error": {"code": 8, "message": "No capacity."}, "tunedModel": None},
    ),
    "failed after a checkpoint": (
        {"state": "JOB_STATE_FAILED", "at": 0.5},
        {"state": "JOB_STATE_FAILED", "endTime": "2026-11-18T11:06:50.500000Z"},
    ),
    "cancelled by Google": ({"state": "JOB_STATE_CANCELLED", "code": 1}, {"state": "JOB_STATE_CANCELLED"}),
    "expired": ({"state": "JOB_STATE_EXPIRED"}, {"state": "JOB_STATE_EXPIRED", "error": None}),
    "partly, with a model": ({"state": "JOB_STATE_PARTIALLY_SUCCEEDED"}, {"state": "JOB_STATE_PARTIALLY_SUCCEEDED"}),
    "partly, without": (
        {"state": "JOB_STATE_PARTIALLY_SUCCEEDED", "with_model": False},
        {"state": "JOB_STATE_PARTIALLY_SUCCEEDED", "tunedModel": None},
    ),
    "failed, without an endpoint": (
        {"state": "JOB_STATE_FAILED", "with_endpoint": False},
        {
            "state": "JOB_STATE_FAILED",
            "error": {
                "code": 13,
                "message": "Failed to create endpoint. "
                "Tuned model is uploaded and can be accessed through Model Registry.",
            },
        },
    ),
    "never ends": ({"never_ends": True}, {"state": "JOB_STATE_RUNNING", "endTime": None}),
    "unknown state while it runs": (
        {"never_ends": True, "running_state": "JOB_STATE_DREAMING"},
        {"state": "JOB_STATE_DREAMING"},
    ),
    "takes long": ({"duration_s": 7200}, {"state": "JOB_STATE_RUNNING"}),
    "starts late": ({"start_delay_s": 7200}, {"state": "JOB_STATE_PENDING", "startTime": None}),
    "paused": ({"paused_s": 7200}, {"state": "JOB_STATE_PAUSED"}),
}


@pytest.mark.parametrize(("course", "expected"), COURSES.values(), ids=COURSES.keys())
def test_job_takes_the_ordered_course(
    create: Create, emulator: Emulator, course: dict[str, Any], expected: dict[str, Any]
) -> None:
    """A fault may set how the next job goes and ends; the one after it is an ordinary job again."""
    emulator.faults.add(job=course)
    create()
    create()
    emulator.advance(timedelta(hours=1))

    special, ordinary = emulator.jobs()

    assert {name: special.get(name) for name in expected} == expected
    assert ordinary["state"] == "JOB_STATE_SUCCEEDED"


def test_state_outlives_the_process(create: Create, emulator: Emulator) -> None:
    """A second emulator on the same state directory goes on with the same jobs and the same clock."""
    job = create()
    emulator.advance(MINUTE)

    with Emulator(emulator.state_dir, clock=lambda: 1_795_000_000.0) as other:
        (found,) = other.jobs()

    assert (found["name"], found["state"]) == (job["name"], "JOB_STATE_SUCCEEDED")


def test_job_ids_are_distinct_and_like_googles(create: Create) -> None:
    """Ids are 19 digits."""
    ids = {create()["name"].split("/")[-1] for _ in range(20)}

    assert len(ids) == 20
    assert {len(job_id) for job_id in ids if job_id.isdigit()} == {19}


def test_hundreds_of_jobs_settle_in_one_request(create: Create, http: httpx2.Client, emulator: Emulator) -> None:
    """A clock moved over the lives of many jobs brings all of them to their end, each with its version."""
    names = [create(**supervised(1))["name"] for _ in range(100)]
    emulator.advance(MINUTE)

    listed = http.get(f"{PARENT}/tuningJobs", params={"pageSize": 1000}).json()["tuningJobs"]

    assert [job["name"] for job in listed] == names[::-1]
    assert len({job["tunedModel"]["model"] for job in listed}) == 100


def test_raised_limit_lets_waiting_jobs_start(create: Create, emulator: Emulator) -> None:
    """Jobs wait in the order of creation, per project; raising the limit starts them without another's end."""
    emulator.configure(max_concurrent_jobs=1)
    for _ in range(3):
        create()
    before = [job["state"] for job in emulator.jobs()]

    emulator.configure(max_concurrent_jobs=2)

    assert before == ["JOB_STATE_PENDING", "JOB_STATE_QUEUED", "JOB_STATE_QUEUED"]
    assert [job["state"] for job in emulator.jobs()] == ["JOB_STATE_PENDING", "JOB_STATE_PENDING", "JOB_STATE_QUEUED"]


def test_line_separators_inside_a_text_do_not_end_a_line(create: Create, emulator: Emulator) -> None:
    """Only a line feed ends a line of JSON Lines; U+2028 may stand in a string."""
    line = '{"contents": [{"role": "model", "parts": [{"text": "a\u2028b"}]}]}'
    emulator.put_object("data", "separators.jsonl", f"{line}\r\n{line}\r\n\r\n".encode())
    create(**supervised(1, trainingDatasetUri="gs://data/separators.jsonl"))
    emulator.advance(MINUTE)

    stats = emulator.jobs()[0]["tuningDataStats"]["supervisedTuningDataStats"]

    assert stats["tuningDatasetExampleCount"] == "2"


def test_validation_set_may_not_outgrow_the_training_set(create: Create, emulator: Emulator) -> None:
    """Above 1,000 examples, validation is limited to 30 % of the training set."""
    emulator.put_object("data", "large-val.jsonl", jsonl(*map(supervised_example, range(1001))))
    create(**supervised(1, validationDatasetUri="gs://data/large-val.jsonl"))
    emulator.advance(MINUTE)

    assert "above 1000 at most 30% of the training examples" in emulator.jobs()[0]["error"]["message"]


def test_failed_job_can_leave_a_whole_model(create: Create, http: httpx2.Client, emulator: Emulator) -> None:
    """With its checkpoints and their endpoints, by default, where it fails at the end."""
    emulator.faults.add(job={"state": "JOB_STATE_FAILED"})
    create(**supervised(3))
    emulator.advance(MINUTE)

    (job,) = emulator.jobs()

    version = http.get(job["tunedModel"]["model"]).json()
    assert (job["state"], job["error"]["message"]) == (
        "JOB_STATE_FAILED",
        "Internal error occurred. Contact Vertex AI.",
    )
    assert [item["checkpointId"] for item in version["checkpoints"]] == ["1", "2", "3"]
    assert job["tunedModel"]["endpoint"] == job["tunedModel"]["checkpoints"][-1]["endpoint"]
    assert http.get(job["tunedModel"]["endpoint"]).status_code == 200


def test_failed_job_can_leave_a_model_without_endpoint(create: Create, http: httpx2.Client, emulator: Emulator) -> None:
    """The job names the version and nothing else, the registry has it with its checkpoints, and nothing is deployed."""
    emulator.faults.add(job={"state": "JOB_STATE_FAILED", "with_endpoint": False})
    create(**supervised(3))
    emulator.advance(MINUTE)

    (job,) = emulator.jobs()

    version = http.get(job["tunedModel"]["model"]).json()
    assert list(job["tunedModel"]) == ["model"]
    assert ([item["checkpointId"] for item in version["checkpoints"]], "deployedModels" in version) == (
        ["1", "2", "3"],
        False,
    )


def test_cancellation_under_way_leaves_the_moment_of_the_last_change(
    create: Create, http: httpx2.Client, emulator: Emulator
) -> None:
    """`updateTime` moves when the job has been cancelled, and not when that was asked for."""
    emulator.configure(cancel_duration_s=5)
    job = create()
    emulator.advance(timedelta(seconds=2))
    before = http.get(job["name"]).json()

    http.post(f"{job['name']}:cancel")
    emulator.advance(timedelta(seconds=4))
    cancelling = http.get(job["name"]).json()

    assert cancelling["state"] == "JOB_STATE_CANCELLING"
    assert cancelling["updateTime"] == before["updateTime"]
