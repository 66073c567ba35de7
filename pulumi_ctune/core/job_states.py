"""What each state of a tuning job means for somebody who waits for it.

States keep the API's spelling. *Final* is not *succeeded*. A state that is not in the table is still going: the list
has grown before, and a job that is given up on still costs money.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/JobState
"""

from enum import Enum


class Meaning(Enum):
    """What to do about a state."""

    GOING = "going"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


_MEANINGS = {
    "JOB_STATE_UNSPECIFIED": Meaning.GOING,
    "JOB_STATE_QUEUED": Meaning.GOING,
    "JOB_STATE_PENDING": Meaning.GOING,
    "JOB_STATE_RUNNING": Meaning.GOING,
    "JOB_STATE_PAUSED": Meaning.GOING,
    "JOB_STATE_UPDATING": Meaning.GOING,
    "JOB_STATE_CANCELLING": Meaning.GOING,  # may still succeed
    "JOB_STATE_SUCCEEDED": Meaning.SUCCEEDED,
    "JOB_STATE_PARTIALLY_SUCCEEDED": Meaning.SUCCEEDED,  # only with a tuned model, which the callers look at
    "JOB_STATE_FAILED": Meaning.FAILED,
    "JOB_STATE_CANCELLED": Meaning.FAILED,
    "JOB_STATE_EXPIRED": Meaning.FAILED,
}


def meaning(state: str) -> Meaning:
    """The meaning of a state; unknown ones are still going."""
    return _MEANINGS.get(state, Meaning.GOING)


def is_known(state: str) -> bool:
    return state in _MEANINGS


def is_final(state: str) -> bool:
    return meaning(state) is not Meaning.GOING


def words(state: str) -> str:
    """A state for a status line: `JOB_STATE_RUNNING` is `running`, `TUNING_JOB_STATE_WAITING_FOR_QUOTA` `waiting for
    quota`.
    """
    return state.removeprefix("TUNING_").removeprefix("JOB_STATE_").replace("_", " ").lower()
