"""Moves tuning jobs on: what has come due since the last request happens now, as of its own moment.

Nothing runs in between: the first request after a moment finds the job started, a checkpoint's endpoint made, the job
ended. Owns what happens at these moments; when they are is known to `records` and `timeline`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from vertex_emulator import names
from vertex_emulator.registry import endpoints, lessons, model_records, models
from vertex_emulator.service import Call
from vertex_emulator.storage.objects import put_object
from vertex_emulator.tuning import records, teaching
from vertex_emulator.tuning.data_stats import stats
from vertex_emulator.tuning.datasets import DatasetProblem, check_validation, load
from vertex_emulator.tuning.records import JobRecord
from vertex_emulator.tuning.series import Level, curve_for, series_of
from vertex_emulator.tuning.training_steps import (
    PREFERENCE,
    REINFORCEMENT,
    SUPERVISED,
    Checkpoint,
    plan,
)
from vertex_emulator.wsgi import ApiProblem

_LEVEL_KIND = "training_level"
_QUEUE_KIND, _RUNNING_KIND = "waiting_job", "running_job"
_CHECKED_METHODS = (SUPERVISED, PREFERENCE, REINFORCEMENT)
_UNCHECKED_EXAMPLES = 100  # of a job whose dataset has a format that the emulator does not know
_TUNE_TYPES = {
    SUPERVISED: "sft",
    PREFERENCE: "preference",
    REINFORCEMENT: "reinforcement",
    "distillationSpec": "distillation",
}
# google.rpc.Code
_CANCELLED, _NOT_FOUND = 1, 5


def settle(call: Call) -> None:
    """Let happen what is due, over all jobs in the order of the moments."""
    while (record := records.next_due(call.tx, call.now)) is not None:
        _move_on(replace(call, now=record.due or call.now), record)
    _start_waiting(call)  # the limit may have been raised


def begin(call: Call, record: JobRecord) -> JobRecord:
    """Put a new job on its way, or into the queue if its project has as many as may run; returns it as it is then."""
    call.tx.put(_QUEUE_KIND, record.name, {})
    records.save(call.tx, record)
    _start_waiting(call)
    return records.find(call.tx, record.name) or record


def cancel(call: Call, record: JobRecord) -> None:
    """Ask a job to end; one that is ending is left as it is. Raises `ApiProblem` 400 for one that has ended."""
    if record.final:
        message = f'The TuningJob "{record.name}" is in state {record.final["state"]} and cannot be canceled.'
        raise ApiProblem(400, message, status="FAILED_PRECONDITION")
    if not record.cancelled:
        record.cancelled = call.now
        record.cancelled_by = call.now + call.settings.cancel_duration_s
        records.save(call.tx, record)


def _start_waiting(call: Call) -> None:
    """Schedule the jobs that wait, the oldest first, as far as their projects' limit of running jobs allows."""
    limit = call.settings.max_concurrent_jobs
    full: set[str] = set()
    for name, _ in call.tx.list(_QUEUE_KIND):
        project = name.split("/locations/")[0] + "/"  # the quota counts over all locations
        if limit and project not in full and len(call.tx.list(_RUNNING_KIND, project)) >= limit:
            full.add(project)
        record = None if project in full else records.find(call.tx, name)
        if record and not record.cancelled:
            call.tx.delete(_QUEUE_KIND, name)
            call.tx.put(_RUNNING_KIND, name, {})
            _schedule(call, record)
            records.save(call.tx, record)


def _schedule(call: Call, record: JobRecord) -> None:
    delay, duration = record.course.start_delay_s, record.course.duration_s
    record.starts = call.now + (call.settings.job_start_delay_s if delay is None else delay)
    record.running_s = call.settings.job_duration_s if duration is None else duration
    record.late_s = call.settings.late_fields_share * record.running_s


def _move_on(call: Call, record: JobRecord) -> None:
    checkpoint = record.next_checkpoint
    if record.cancelled:
        _end(call, record, "JOB_STATE_CANCELLED", {"code": _CANCELLED, "message": "CANCELED"})
    elif not record.started:
        _start(call, record)
    elif record.plan and checkpoint and record.timeline.step_moment(checkpoint.step, record.plan.steps) <= record.ends:
        _make_checkpoint(call, record, checkpoint)
    else:
        _end_by_course(call, record)
    records.save(call.tx, record)


def _start(call: Call, record: JobRecord) -> None:
    record.started = True
    checked = record.method in _CHECKED_METHODS and names.generation_of(record.base_model) > 0
    examples, text, tokens = _UNCHECKED_EXAMPLES, str(record.spec.get("trainingDatasetUri", "")), 1000.0
    validation_uri = record.spec.get("validationDatasetUri", "")
    try:
        if checked:
            dataset = load(call, record.method, record.spec["trainingDatasetUri"])
            if validation_uri:
                validation = load(call, record.method, validation_uri, role="validation")
                check_validation(dataset, validation, validation_uri)
            examples, text = len(dataset.examples), dataset.text
    except DatasetProblem as problem:
        record.problem = {"code": problem.code, "message": problem.message}
        return
    record.plan = plan(record.method, record.spec, examples=examples, has_validation=bool(validation_uri))
    record.lessons = _source_lessons(call, record)
    if checked:
        key = lessons.put(call.tx, teaching.pairs(record.method, dataset))
        weight = teaching.WEIGHTS[record.method]
        record.lessons.append({"examples": key, "weight": weight, "epochs": record.plan.epochs})
        record.stats = stats(record.method, dataset, steps=record.plan.steps)
        tokens = sum(item.output_tokens for item in dataset.examples) / record.plan.steps_per_epoch
    if record.method == SUPERVISED:
        # As the service does, the job shows in the end what it has chosen where nothing was given.
        chosen = {
            "epochCount": str(record.plan.epochs),
            "learningRateMultiplier": 1,
            "adapterSize": "ADAPTER_SIZE_FOUR",
        }
        record.chosen = chosen
    record.curve = curve_for(
        record.method,
        record.resolved_spec,
        job_id=record.job_id,
        dataset_text=text,
        source=_source_level(call, record),
        tokens_per_step=tokens,
        last_values=record.course.metrics,
    )


