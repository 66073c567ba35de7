"""What holds where nobody has said otherwise, for those who must agree on it."""

from datetime import timedelta

POLL_INTERVAL = timedelta(seconds=60)
"""The longest pause between two looks at a job, as in Google's own samples."""

HEARTBEAT = timedelta(seconds=30)
"""The longest time for which a status line stays as it is while somebody watches."""
