"""How long, and how often, what failed is tried again: every pause of the package that follows a rule, by name.

Owns numbers and no loop: `retry` and those who wait go by them. Only the pauses between two looks at a running job are
not here, as they grow with the job's age (`tuning_job.wait`).
"""

import random
from dataclasses import dataclass
from math import inf

_JITTER = 0.05  # of a pause
_MOST_STEPS = 64  # beyond that no pause grows any more


@dataclass(frozen=True)
class RetryPolicy:
    """The pause after the first failure, what each later one is multiplied with, and when there is no more.

    `tries` counts the calls, the first one included; `within_s` is measured from the first one on. `polls`: no pause is
    longer than the stack's `pollInterval`. A server that asks for a longer pause gets it, see `retry.Retries`.
    """

    first_s: float
    factor: float = 1.0
    longest_s: float = inf
    tries: float = inf
    within_s: float = inf
    polls: bool = False
    jittered: bool = False

    def pause_s(self, failures: int, *, poll_interval_s: float = inf) -> float:
        """Seconds to wait after so many failures, 1 for the first."""
        longest_s = min(self.longest_s, poll_interval_s if self.polls else inf)
        growing_s = self.first_s * self.factor ** min(failures - 1, _MOST_STEPS)
        return jittered(min(growing_s, longest_s)) if self.jittered else min(growing_s, longest_s)


def jittered(seconds: float) -> float:
    """A pause that is a little shorter by chance, so that many resources do not ask in step."""
    return seconds * random.uniform(1 - _JITTER, 1)


OUT_OF_REACH = RetryPolicy(2.0, factor=2.0, longest_s=1024.0, polls=True, jittered=True)
"""Quota, outages, a lost network: as long as the verb may take."""

OPERATION = RetryPolicy(1.0, factor=1.5, longest_s=10.0, polls=True)
"""Between two looks at a long-running operation: a deployment takes minutes, and somebody may be watching."""

READ = RetryPolicy(0.5, factor=2.0, tries=3, within_s=10.0)
"""A read by the client itself, before those who wait hear of it."""

PART_OF_OBJECT = RetryPolicy(0.5, factor=2.0, tries=5)
"""Of a content that is read in parts: as long as bytes come, a cut costs nothing, so these are in a row without any."""

BUSY = RetryPolicy(5.0, within_s=120.0)
"""After undeploying, deleting a version is refused for about a minute."""

CONFLICTING_EDIT = RetryPolicy(1.0, tries=4)
"""Somebody else has written to a version or an endpoint between our look and our write."""

CONFLICTING_SPLIT = RetryPolicy(1.0, tries=10)
"""The same of a traffic split, which every deployment on the endpoint changes."""

REFUSED_CANCELLATION = RetryPolicy(5.0, tries=4)
"""A job that cannot be cancelled and does not say yet that it has ended."""

LATE_FIELDS = RetryPolicy(5.0, within_s=60.0)
"""Observed 2026-10-01: `serviceAccount` is in no answer for the first 31 seconds of a job."""

LATE_EXPERIMENT = RetryPolicy(5.0, within_s=90.0)
"""Recorded: no experiment is named within the first 41 seconds of a job."""

LATE_LIST = RetryPolicy(1.0, factor=2.0, longest_s=16.0, within_s=31.0)
"""How long a list may lag behind is documented nowhere; half a second was recorded."""

REQUEST_ON_ITS_WAY = RetryPolicy(1.0, factor=2.0, longest_s=16.0, within_s=150.0)
"""A request is carried out within its own time limit of a minute, or never; twice that and some."""

TAKEN_ID = RetryPolicy(5.0, within_s=10.0)
"""An id that stays taken, while nothing on the endpoint has it and nothing is under way."""

TAKEN_ID_UNSEEN = RetryPolicy(5.0, within_s=1800.0)
"""The same, where what is under way cannot be seen: a deployment takes minutes."""

GRANTS = RetryPolicy(5.0, factor=1.5, longest_s=30.0, within_s=420.0)
"""Of a copy: two to seven minutes, https://cloud.google.com/iam/docs/access-change-propagation."""