def _make_checkpoint(call: Call, record: JobRecord, checkpoint: Checkpoint) -> None:
    """Register the checkpoint (the first one with its model version) and deploy it to an endpoint of its own."""
    made = {"checkpointId": checkpoint.checkpoint_id, "epoch": str(checkpoint.epoch), "step": str(checkpoint.step)}
    project, location = record.name.split("/")[1], names.location_of(record.name)
    labels = {
        **record.request.get("labels", {}),
        models.JOB_LABEL: record.job_id,
        "tune-type": _TUNE_TYPES.get(record.method, "tuned"),
    }
    try:
        if record.tuned_model:
            _add_checkpoint(call, record.tuned_model, made)
        else:
            record.tuned_model = models.register_tuned_version(
                call,
                project=project,
                location=location,
                parent_model=record.parent_model or None,
                display_name=record.request["tunedModelDisplayName"],
                description=record.request.get("description"),
                labels=labels,
                encryption_spec=record.request.get("encryptionSpec"),
                base_model=record.base_model,
                checkpoints=[made],
                default_checkpoint_id=checkpoint.checkpoint_id,
                job_name=record.name,
                lessons=record.lessons,
            )
        if record.course.makes_endpoints:
            made["endpoint"] = endpoints.deploy_tuned(
                call,
                model_version_name=record.tuned_model,
                checkpoint_id=checkpoint.checkpoint_id,
                location=names.serving_location(location, record.base_model),
                project=project,
                labels=labels,
                display_name=record.request["tunedModelDisplayName"],
                encryption_spec=record.request.get("encryptionSpec"),
            )
    except ApiProblem as problem:  # somebody has deleted the model meanwhile
        _end(call, record, "JOB_STATE_FAILED", {"code": _NOT_FOUND, "message": problem.message})
        return
    record.made.append(made)
    if record.curve and record.plan:
        levels = call.tx.get(_LEVEL_KIND, record.job_id) or {}
        levels[checkpoint.checkpoint_id] = asdict(record.curve.level(record.plan, checkpoint.step))
        call.tx.put(_LEVEL_KIND, record.job_id, levels)


def _add_checkpoint(call: Call, tuned_model: str, made: Mapping[str, Any]) -> None:
    model, version_id = names.split_version(tuned_model)
    version = model_records.version(call.tx, model, version_id)
    version = {**version, "checkpoints": [*version["checkpoints"], made], "defaultCheckpointId": made["checkpointId"]}
    model_records.save_version(call, model, version)


def _end_by_course(call: Call, record: JobRecord) -> None:
    if record.problem:
        _end(call, record, "JOB_STATE_FAILED", record.problem)
    elif record.course.state in ("JOB_STATE_FAILED", "JOB_STATE_CANCELLED"):
        _end(call, record, record.course.state, {"code": record.course.code, "message": record.course.error_message})
    else:
        if record.made:
            record.metrics_uri = _write_metrics(call, record)
        _end(call, record, record.course.state)


def _write_metrics(call: Call, record: JobRecord) -> str:
    """Put the last value of each series into Cloud Storage and return where; Google does not document its file."""
    lines = []
    if record.curve and record.plan:
        for series in series_of(record.curve, record.plan):
            step = series.steps(record.plan)[-1]
            lines.append(json.dumps({"metric": series.name, "step": step, "value": series.value(step)}))
    bucket, name = f"tuning-metrics-{record.name.split('/')[1]}", f"{record.job_id}/metrics.jsonl"
    put_object(call, bucket, name, "\n".join(lines).encode())
    return f"gs://{bucket}/{name}"


def _end(call: Call, record: JobRecord, state: str, error: Mapping[str, Any] | None = None) -> None:
    record.final = {"state": state, "at": call.now} | ({"error": dict(error)} if error else {})
    records.save(call.tx, record)
    call.tx.delete(_QUEUE_KIND, record.name)
    call.tx.delete(_RUNNING_KIND, record.name)
    _start_waiting(call)


def _source_level(call: Call, record: JobRecord) -> Level | None:
    """Where the source checkpoint's training ended, if a job of this emulator made it (a copy keeps its label)."""
    source = record.request.get("preTunedModel")
    if not source:
        return None
    try:
        version = models.find_version(call, source["tunedModelName"])
    except ApiProblem:
        return None
    levels = call.tx.get(_LEVEL_KIND, version.get("labels", {}).get(models.JOB_LABEL, "")) or {}
    level = levels.get(source.get("checkpointId") or version.get("defaultCheckpointId", ""))
    return Level(**level) if level else None


def _source_lessons(call: Call, record: JobRecord) -> list[dict[str, Any]]:
    """What the source checkpoint has learnt."""
    source = record.request.get("preTunedModel")
    if not source:
        return []
    try:
        version = model_records.version(call.tx, *names.split_version(source["tunedModelName"]))
    except ApiProblem:
        return []
    return lessons.learnt(version, source.get("checkpointId") or version.get("defaultCheckpointId"))
