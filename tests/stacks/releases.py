"""Releases to promote that no stage has made: a tuned version of the emulator, as `job.release` describes it.

They spare a test the minute that a chain of jobs costs; what the chain makes is looked at in `test_promotion`.
"""

from datetime import timedelta
from typing import Any

from .project import REPOSITORY, ProjectCopy

PROJECT = "my-project"  # of the stages dev, staging and prod
REGION = "us-central1"
REWARD = "/eval_mean_reward"
"""The series that the stages' gates look at."""
_BUCKET = "support-datasets"
_SPEC = {
    "trainingDatasetUri": f"gs://{_BUCKET}/support-rft-train.jsonl",
    "validationDatasetUri": f"gs://{_BUCKET}/support-rft-validation.jsonl",
    "hyperParameters": {"epochCount": "2", "batchSize": 8, "samplesPerPrompt": 4},
    "singleRewardConfig": {
        "rewardName": "routing",
        "parseResponseConfig": {"parseType": "REGEX_EXTRACT", "regexExtractExpression": r"Result: (\S+)"},
        "stringMatchRewardScorer": {
            "stringMatchExpression": {"matchOperation": "EXACT_MATCH", "expression": "{{references.result}}"},
            "correctAnswerReward": 1,
            "wrongAnswerReward": -1,
        },
    },
}


def released(project: ProjectCopy, *, reward: float = 0.1, of: str = PROJECT, region: str = REGION) -> dict[str, Any]:
    """A version that a reinforcement job has made, whose last mean reward in validation was `reward`.

    `of` is the Google Cloud project that it lies in. It comes with an evaluation that is above its baseline.
    """
    vertex = project.vertex
    for name in ("support-rft-train.jsonl", "support-rft-validation.jsonl"):
        vertex.emulator.put_object(_BUCKET, name, (REPOSITORY / "stacks" / "datasets" / name).read_bytes())
    vertex.emulator.faults.add(method="POST", path="tuningJobs$", job={"metrics": {REWARD: reward}})
    jobs = f"/v1beta1/projects/{of}/locations/{region}/tuningJobs"
    job = vertex.ask("POST", jobs, json={"baseModel": "gemini-3.5-flash", "reinforcementTuningSpec": _SPEC})
    vertex.emulator.advance(timedelta(seconds=1))
    job = vertex.ask("GET", f"/v1beta1/{job['name']}")
    return {
        "tuned_model_name": job["tunedModel"]["model"],
        "checkpoint_id": "2",
        "endpoint": job["tunedModel"]["endpoint"],
        "job": job["name"],
        "metrics": {REWARD: reward},
        "training_dataset_uri": _SPEC["trainingDatasetUri"],
        "end_time": job["endTime"],
        "evaluations": {
            "quality": {
                "tuned_model_name": job["tunedModel"]["model"],
                "metrics": {"rouge": 0.8},
                "baseline_metrics": {"rouge": 0.7},
                "total_items": 12,
            }
        },
    }
