"""The tokens of the state entries that a run of Pulumi checks and compares, by URN: a part of the process's `Run`.

A check has no state, only old inputs, and of a resource that is replaced not even those. So the check before it, or the
diff, tells which entry is replaced. What a token is, `core.ownership` says.
"""

import threading
from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.ownership import first_token, next_token, token_of


class EntryTokens:
    """Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[str, str] = {}  # by URN; of the entry in the state

    def note_check(self, urn: str, organization: str, old_inputs: Mapping[str, Any]) -> str:
        """Note a check; returns the token of the state entry that is checked.

        `old_inputs` are those of the entry in the state; without any, the resource is new or about to be replaced.
        """
        with self._lock:
            if old_inputs.get(OWNER):
                found = self._tokens[urn] = token_of(old_inputs)
            else:
                replaced = self._tokens.get(urn)
                found = next_token(replaced) if replaced else ""
        return found or first_token(organization, urn)

    def note_diff(self, urn: str, token: str) -> None:
        """Note the token in a state; a create may have found that it needs another one than was checked."""
        if token:
            with self._lock:
                self._tokens[urn] = token
