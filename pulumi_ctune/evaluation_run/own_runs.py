"""Find the run that an earlier `up` left behind, so that it is taken over instead of made twice.

A run is this state entry's own by the token that it was made with (`core.ownership`), in its labels, and at the end of
its display name, since lists show no labels. Of these, newest first:

    the saved state holds it, or one  passed over: a forced replacement asks for another one
    that has come after it
    ended without success             passed over
    the same work                     adopted
    other work, still going           cancelled: no state holds it
    other work, ended                 passed over
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pulumi_ctune.core import ownership
from pulumi_ctune.core.api import EvaluationRun, Vertex
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.evaluation_run.request import Request
from pulumi_ctune.evaluation_run.wait import CANCELLED, FAILED, is_final

_MARKS = re.compile(r"-([0-9a-f]{20})-([0-9a-f]{20})$")
_LONGEST_NAME = 80  # characters for people in a display name of 128
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass
class OwnRuns:
    """What was found. `held` is the token of the entry in the saved state that another one is to replace; empty where
    there is none.
    """

    adoptable: EvaluationRun | None = None
    stale: list[EvaluationRun] = field(default_factory=list)
    held: str = ""


def display_name(owner: Owner, work: str, token: str) -> str:
    """For people, and closing with what finds the run again."""
    return f"{owner.name[:_LONGEST_NAME]}-{work}-{token}"


def find_own_runs(vertex: Vertex, request: Request, token: str, held: Callable[[], Mapping[str, str]]) -> OwnRuns:
    """One list; one read for a run that may be adopted. `held` are the runs that the saved state holds with the tokens
    of their entries, asked for once there is one to decide about. Raises `ApiError`.
    """
    own = [run for run in vertex.list_evaluation_runs(request.parent) if _marks(run)[1] == token]
    if own and (entry := _entry(token, {run.name for run in own}, held())):
        return OwnRuns(held=entry)
    found = OwnRuns()
    for run in sorted(own, key=lambda run: run.create_time or _LONG_AGO, reverse=True):
        if run.state in (FAILED, CANCELLED):
            continue
        if _marks(run)[0] == request.key:
            found.adoptable = found.adoptable or vertex.get_evaluation_run(run.name)
        elif not is_final(run):
            found.stale.append(run)
    return found


def _entry(token: str, own: Collection[str], held: Mapping[str, str]) -> str:
    """The token of the entry that the saved state holds of a resource whose first entry has this token."""
    later = (each for each in held.values() if each and ownership.descends(each, token))
    return next(later, token if any(name in held for name in own) else "")


def _marks(run: EvaluationRun) -> tuple[str, str]:
    """The work and the token that a run was made with."""
    if token := run.labels.get(ownership.TOKEN):
        return run.labels.get(ownership.INPUTS, ""), token
    closing = _MARKS.search(run.display_name)
    return (closing[1], closing[2]) if closing else ("", "")
