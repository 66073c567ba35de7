"""What `ctune doctor` looks at of the jobs of a preview: place, model, data, key and account of each."""

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_ctune.cli import planned_jobs
from pulumi_ctune.core import names
from pulumi_ctune.core.canonical import canonical_inputs
from pulumi_ctune.core.values import Unknown
from pulumi_ctune.data.limits import METHOD_OF_SPEC
from pulumi_ctune.insight.doctor.subject import PlannedJob

_DATA = ("training_dataset_uri", "validation_dataset_uri")


def of_preview(document: Mapping[str, Any]) -> list[PlannedJob]:
    """The jobs that the update would submit, or may submit."""
    preview = planned_jobs.read(document)
    return [_planned(job, preview) for job in preview.jobs if job.is_submitted]


def _planned(job: planned_jobs.PlannedJob, preview: planned_jobs.Preview) -> PlannedJob:
    inputs = canonical_inputs(job.inputs)
    given = {"project": job.inputs.get("project"), "location": job.inputs.get("location"), **_below(inputs)}
    texts = {path: value for path, value in given.items() if isinstance(value, str)}
    return PlannedJob(
        resource=job.name,
        project=texts.get("project", ""),
        location=texts.get("location", ""),
        base_model=preview.base_model(job),
        datasets=[
            value for path, value in texts.items() if path.rpartition(".")[2] in _DATA and not names.is_dataset(value)
        ],
        key=texts.get("encryption_spec.kms_key_name", ""),
        service_account=texts.get("service_account", ""),
        later=[path for path, value in given.items() if isinstance(value, Unknown)],
    )


def _below(inputs: Mapping[str, Any]) -> dict[str, Any]:
    found = {"service_account": inputs.get("service_account")}
    for path, value in _nested(inputs):
        found[path] = value
    return found


def _nested(inputs: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for outer, keys in (*((spec, _DATA) for spec in METHOD_OF_SPEC), ("encryption_spec", ("kms_key_name",))):
        value = inputs.get(outer)
        if isinstance(value, Unknown):
            yield outer, value
        elif isinstance(value, Mapping):
            yield from ((f"{outer}.{key}", value.get(key)) for key in keys)
