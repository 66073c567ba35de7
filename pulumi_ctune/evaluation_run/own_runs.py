"""Find the run that an earlier `up` left behind, so that it is taken over instead of made twice.

A run is this state entry's own by the token that it was made with (`core.ownership`), in its labels, and at the end of
its display name, since lists show no labels. Of these, newest first:

    the saved state holds it          passed over: a forced replacement asks for another one
    ended without success             passed over
    the same work                     adopted
    other work, still going           cancelled: no state holds it
    other work, ended                 passed over
"""

import re
from collections.abc import Callable, Collection
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
    """What was found. `held` tells that the saved state of this entry holds a run with the token."""

    adoptable: EvaluationRun | None = None
    stale: list[EvaluationRun] = field(default_factory=list)
    held: bool = False


def display_name(owner: Owner, work: str, token: str) -> str:
    """For people, and closing with what finds the run again."""
    return f"{owner.name[:_LONGEST_NAME]}-{work}-{token}"


def find_own_runs(vertex: Vertex, request: Request, token: str, held: Callable[[], Collection[str]]) -> OwnRuns:
    """One list; one read for a run that may be adopted. `held` are the runs that the saved state holds, asked for once
    there is one to decide about. Raises `ApiError`.
    """
    found = OwnRuns()
    own = [run for run in vertex.list_evaluation_runs(request.parent) if _marks(run)[1] == token]
    for run in sorted(own, key=lambda run: run.create_time or _LONG_AGO, reverse=True):
        if run.name in held():
            found.held = True
            continue
        if run.state in (FAILED, CANCELLED):
            continue
        if _marks(run)[0] == request.key:
            found.adoptable = found.adoptable or vertex.get_evaluation_run(run.name)
        elif not is_final(run):
            found.stale.append(run)
    return found


def _marks(run: EvaluationRun) -> tuple[str, str]:
    """The work and the token that a run was made with."""
    if token := run.labels.get(ownership.TOKEN):
        return run.labels.get(ownership.INPUTS, ""), token
    closing = _MARKS.search(run.display_name)
    return (closing[1], closing[2]) if closing else ("", "")
