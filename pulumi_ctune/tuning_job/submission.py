"""Submit a tuning job exactly once.

A request whose answer was lost may have made a job, and the API has no request id. So nothing is ever sent again
before the list of jobs, which may lag behind, has been asked repeatedly and has answered that there is none, for as
long as the first request may still take effect. What that is:

    no connection was made                       nothing was sent: it is sent again
    Google refused (400, 401, 403, 404)          nothing was made: final
    429                                          nothing was made: waited out
    a refusal for the sake of a service account  nothing was made: grants take minutes to arrive, so it is tried again
    Google's own 5xx                             the request has ended: looked up for half a minute, as lists lag behind
    no answer, a proxy's answer, other 4xx       it may still be on its way: looked up for `REQUEST_ON_ITS_WAY`

A request that takes effect later than that, and a list that shows a job later, cannot be told from a request that was
lost: then a second job is made. Knows neither HTTP nor Pulumi. What is sent is built by `request`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from pulumi_ctune.core import durations
from pulumi_ctune.core.api import TuningJob, Vertex
from pulumi_ctune.core.errors import (
    NOT_SUBMITTED,
    ApiError,
    BadRequestError,
    CredentialsError,
    CtuneError,
    QuotaExceededError,
    TuningJobTimeoutError,
    UnavailableError,
    WaitInterruptedError,
)
from pulumi_ctune.core.retry import Surroundings, pause_after
from pulumi_ctune.core.retry_policies import LATE_LIST, REQUEST_ON_ITS_WAY
from pulumi_ctune.tuning_job.request import Request

_GRANTS_ARRIVE_WITHIN_S = 420.0  # https://cloud.google.com/iam/docs/access-change-propagation: two to seven minutes
_ABOUT_GRANTS = re.compile(r"serviceAccountTokenCreator|iam\.serviceAccounts\.|service account", re.IGNORECASE)
_NOT_KNOWN = "it is not known whether a tuning job was submitted"


def submit_once(
    vertex: Vertex,
    request: Request,
    body: Mapping[str, Any],
    look_up: Callable[[], TuningJob | None],
    world: Surroundings,
) -> TuningJob:
    """Return the one job that this request made; `body` is what is sent.

    `look_up` finds it by its labels. Rides out quota, outages and a lost network until `world.timeout`. Raises
    `WaitInterruptedError`, `TuningJobTimeoutError` or the API's final refusal.
    """
    return _Submission(vertex, request, body, look_up, world).run()


class _Submission:
    def __init__(
        self,
        vertex: Vertex,
        request: Request,
        body: Mapping[str, Any],
        look_up: Callable[[], TuningJob | None],
        world: Surroundings,
    ) -> None:
        self._vertex = vertex
        self._request = request
        self._body = body
        self._look_up = look_up
        self._world = world
        self._what = NOT_SUBMITTED
        self._told_of_grants = False

    def run(self) -> TuningJob:
        attempt = 0
        while True:
            try:
                return self._vertex.submit(self._request.project, self._request.location, self._body)
            except WaitInterruptedError as error:
                raise error.but(what=_NOT_KNOWN, next_step=_NEXT_STEP) from error
            except CredentialsError as error:
                raise error.explaining(self._what, where=error.where) from error
            except ApiError as error:
                if job := self._after(error):
                    return job
                attempt += 1
                self._pause(pause_after(error, attempt, self._world), error)

    def _after(self, error: ApiError) -> TuningJob | None:
        """The job that the request made nevertheless; None where it may be sent again. Raises what is final."""
        report = self._world.report
        if isinstance(error, QuotaExceededError):
            report.status(f"waiting for quota: {error.why}")
            return None
        if error.never_sent and not isinstance(error, BadRequestError):  # one that cannot be built never will be
            report.status(f"Vertex AI is out of reach, still trying: {error.why}")
            return None
        if error.proves_nothing_was_made:
            self._raise_unless_about_grants(error)
            return None
        self._what = _NOT_KNOWN
        report.status(f"the answer to the submission was lost, looking for the job: {error.why}")
        if job := self._lost_job(error):
            return job
        if isinstance(error, UnavailableError):
            return None
        raise error.explaining(_NOT_KNOWN, where=error.where) from error

    def _raise_unless_about_grants(self, error: ApiError) -> None:
        about_grants = bool(self._request.service_account) and _ABOUT_GRANTS.search(error.why)
        if not about_grants or self._world.now() - self._world.began > _GRANTS_ARRIVE_WITHIN_S:
            raise error.explaining(self._what, where=error.where) from error
        self._world.report.status(f"waiting for the grants of the service account: {error.why}")
        if not self._told_of_grants:
            self._told_of_grants = True
            limit = round(_GRANTS_ARRIVE_WITHIN_S / 60)
            self._world.report.warn(
                f"Vertex AI refuses the service account, which grants that are minutes old explain: trying again for "
                f"{limit} minutes ({error.why})"
            )

    def _lost_job(self, lost: ApiError) -> TuningJob | None:
        """The job that the lost request made, or None once every look-up has *answered* that there is none."""
        ended = isinstance(lost, UnavailableError) and lost.from_google
        policy = LATE_LIST if ended else REQUEST_ON_ITS_WAY
        began, answers = self._world.now(), 0
        while True:
            self._pause(policy.pause_s(answers + 1), lost)
            try:
                if job := self._look_up():
                    return job
                if self._world.now() - began >= policy.within_s:
                    return None
                answers += 1
            except (UnavailableError, QuotaExceededError) as error:
                self._world.report.status(f"the list of tuning jobs cannot be read, still trying: {error.why}")
            except CtuneError as error:
                raise error.but(what=_NOT_KNOWN, why=f"{lost.why}; {error.what}: {error.why}") from error

    def _pause(self, seconds: float, trouble: ApiError) -> None:
        left_s = self._world.left_s()
        if left_s <= 0:
            passed = f"the timeout of {durations.format(self._world.timeout)} passed"
            raise TuningJobTimeoutError(self._what, why=f"{passed}; {trouble.why}", next_step=_NEXT_STEP)
        if self._world.pause(min(seconds, left_s)):
            raise WaitInterruptedError(self._what, why=f"interrupted; {trouble.why}", next_step=_NEXT_STEP)


_NEXT_STEP = "`pulumi up` looks for a job that may have been made before it submits one."
