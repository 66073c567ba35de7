"""The API's JSON documents as the core's records.

Knows spelling and nothing else: int64 numbers travel as text, zeros and empty texts may be absent, and what is unknown
is kept or passed over, never refused.

Documents:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.tuningJobs
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pulumi_ctune.tuning.resources import (
    Checkpoint,
    DeployedModel,
    DeployedModelRef,
    Endpoint,
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
    "supervisedTuningSpec",
    "preferenceOptimizationSpec",
    "reinforcementTuningSpec",
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


def tuning_job(document: Json) -> TuningJob:
    tuned_model = document.get("tunedModel") or {}
    metadata = document.get("tuningJobMetadata") or {}
    # One member a kind of tuning; the names inside are the same.
    stats: Json = next((s for s in (document.get("tuningDataStats") or {}).values() if isinstance(s, dict)), {})
    return TuningJob(
        name=document.get("name") or "",
        state=document.get("state") or "",
        detail=document.get("tuningJobState") or "",
        error=_job_error(document.get("error") or {}),
        create_time=_time(document.get("createTime")),
        start_time=_time(document.get("startTime")),
        end_time=_time(document.get("endTime")),
        tuned_model_name=tuned_model.get("model") or "",
        endpoint=tuned_model.get("endpoint") or "",
        checkpoints=tuple(checkpoint(entry) for entry in tuned_model.get("checkpoints") or ()),
        experiment=document.get("experiment") or "",
        completed_epoch_count=_int(metadata.get("completedEpochCount")),
        completed_step_count=_int(metadata.get("completedStepCount")),
        billable_token_count=_int(stats.get("totalBillableTokenCount")),
        truncated_example_count=_int(stats.get("totalTruncatedExampleCount")) or 0,
        dropped_example_reasons=tuple(map(str, stats.get("droppedExampleReasons") or ())),
        labels=dict(document.get("labels") or {}),
        request={field: document[field] for field in _REQUEST_FIELDS if document.get(field) is not None},
    )


def checkpoint(document: Json) -> Checkpoint:
    return Checkpoint(
        checkpoint_id=str(document.get("checkpointId") or ""),
        epoch=_int(document.get("epoch")),
        step=_int(document.get("step")),
        endpoint=document.get("endpoint") or "",
    )


def model_version(document: Json) -> ModelVersion:
    return ModelVersion(
        model=_unversioned(document.get("name")),
        version_id=str(document.get("versionId") or ""),
        aliases=tuple(document.get("versionAliases") or ()),
        display_name=document.get("displayName") or "",
        own_description=document.get("versionDescription") or "",
        model_description=document.get("description") or "",
        labels=dict(document.get("labels") or {}),
        checkpoints=tuple(checkpoint(entry) for entry in document.get("checkpoints") or ()),
        default_checkpoint_id=str(document.get("defaultCheckpointId") or ""),
        deployed_models=tuple(
            DeployedModelRef(
                endpoint=entry.get("endpoint") or "",
                checkpoint_id=str(entry.get("checkpointId") or ""),
            )
            for entry in document.get("deployedModels") or ()
        ),
        kms_key_name=(document.get("encryptionSpec") or {}).get("kmsKeyName") or "",
        create_time=_time(document.get("versionCreateTime") or document.get("createTime")),
        etag=document.get("etag") or "",
    )


def endpoint(document: Json) -> Endpoint:
    return Endpoint(
        name=document.get("name") or "",
        display_name=document.get("displayName") or "",
        labels=dict(document.get("labels") or {}),
        deployed_models=tuple(
            DeployedModel(
                deployed_model_id=str(entry.get("id") or ""),
                model=_unversioned(entry.get("model")),
                version_id=str(entry.get("modelVersionId") or ""),
                checkpoint_id=str(entry.get("checkpointId") or ""),
                display_name=entry.get("displayName") or "",
                create_time=_time(entry.get("createTime")),
            )
            for entry in document.get("deployedModels") or ()
        ),
        traffic_split={key: _int(percent) or 0 for key, percent in (document.get("trafficSplit") or {}).items()},
        etag=document.get("etag") or "",
    )


def operation(document: Json) -> Operation:
    name, error = document.get("name") or "", document.get("error")
    return Operation(
        name=name,
        done=bool(document.get("done")),
        error=errors.of_operation(f"operation {name} failed", error) if error else None,
    )


def series_point(document: Json) -> SeriesPoint:
    """A point of a scalar series. Proto JSON leaves zeros out and spells NaN and infinities as text."""
    return SeriesPoint(
        step=_int(document.get("step")) or 0, value=float((document.get("scalar") or {}).get("value", 0.0))
    )


def _job_error(document: Json) -> JobError | None:
    if not document:
        return None
    return JobError(code=_int(document.get("code")) or 0, message=str(document.get("message") or ""))


def _unversioned(name: Any) -> str:
    return str(name or "").partition("@")[0]


def _int(value: Any) -> int | None:
    return None if value is None else int(value)


def _time(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
