"""The profile `ci` of hypothesis.

Each shard has a seed, its number, so that every run plays the same sequences; `summary` tells what they covered. The
four shards play 260 sequences; `CTUNE_SEQUENCES=260` makes each of them play so many.
"""

import os

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "ci",
    max_examples=int(os.environ.get("CTUNE_SEQUENCES", "65")),
    stateful_step_count=16,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
    report_multiple_bugs=False,
    phases=[Phase.generate],  # shrinking takes minutes: drop this line to have it
)
