"""The API's JSON documents as the core's records.

Knows spelling and nothing else: int64 numbers travel as text, zeros and empty texts may be absent, and what is unknown
is kept or passed over, never refused. What does not fit a field leaves it empty, whatever it is: most documents in a
list are other people's, and one of ours that is odd must still reach the state with its name.

Documents:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.tuningJobs
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pulumi_ctune.core.api import (
    PREFERENCE_SPEC,
    REINFORCEMENT_SPEC,
    SUPERVISED_SPEC,
    Checkpoint,
    DeployedModel,
    DeployedModelRef,
    Endpoint,
    EvaluationRun,
    EvaluationSet,
    JobError,
    ModelVersion,
    Operation,
    SeriesPoint,
    TuningJob,
)
from pulumi_ctune.vertex import errors

Json = Mapping[str, Any]

# What a TuningJob document holds of the request; everything else in it is output.
_REQUEST_FIELDS = (
    "baseModel",
    "preTunedModel",
    SUPERVISED_SPEC,
    PREFERENCE_SPEC,
    REINFORCEMENT_SPEC,
    "distillationSpec",
    "fullFineTuningSpec",
    "partnerModelTuningSpec",
    "veoTuningSpec",
    "veoLoraTuningSpec",
    "tunedModelDisplayName",
    "description",
    "labels",
    "encryptionSpec",
    "serviceAccount",
    "outputUri",
    "customBaseModel",
)

_RUN_REQUEST_FIELDS = ("dataSource", "evaluationConfig", "inferenceConfigs", "evaluationExperiment", "encryptionSpec")
_EPOCH = 1970


def tuning_job(document: Any) -> TuningJob:
    document = _object(document)
    tuned_model = _object(document.get("tunedModel"))
    metadata = _object(document.get("tuningJobMetadata"))
    # One member a kind of tuning; the names inside are the same.
    stats: Json = next((s for s in _object(document.get("tuningDataStats")).values() if isinstance(s, dict)), {})
    return TuningJob(
        name=_text(document.get("name")),
        state=_text(document.get("state")),
        detail=_text(document.get("tuningJobState")),
        error=_job_error(document.get("error")),
        create_time=moment(document.get("createTime")),
        start_time=moment(document.get("startTime")),
        end_time=moment(document.get("endTime")),
        update_time=moment(document.get("updateTime")),
        tuned_model_name=_text(tuned_model.get("model")),
        endpoint=_text(tuned_model.get("endpoint")),
        checkpoints=tuple(checkpoint(entry) for entry in _objects(tuned_model.get("checkpoints"))),
        experiment=_text(document.get("experiment")),
        completed_epoch_count=_int(metadata.get("completedEpochCount")),
        completed_step_count=_int(metadata.get("completedStepCount")),
        billable_token_count=_int(stats.get("totalBillableTokenCount")),
        training_token_count=_training_tokens(document, stats),
        example_count=_int(stats.get("tuningDatasetExampleCount")),
        step_count=_int(stats.get("tuningStepCount")),
        dropped_example_count=_dropped_examples(stats),
        dropped_example_indices=_dropped_indices(stats),
        dropped_example_reasons=_texts(stats.get("droppedExampleReasons")),
        labels=_labels(document.get("labels")),
        request={field: document[field] for field in _REQUEST_FIELDS if document.get(field) is not None},
    )


def checkpoint(document: Any) -> Checkpoint:
    document = _object(document)
    return Checkpoint(
        checkpoint_id=_text(document.get("checkpointId")),
        epoch=_int(document.get("epoch")),
        step=_int(document.get("step")),
        endpoint=_text(document.get("endpoint")),
    )


def model_version(document: Any) -> ModelVersion:
    document = _object(document)
    garden = _object(_object(document.get("baseModelSource")).get("modelGardenSource"))
    return ModelVersion(
        model=_unversioned(document.get("name")),
        version_id=_text(document.get("versionId")),
        aliases=_texts(document.get("versionAliases")),
        display_name=_text(document.get("displayName")),
        own_description=_text(document.get("versionDescription")),
        model_description=_text(document.get("description")),
        labels=_labels(document.get("labels")),
        checkpoints=tuple(checkpoint(entry) for entry in _objects(document.get("checkpoints"))),
        default_checkpoint_id=_text(document.get("defaultCheckpointId")),
        deployed_models=tuple(
            DeployedModelRef(
                endpoint=_text(entry.get("endpoint")),
                checkpoint_id=_text(entry.get("checkpointId")),
            )
            for entry in _objects(document.get("deployedModels"))
        ),
        kms_key_name=_text(_object(document.get("encryptionSpec")).get("kmsKeyName")),
        create_time=moment(document.get("versionCreateTime") or document.get("createTime")),
        etag=_text(document.get("etag")),
        copied_from=_text(_object(document.get("originalModelInfo")).get("model")),
        base_model=_text(garden.get("publicModelName")).rpartition("/")[2],
    )


def endpoint(document: Any) -> Endpoint:
    document = _object(document)
    return Endpoint(
        name=_text(document.get("name")),
        display_name=_text(document.get("displayName")),
        labels=_labels(document.get("labels")),
        deployed_models=tuple(
            DeployedModel(
                deployed_model_id=_text(entry.get("id")),
                model=_unversioned(entry.get("model")),
                version_id=_text(entry.get("modelVersionId")),
                checkpoint_id=_text(entry.get("checkpointId")),
                display_name=_text(entry.get("displayName")),
                create_time=moment(entry.get("createTime")),
            )
            for entry in _objects(document.get("deployedModels"))
        ),
        traffic_split={key: _int(percent) or 0 for key, percent in _object(document.get("trafficSplit")).items()},
        etag=_text(document.get("etag")),
    )


def operation(document: Any) -> Operation:
    document = _object(document)
    name, error = _text(document.get("name")), document.get("error")
    return Operation(
        name=name,
        done=bool(document.get("done")),
        error=errors.of_operation(f"operation {name} failed", _object(error, otherwise="message")) if error else None,
        made=_made(_object(document.get("response"))),
    )


def evaluation_run(document: Any) -> EvaluationRun:
    """The times of a run that is not complete are 1970 (recorded): they are none."""
    document = _object(document)
    results = _object(document.get("evaluationResults"))
    summary = _object(results.get("summaryMetrics"))
    completed = moment(document.get("completionTime"))
    source = _object(document.get("dataSource"))
    return EvaluationRun(
        name=_text(document.get("name")),
        state=_text(document.get("state")),
        display_name=_text(document.get("displayName")),
        labels=_labels(document.get("labels")),
        request={field: document[field] for field in _RUN_REQUEST_FIELDS if document.get(field) is not None},
        summary={_text(key): _float(value) for key, value in _object(summary.get("metrics")).items()},
        total_items=_int(summary.get("totalItems")) or 0,
        failed_items=_int(summary.get("failedItems")) or 0,
        evaluation_set=_text(source.get("evaluationSet")),
        result_set=_text(results.get("evaluationSet")),
        error=_job_error(document.get("error")),
        create_time=moment(document.get("createTime")),
        completion_time=completed if completed and completed.year > _EPOCH else None,
    )


def evaluation_set(document: Any) -> EvaluationSet:
    document = _object(document)
    return EvaluationSet(
        name=_text(document.get("name")),
        display_name=_text(document.get("displayName")),
        items=_texts(document.get("evaluationItems")),
    )


def _made(response: Json) -> str:
    """The version in the answer to a copy."""
    model, version_id = _unversioned(response.get("model")), _text(response.get("modelVersionId"))
    return f"{model}@{version_id}" if model and version_id else ""


def series_point(document: Any) -> SeriesPoint:
    """A point of a scalar series. Proto JSON leaves zeros out and spells NaN and infinities as text."""
    document = _object(document)
    return SeriesPoint(
        step=_int(document.get("step")) or 0, value=_float(_object(document.get("scalar")).get("value", 0.0))
    )


def _training_tokens(document: Json, stats: Json) -> int | None:
    """Tokens of the dataset times the epochs that the service resolved. None for RFT, whose samples are billed."""
    tokens = _int(stats.get("totalBillableTokenCount"))
    specs = (_object(document.get(name)) for name in (SUPERVISED_SPEC, PREFERENCE_SPEC))
    epochs = next(filter(None, (_int(_object(spec.get("hyperParameters")).get("epochCount")) for spec in specs)), None)
    return None if tokens is None or epochs is None else tokens * epochs


def _dropped_examples(stats: Json) -> int | None:
    """How many examples were dropped: SFT counts them (as "truncated"), the other methods give a reason for each."""
    counted = _int(stats.get("totalTruncatedExampleCount"))
    listed = max(len(_texts(stats.get("droppedExampleReasons"))), len(_dropped_indices(stats)))
    return max(counted or 0, listed) if stats else None


def _dropped_indices(stats: Json) -> tuple[int, ...]:
    """Which examples were dropped, from 1 and as far as the service names them; SFT calls them "truncated"."""
    names = ("truncatedExampleIndices", "droppedExampleIndices")
    given: list[Any] = next((stats[name] for name in names if isinstance(stats.get(name), list)), [])
    return tuple(number for number in map(_int, given) if number is not None)


def _job_error(value: Any) -> JobError | None:
    if not value:
        return None
    document = _object(value, otherwise="message")
    return JobError(code=_int(document.get("code")) or 0, message=_text(document.get("message")))


def _object(value: Any, otherwise: str = "") -> Json:
    """A JSON object; for anything else an empty one, or one with the value under `otherwise`."""
    if isinstance(value, dict):
        return value
    return {otherwise: value} if otherwise else {}


def _objects(value: Any) -> list[Json]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_text(entry) for entry in value if entry is not None) if isinstance(value, list) else ()


def _labels(value: Any) -> dict[str, str]:
    return {_text(key): _text(label) for key, label in _object(value).items()}


def _text(value: Any) -> str:
    """Numbers are written out. A half of a surrogate pair, which JSON can spell, could not be passed on."""
    if value is None or isinstance(value, bool | dict | list):
        return ""
    return str(value).encode(errors="replace").decode()


def _unversioned(name: Any) -> str:
    return _text(name).partition("@")[0]


def _int(value: Any) -> int | None:
    try:
        return None if value is None or isinstance(value, bool) else int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def moment(value: Any) -> datetime | None:
    """A moment; one without an offset is in UTC, as all of the API's are."""
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
