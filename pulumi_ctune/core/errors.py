"""The errors that a user of `pulumi_ctune` can meet, and how they read.

One line, four parts: what happened, where (resource and field, as the user typed it), why (Google's words where they
are known), and what to do next. Knows neither Pulumi nor requests: `vertex.errors` turns answers of the API into these,
`dynamic` shows them.

    CtuneError
    ├── InvalidInputError           an input that no request could make right
    ├── SourceNotFoundError         model, version, alias or checkpoint to continue from does not exist
    ├── RequirementNotMetError      a version misses a limit of `require`; nothing was changed
    ├── CredentialsError            no usable Google credentials
    ├── TuningJobFailedError        the job reached a final state without a tuned model
    │   └── BudgetExceededError     it was cancelled, since what the service counts is above the budget
    ├── EvaluationFailedError       an evaluation run failed or was cancelled
    ├── TuningJobTimeoutError       the timeout passed; the job goes on at Google
    ├── WaitInterruptedError        a wait was cut short (Ctrl-C); what is under way at Google goes on
    └── ApiError                    the API answered with an error, or not at all
        ├── BadRequestError         400, 409, 412 and other 4xx, 501: final, sending it again changes nothing; also a
        │                           404 that is not Google's own
        ├── PermissionDeniedError   401, 403
        ├── NotFoundError           404, by Google
        ├── QuotaExceededError      429
        └── UnavailableError        408, other 5xx, network, DNS, TLS: may pass by itself
"""

import copy
from collections.abc import Mapping
from typing import Any, Self

from pulumi_ctune.core.printable import one_line

NOT_SUBMITTED = "no tuning job was submitted"
"""What an error says first where money hangs on it: nothing was sent that could have made a job."""

GRPC_CODES: Mapping[int, tuple[str, int]] = {
    1: ("CANCELLED", 499),
    2: ("UNKNOWN", 500),
    3: ("INVALID_ARGUMENT", 400),
    4: ("DEADLINE_EXCEEDED", 504),
    5: ("NOT_FOUND", 404),
    6: ("ALREADY_EXISTS", 409),
    7: ("PERMISSION_DENIED", 403),
    8: ("RESOURCE_EXHAUSTED", 429),
    9: ("FAILED_PRECONDITION", 400),
    10: ("ABORTED", 409),
    11: ("OUT_OF_RANGE", 400),
    12: ("UNIMPLEMENTED", 501),
    13: ("INTERNAL", 500),
    14: ("UNAVAILABLE", 503),
    15: ("DATA_LOSS", 500),
    16: ("UNAUTHENTICATED", 401),
}
"""google.rpc.Code, which jobs and operations end with -> its name, and the HTTP status that Google pairs it with.

https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
"""

_UNAUTHENTICATED = 401

# Together below `verbs.error_status.LONGEST_TEXT`: a long answer must not cost the next step, the last part.
_LONGEST_WHY = 2_000  # characters
_LONGEST_PART = 600
_REFUSALS = frozenset((400, 401, 403, 404, 429))
"""Answers that Google gives before it does anything. 409 and 499 also come after the work was done."""


class CtuneError(Exception):
    """Something foreseeable went wrong. `str()` is the one line that the user reads.

    `what` is a clause without a final full stop, `why` and `next_step` are free text; all but `what` may be empty.
    """

    never_sent = False
    """Whether the request that this is about certainly never left this process (no token, no connection)."""

    def __init__(self, what: str, *, where: str = "", why: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.next_step = next_step

    def __str__(self) -> str:
        line = one_line(self.what, _LONGEST_PART)
        if where := one_line(self.where, _LONGEST_PART):
            line += f" [{where}]"
        if why := one_line(self.why, _LONGEST_WHY):
            line += f": {why}"
        if next_step := one_line(self.next_step, _LONGEST_PART):
            line += f" {next_step}" if line.endswith((".", "!", "?")) else f". {next_step}"
        return line

    @property
    def proves_nothing_was_made(self) -> bool:
        """Whether a request that makes something certainly made nothing. False: nobody knows."""
        return self.never_sent

    def but(self, **parts: Any) -> Self:
        """A copy with some of the parts replaced: a caller knows better what failed, and where."""
        other = copy.copy(self)
        other.__dict__.update(parts)
        return other

    def explaining(self, what: str, *, where: str) -> Self:
        """A copy that says `what` did not happen, and `where`; what this error says itself is the reason."""
        return self.but(what=what, where=where, why=f"{self.what}: {self.why}")


class InvalidInputError(CtuneError):
    """An input that no request could make right."""


class SourceNotFoundError(CtuneError):
    """The model, version, alias or checkpoint to continue from does not exist."""


class RequirementNotMetError(CtuneError):
    """A version misses a limit of `require`; nothing was changed."""


class CredentialsError(CtuneError):
    """No usable Google credentials."""

    never_sent = True


class TuningJobFailedError(CtuneError):
    """The job reached a final state without a tuned model."""


class BudgetExceededError(TuningJobFailedError):
    """The service's count of the dataset is above the budget: the job was cancelled."""


class EvaluationFailedError(CtuneError):
    """An evaluation run failed or was cancelled."""


class TuningJobTimeoutError(CtuneError):
    """The timeout passed while the job was still going; it goes on at Google."""


class WaitInterruptedError(CtuneError):
    """A wait was cut short; what is under way at Google (a job, an operation) goes on."""


class ApiError(CtuneError):
    """The API answered with an error, or not at all.

    `code` is the HTTP status (0 when there was no answer), `status` Google's word for it (`INVALID_ARGUMENT`),
    `retry_after_s` what the server asked for, in seconds. `from_google`: the answer is Google's own error document, and
    not the page of a proxy or a portal on the way.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        why: str = "",
        next_step: str = "",
        code: int = 0,
        status: str = "",
        retry_after_s: float | None = None,
        from_google: bool = False,
        never_sent: bool = False,
    ) -> None:
        super().__init__(what, where=where, why=why, next_step=next_step)
        self.code = code
        self.status = status
        self.retry_after_s = retry_after_s
        self.from_google = from_google
        self.never_sent = never_sent

    @property
    def is_unauthenticated(self) -> bool:
        """Whether the token was rejected (401), which says nothing about permissions: another token may do."""
        return self.code == _UNAUTHENTICATED

    @property
    def is_conflict(self) -> bool:
        """Whether the resource has changed meanwhile, or is not ready yet: another look, or some time, may help."""
        return self.status in ("ABORTED", "FAILED_PRECONDITION")

    @property
    def proves_nothing_was_made(self) -> bool:
        return self.never_sent or (self.from_google and self.code in _REFUSALS)

    def explaining(self, what: str, *, where: str) -> Self:
        """As above. The answer alone is the reason: which request it answered is of no use to the reader."""
        return self.but(what=what, where=where)


class BadRequestError(ApiError):
    """A 4xx or 501 that is final: sending the same request again changes nothing."""


class PermissionDeniedError(ApiError):
    """401 or 403."""


class NotFoundError(ApiError):
    """404 in the API's own words: it is certain that there is no such thing. A 404 of somebody on the way, a proxy or a
    portal, is a `BadRequestError`.
    """


class QuotaExceededError(ApiError):
    """429: too many requests or jobs."""


class UnavailableError(ApiError):
    """408, 5xx but 501, or no answer: it may pass by itself, and a request that was sent may have been carried out."""
