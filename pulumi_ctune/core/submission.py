"""Submit something that costs money exactly once: a tuning job, an evaluation run.

A request whose answer was lost may have made one, and the API has no request id. So nothing is ever sent again before
the list, which may lag behind, has been asked repeatedly and has answered that there is none, for as long as the first
request may still take effect. What that is:

    no connection was made                       nothing was sent: it is sent again
    Google refused (400, 401, 403, 404)          nothing was made: final
    429                                          nothing was made: waited out
    a refusal for the sake of a service account  nothing was made: grants take minutes to arrive, so it is tried again
    Google's own 5xx                             the request has ended: looked up for half a minute, as lists lag behind
    no answer, a proxy's answer, other 4xx       it may still be on its way: looked up for `REQUEST_ON_ITS_WAY`

A request that takes effect later than that, and a list that shows what was made later, cannot be told from a request
that was lost: then a second one is made. Knows neither HTTP nor Pulumi, nor what is sent.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pulumi_ctune.core import durations
from pulumi_ctune.core.errors import (
    ApiError,
    BadRequestError,
    CredentialsError,
    CtuneError,
    QuotaExceededError,
    TuningJobTimeoutError,
    UnavailableError,
    WaitInterruptedError,
)
from pulumi_ctune.core.retry import WaitContext, pause_after
from pulumi_ctune.core.retry_policies import LATE_LIST, REQUEST_ON_ITS_WAY

_GRANTS_ARRIVE_WITHIN_S = 420.0  # https://cloud.google.com/iam/docs/access-change-propagation: two to seven minutes
_ABOUT_GRANTS = re.compile(r"serviceAccountTokenCreator|iam\.serviceAccounts\.|service account", re.IGNORECASE)

_Made = TypeVar("_Made")


@dataclass(frozen=True)
class Submission(Generic[_Made]):
    """What is submitted: `send` makes it with one request, `look_up` finds it by its labels.

    `noun` is what it is called (`tuning job`), `not_made` and `not_known` what an error says first where nothing was
    made, and where nobody knows. `needs_grants`: it runs as a service account, whose grants may be minutes old.
    """

    noun: str
    not_made: str
    not_known: str
    send: Callable[[], _Made]
    look_up: Callable[[], _Made | None]
    needs_grants: bool = False

    @property
    def next_step(self) -> str:
        return f"`pulumi up` looks for a {self.noun.split()[-1]} that may have been made before it submits one."


def submit_once(submission: Submission[_Made], context: WaitContext) -> _Made:
    """Return the one thing that this request made.

    Rides out quota, outages and a lost network until `context.timeout`. Raises `WaitInterruptedError`,
    `TuningJobTimeoutError` or the API's final refusal.
    """
    return _Attempts(submission, context).run()


class _Attempts(Generic[_Made]):
    def __init__(self, submission: Submission[_Made], context: WaitContext) -> None:
        self._asked = submission
        self._context = context
        self._what = submission.not_made
        self._has_reported_grants = False

    def run(self) -> _Made:
        attempt = 0
        while True:
            try:
                return self._asked.send()
            except WaitInterruptedError as error:
                raise error.but(what=self._asked.not_known, next_step=self._asked.next_step) from error
            except CredentialsError as error:
                raise error.explaining(self._what, where=error.where) from error
            except ApiError as error:
                made = self._after(error)
                if made is not None:
                    return made
                attempt += 1
                self._pause(pause_after(error, attempt, self._context), error)

    def _after(self, error: ApiError) -> _Made | None:
        """What the request made nevertheless; None where it may be sent again. Raises what is final."""
        report = self._context.report
        if isinstance(error, QuotaExceededError):
            report.status(f"waiting for quota: {error.why}")
            return None
        if error.never_sent and not isinstance(error, BadRequestError):  # one that cannot be built never will be
            report.status(f"Vertex AI is out of reach, still trying: {error.why}")
            return None
        if error.proves_nothing_was_made:
            self._raise_unless_about_grants(error)
            return None
        self._what = self._asked.not_known
        report.status(f"the answer to the submission was lost, looking for the {self._short}: {error.why}")
        made = self._lost(error)
        if made is not None:
            return made
        if isinstance(error, UnavailableError):
            return None
        raise error.explaining(self._asked.not_known, where=error.where) from error

    def _raise_unless_about_grants(self, error: ApiError) -> None:
        about_grants = self._asked.needs_grants and _ABOUT_GRANTS.search(error.why)
        if not about_grants or self._context.now() - self._context.began > _GRANTS_ARRIVE_WITHIN_S:
            raise error.explaining(self._what, where=error.where) from error
        self._context.report.status(f"waiting for the grants of the service account: {error.why}")
        if not self._has_reported_grants:
            self._has_reported_grants = True
            limit = round(_GRANTS_ARRIVE_WITHIN_S / 60)
            self._context.report.warn(
                f"Vertex AI refuses the service account, which grants that are minutes old explain: trying again for "
                f"{limit} minutes ({error.why})"
            )

    @property
    def _short(self) -> str:
        return self._asked.noun.split()[-1]

    def _lost(self, lost: ApiError) -> _Made | None:
        """What the lost request made, or None once every look-up has *answered* that there is none."""
        ended = isinstance(lost, UnavailableError) and lost.from_google
        policy = LATE_LIST if ended else REQUEST_ON_ITS_WAY
        began, answers = self._context.now(), 0
        while True:
            self._pause(policy.pause_s(answers + 1), lost)
            try:
                made = self._asked.look_up()
                if made is not None:
                    return made
                if self._context.now() - began >= policy.within_s:
                    return None
                answers += 1
            except (UnavailableError, QuotaExceededError) as error:
                self._context.report.status(
                    f"the list of {self._asked.noun}s cannot be read, still trying: {error.why}"
                )
            except CtuneError as error:
                raise error.but(what=self._asked.not_known, why=f"{lost.why}; {error.what}: {error.why}") from error

    def _pause(self, seconds: float, trouble: ApiError) -> None:
        left_s = self._context.left_s()
        if left_s <= 0:
            passed = f"the timeout of {durations.format(self._context.timeout)} passed"
            raise TuningJobTimeoutError(self._what, why=f"{passed}; {trouble.why}", next_step=self._asked.next_step)
        if self._context.pause(min(seconds, left_s)):
            raise WaitInterruptedError(self._what, why=f"interrupted; {trouble.why}", next_step=self._asked.next_step)
