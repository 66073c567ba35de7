"""A finished (or still running) job as the outputs of its resource, and what the state holds besides.

What the entries of a state are called and mean is in `attributes`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_ctune.core import names
from pulumi_ctune.core.api import Checkpoint, ModelVersion, SeriesPoint, TuningJob
from pulumi_ctune.core.hidden import OWNER, RECORDED
from pulumi_ctune.core.source import Source
from pulumi_ctune.core.values import timestamp
from pulumi_ctune.tuning_job.attributes import INPUTS, MADE_MODEL, PUT_BEFORE, CheckpointOutput, Outputs
from pulumi_ctune.tuning_job.state import PutBefore

NO_ENDPOINT: Outputs = {"endpoint": "", "endpoint_id": "", "endpoint_location": ""}
"""The outputs of a job whose model version no endpoint of the job serves."""


def state_of(
    inputs: Mapping[str, Any],
    job: TuningJob,
    *,
    source: Source | None,
    version: ModelVersion | None = None,
    metrics: Mapping[str, Sequence[SeriesPoint]] | None = None,
    put_before: PutBefore | None = None,
) -> dict[str, Any]:
    """What the state is to hold. `version` and `metrics` are known once the job has succeeded; till then `put_before`
    is kept.
    """
    outputs: Outputs = {
        "name": job.name,
        "state": job.state,
        "experiment": job.experiment or None,
        "source_model_name": source.tuned_model_name if source else None,
        "source_checkpoint_id": (source.checkpoint_id or None) if source else None,
        "create_time": timestamp(job.create_time),
        "start_time": timestamp(job.start_time),
        "end_time": timestamp(job.end_time),
        "billable_token_count": job.billable_token_count,
        "training_token_count": job.training_token_count,
        "dropped_example_count": job.dropped_example_count,
        "console_url": job.console_url,
        "metrics": {series: points[-1].value for series, points in (metrics or {}).items() if points},
        "checkpoints": [
            _checkpoint(checkpoint) for checkpoint in job.checkpoints or (version.checkpoints if version else ())
        ],
    }
    hidden: dict[str, Any] = {RECORDED: version is not None}
    if version is None and put_before is not None:
        hidden[PUT_BEFORE] = put_before.entry
    if job.tuned_model_name:
        tuned = names.model_name(job.tuned_model_name)  # None for a name that is odd: it is kept as a text
        made_from = source.model_name if source else None
        outputs["tuned_model_name"] = version.name if version else job.tuned_model_name
        outputs["model"] = tuned.model if tuned else job.tuned_model_name.partition("@")[0]
        outputs["version_id"] = version.version_id if version else (tuned.version if tuned else None)
        # Where a name says nothing, the model may be somebody else's: it is not ours to delete.
        hidden[MADE_MODEL] = tuned is not None and (made_from is None or made_from.model_id != tuned.model_id)
    if job.endpoint:
        endpoint = _endpoint(job.endpoint)
        outputs["endpoint"] = job.endpoint
        outputs["endpoint_id"] = endpoint.endpoint_id if endpoint else names.last_segment(job.endpoint)
        outputs["endpoint_location"] = endpoint.location if endpoint else ""
    elif version is not None:  # Google could not make the endpoint
        outputs |= NO_ENDPOINT
    if job.endpoint or version is not None:
        outputs["default_checkpoint_id"] = _default_checkpoint_id(job, version)
    return {**inputs_in_state(inputs), **outputs, **hidden}


def inputs_in_state(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as a state holds them."""
    return {key: properties[key] for key in (*INPUTS, OWNER) if properties.get(key) is not None}


def _endpoint(name: str) -> names.EndpointName | None:
    try:
        return names.EndpointName.parse(name)
    except ValueError:
        return None


def endpoints_of(job: TuningJob) -> list[str]:
    """The endpoints that the job made, each once; a name that is odd is nobody's."""
    found = (job.endpoint, *(checkpoint.endpoint for checkpoint in job.checkpoints))
    return list(dict.fromkeys(name for name in found if _endpoint(name)))


def _default_checkpoint_id(job: TuningJob, version: ModelVersion | None) -> str | None:
    """The registry's word, else the checkpoint whose endpoint is the tuned model's."""
    if version and version.default_checkpoint_id:
        return version.default_checkpoint_id
    deployed = (point.checkpoint_id for point in job.checkpoints if point.endpoint and point.endpoint == job.endpoint)
    return next(deployed, None)


def _checkpoint(checkpoint: Checkpoint) -> CheckpointOutput:
    return {
        "checkpoint_id": checkpoint.checkpoint_id,
        "epoch": checkpoint.epoch,
        "step": checkpoint.step,
        "endpoint": checkpoint.endpoint,
    }
