"""What Create, Update, Delete and Read start with in the dynamic host; Check and Diff need none of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from pulumi_ctune.dynamic import calls, host
from pulumi_ctune.verbs import status
from pulumi_ctune.verbs.interruption import Watch
from pulumi_ctune.verbs.long_verb import LongVerb


@contextmanager
def begin(call: calls.Call) -> Iterator[LongVerb]:
    """All that the long verb for this call needs; the body is the verb, in the thread that the host called it in."""
    with host.settled():
        if warning := host.take_warning():
            status.log(warning, severity=status.Severity.WARNING)
        yield LongVerb(call, Watch(call), status.StatusLine(call.urn))
