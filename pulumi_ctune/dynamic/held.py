"""Which things at Google the resources of this run have: a delete takes nothing away from its successor, and no two
resources have the same.

A replacement and a renamed resource are created before the old one is deleted. Where both mean the very same alias or
deployment, the old one's delete must leave it to the new one. This is known to the process, since the two may go
through different instances of one provider: Pulumi's host keeps one for each spelling of it (see `providers`).
"""

import threading


class Held:
    """What resources have after this run, as far as the run has come; by id. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._id_of: dict[str, str] = {}  # by URN

    def note(self, urn: str, id_: str) -> None:
        with self._lock:
            self._id_of[urn] = id_

    def holds(self, id_: str) -> bool:
        with self._lock:
            return id_ in self._id_of.values()

    def by_others(self, urn: str) -> set[str]:
        """What other resources than this one have."""
        with self._lock:
            return {id_ for other, id_ in self._id_of.items() if other != urn}


ALIASES = Held()
"""The aliases that the resources of this run have."""

DEPLOYMENTS = Held()
"""The deployments that the resources of this run have."""
