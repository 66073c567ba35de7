"""Prepared reports: what no emulator makes in a moment, and names that nobody should choose."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from pulumi_ctune.core.api import (
    Checkpoint,
    DeployedModel,
    Endpoint,
    EvaluationRun,
    ModelVersion,
    SeriesPoint,
    TuningJob,
)
from pulumi_ctune.insight.hints import hints
from pulumi_ctune.insight.inventory import Inventory
from pulumi_ctune.insight.lineage_building import lineage_of
from pulumi_ctune.insight.report.facts import (
    CheckpointFacts,
    Cost,
    DataCard,
    Evaluated,
    Gate,
    HyperParameter,
    Report,
    RunFacts,
    Serving,
)
from pulumi_ctune.insight.series import JobSeries

P = "projects/1/locations/us-central1"
MADE_AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
HOSTILE = {
    "script": "<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">",
    "quotes": "\"' onmouseover=\"document.title='broken'\" x='</style></svg></title>",
    "entity": "&lt;b&gt; &#x3c;script&#x3e; ]]> <!-- -->",
    "rtl": "\u202e\u2067gpj.exe \u05d0\u05d1\u05d2\u05d3 \u0645\u0631\u062d\u0628\u0627",
    "long": "W" * 5_000,
    "lines": "a\nb\r\n\x00\x1b[31mc\u2028d",
    "url": "https://example.com/x.png javascript:alert(1) @team www.example.com",
    "markdown": "| a | [b](https://example.com) `c` **d** <e> \\| \n# f",
}


def series(steps: int, *, overfits: bool = False) -> JobSeries:
    """Losses as they go: noisy in training, few in evaluation; with `overfits` the latter rise in the end."""
    train = [
        SeriesPoint(i, 2.2 * math.exp(-3 * i / steps) + 0.4 + 0.06 * math.sin(i * 7.3)) for i in range(1, steps + 1)
    ]
    marks = [steps * k // 6 for k in range(1, 7)]
    rise = (lambda i: 0.9 * max(0.0, i / steps - 0.5)) if overfits else (lambda i: 0.0)
    evaluation = [SeriesPoint(i, 2.2 * math.exp(-3 * i / steps) + 0.5 + rise(i)) for i in marks]
    accuracy = [SeriesPoint(point.step, 1 - point.value / 3) for point in train]
    return JobSeries.of(
        {
            "/train_total_loss": train,
            "/eval_total_loss": evaluation,
            "/train_fraction_of_correct_next_step_preds": accuracy,
            "/train_num_predictions": [SeriesPoint(1, 3.0), SeriesPoint(2, math.nan), SeriesPoint(3, 4.0)],
        }
    )


def run(number: int = 1, name: str = "support", *, steps: int = 120, overfits: bool = False, **facts: Any) -> RunFacts:
    """A run that has succeeded, with everything that a report can tell."""
    points = [Checkpoint(str(k), k, steps * k // 6) for k in range(1, 7)]
    curves = series(steps, overfits=overfits)
    job = TuningJob(
        f"{P}/tuningJobs/{number}",
        "JOB_STATE_SUCCEEDED",
        create_time=MADE_AT + timedelta(hours=number),
        start_time=MADE_AT + timedelta(hours=number, minutes=4),
        end_time=MADE_AT + timedelta(hours=number, minutes=57),
        tuned_model_name=f"{P}/models/{number}@1",
        checkpoints=points,
        training_token_count=1_204_500,
        dropped_example_count=3,
        request={
            "baseModel": "gemini-3.5-flash",
            "supervisedTuningSpec": {"trainingDatasetUri": f"gs://data/{name}.jsonl"},
            "tunedModelDisplayName": name,
        },
    )
    version = ModelVersion(
        f"{P}/models/{number}", "1", ("default", name), name, checkpoints=points, default_checkpoint_id="4"
    )
    evaluation = EvaluationRun(f"{P}/evaluationRuns/{number}", "SUCCEEDED", name, total_items=200, failed_items=1)
    given: dict[str, Any] = {
        "job": job,
        "title": name,
        "method": "sft",
        "base_model": "gemini-3.5-flash",
        "version": version,
        "hyper_parameters": [HyperParameter("epoch_count", 6, "6"), HyperParameter("adapter_size", None, name)],
        "reward": [(name, name)],
        "data": [
            DataCard("training", f"gs://data/{name}", "17", 1_200_000, "ab" * 32, 900, "9 to 10", {"too-long": 3}),
            DataCard("validation", f"gs://data/{name}", note="changed since the job was submitted"),
        ],
        "series": curves,
        "hints": hints(job, curves),
        "checkpoints": [
            CheckpointFacts(p.checkpoint_id, p.epoch, p.step, p.checkpoint_id == "4", {"loss, evaluation": 0.9})
            for p in points
        ],
        "cost": Cost(None, 200_750, 1_204_500, None),
        "evaluations": [Evaluated(name, evaluation, "4", [(name, 0.91, 0.84, 0.2), ("exact_match", 1.0, None, None)])],
        "gates": [Gate(name, name, "at least 0.9", 0.91, ""), Gate(name, "/eval_total_loss", "at most 0.5", 0.9, name)],
        "serving": [Serving(f"{P}/endpoints/{number}", name, version.name, "4", 100, False)],
    }
    return RunFacts(**{**given, **facts})


def report(*runs: RunFacts, title: str = "support-bot", **facts: Any) -> Report:
    """Of these runs, each made of a base model, and each served by an endpoint."""
    jobs = {each.job.name: each.job for each in runs}
    versions = {each.version.name: each.version for each in runs if each.version}
    endpoints = [
        Endpoint(
            s.endpoint,
            s.label,
            deployed_models=(DeployedModel("1", each.version.model, "1"),),
            traffic_split={"1": 100},
        )
        for each in runs
        if each.version
        for s in each.serving
    ]
    graph = lineage_of(Inventory(jobs, versions, {each.name: each for each in endpoints}))
    return Report(title, "stack dev, us-central1 of acme", MADE_AT, runs, graph, **facts)
