"""Find the tuning job that made a model version, by the label that Google leaves on it.

The label has the job's id and no location. A model that is served from a multi-region was tuned in a region; whether
its name then has the one or the other is documented nowhere, so the job is looked for in both.
"""

from collections.abc import Callable

from pulumi_ctune.core.api import ModelVersion, TuningJob
from pulumi_ctune.core.errors import BadRequestError, NotFoundError, PermissionDeniedError
from pulumi_ctune.core.names import JobName, ModelName
from pulumi_ctune.core.ownership import JOB_LABEL

TUNED_IN = {"us": ("us-central1",), "eu": ("europe-west4",)}
"""Multi-region -> the regions in which what it serves is tuned."""


def job_names(version: ModelVersion) -> tuple[str, ...]:
    """The names that the job may have, the likely one first; none where the version has no such label."""
    job_id = version.labels.get(JOB_LABEL)
    if not job_id:
        return ()
    model = ModelName.parse(version.model)
    places = (*TUNED_IN.get(model.location, ()), model.location)
    return tuple(str(JobName(model.project, place, job_id)) for place in places)


def find_job_of(version: ModelVersion, get_job: Callable[[str], TuningJob]) -> TuningJob:
    """The job; `get_job` reads one by its name.

    Raises:
        NotFoundError: there is none in any of the places.
        ApiError: one of them could not be asked, and the others have none.
    """
    refusal: PermissionDeniedError | None = None
    missing: NotFoundError | BadRequestError | None = None
    for name in job_names(version):
        try:
            return get_job(name)
        except PermissionDeniedError as error:
            refusal = refusal or error
        except (NotFoundError, BadRequestError) as error:  # a location may not know the method at all
            missing = missing or error
    if refusal is not None:
        raise refusal
    why = (
        missing.why if missing is not None else f"it has no label {JOB_LABEL}, so no tuning job of this project made it"
    )
    raise NotFoundError(f"the tuning job of {version.name} could not be found", why=why)
