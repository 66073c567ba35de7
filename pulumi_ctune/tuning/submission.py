"""Submit a tuning job exactly once.

A request whose answer was lost may have made a job, and the API has no request id. So nothing is ever sent again before
the list of jobs, which may lag behind, has been asked repeatedly and has answered that there is none. A 4xx is final;
429 means that nothing was made, and is waited out. Knows neither HTTP nor Pulumi.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pulumi_ctune import durations
from pulumi_ctune.errors import (
    NOT_SUBMITTED,
    ApiError,
    CredentialsError,
    CtuneError,
    QuotaExceededError,
    TuningJobTimeoutError,
    UnavailableError,
    WaitInterruptedError,
)
from pulumi_ctune.tuning.patience import Surroundings, pause_after
from pulumi_ctune.tuning.resources import TuningJob, Vertex

_LOOK_UP_PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0)  # how long a list may lag behind is documented nowhere
_NOT_KNOWN = "it is not known whether a tuning job was submitted"


def submit_once(
    vertex: Vertex,
    project: str,
    location: str,
    request: Mapping[str, Any],
    look_up: Callable[[], TuningJob | None],
    world: Surroundings,
) -> TuningJob:
    """Return the one job that this request made.

    `look_up` finds it by its labels. Rides out quota, outages and a lost network until `world.timeout`. Raises
    `WaitInterruptedError`, `TuningJobTimeoutError` or the API's final refusal.
    """
    attempt, what = 0, NOT_SUBMITTED
    while True:
        try:
            return vertex.submit(project, location, request)
        except QuotaExceededError as error:
            trouble: ApiError = error
            world.report.status(f"waiting for quota: {error.why}")
        except UnavailableError as error:
            trouble, what = error, _NOT_KNOWN
            world.report.status(f"the answer to the submission was lost, looking for the job: {error.why}")
            if found := _look_for_lost_job(look_up, world, error):
                return found
        except (ApiError, CredentialsError) as error:
            raise error.explaining(NOT_SUBMITTED, where=error.where) from error
        attempt += 1
        _pause(pause_after(trouble, attempt, world), world, what, trouble)


def _look_for_lost_job(
    look_up: Callable[[], TuningJob | None], world: Surroundings, lost: ApiError
) -> TuningJob | None:
    """The job that the lost request made, or None once every look-up has *answered* that there is none."""
    for pause_s in _LOOK_UP_PAUSES_S:
        answered = False
        while not answered:
            _pause(pause_s, world, _NOT_KNOWN, lost)
            try:
                if job := look_up():
                    return job
                answered = True
            except (UnavailableError, QuotaExceededError) as error:
                world.report.status(f"the list of tuning jobs cannot be read, still trying: {error.why}")
            except CtuneError as error:
                raise error.but(what=_NOT_KNOWN, why=f"{lost.why}; {error.what}: {error.why}") from error
    return None


def _pause(seconds: float, world: Surroundings, what: str, trouble: ApiError) -> None:
    left_s = world.left_s()
    next_step = "`pulumi up` looks for a job that may have been made before it submits one."
    if left_s <= 0:
        passed = f"the timeout of {durations.format(world.timeout)} passed"
        raise TuningJobTimeoutError(what, why=f"{passed}; {trouble.why}", next_step=next_step)
    if world.pause(min(seconds, left_s)):
        raise WaitInterruptedError(what, why=f"interrupted; {trouble.why}", next_step=next_step)
