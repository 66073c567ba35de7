"""One Create, Update, Delete or Read under way: the call it serves, a watch to wait on, and a status line."""

from dataclasses import dataclass

from pulumi_ctune.core.kind import Call
from pulumi_ctune.verbs import status
from pulumi_ctune.verbs.interruption import Watch


@dataclass(frozen=True)
class LongVerb:
    """What a front makes for each long verb, in the thread that serves it."""

    call: Call
    watch: Watch
    line: status.StatusLine

    def log(self, text: str, severity: status.Severity = status.Severity.INFO) -> None:
        """Put a line that stays into the resource's diagnostics."""
        status.log(text, urn=self.call.urn, severity=severity)
