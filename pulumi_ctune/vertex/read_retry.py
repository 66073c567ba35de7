"""Repeat a read that may pass by itself: at most three times within ten seconds.

For reads only; nothing that writes comes here. Looking at a running job does not either: the core's wait has more
patience than this.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from pulumi_ctune.core.errors import ApiError, QuotaExceededError, UnavailableError
from pulumi_ctune.core.retry_policies import READ

T = TypeVar("T")


def reading(read: Callable[[], T], sleep: Callable[[float], None]) -> T:
    """What `read` returns. 429, 5xx and network trouble are tried again, after the pause that the server asked for.

    A 401 is tried again once, because the session gets another token after one.
    """
    import tenacity

    retrying = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(int(READ.tries)) | tenacity.stop_before_delay(READ.within_s),
        wait=_pause_s,
        retry=_may_pass,
        sleep=sleep,
        reraise=True,
    )
    return retrying(read)


def _may_pass(state: Any) -> bool:
    error = state.outcome.exception()
    if isinstance(error, ApiError) and error.is_unauthenticated:
        return bool(state.attempt_number == 1)
    return isinstance(error, QuotaExceededError | UnavailableError)


def _pause_s(state: Any) -> float:
    asked_for = getattr(state.outcome.exception(), "retry_after_s", None) or 0.0
    return max(float(asked_for), READ.pause_s(state.attempt_number))
