"""Do the steps that are still to be done, and take away what is left of them.

What Google refuses is a finding, and the run goes on with what does not rest on it. What may pass (no network, no
sign-in, Ctrl-C) ends the run as it is: the next one resumes it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pulumi_ctune.conformance.journal import Entry, Journal, Status
from pulumi_ctune.conformance.points import POINTS, Point
from pulumi_ctune.conformance.recorder import Recorder
from pulumi_ctune.conformance.step import Points, Step, StepContext
from pulumi_ctune.conformance.steps import STEPS
from pulumi_ctune.conformance.workload import Cost
from pulumi_ctune.core import amounts
from pulumi_ctune.core.errors import (
    ApiError,
    CredentialsError,
    CtuneError,
    PermissionDeniedError,
    TuningJobTimeoutError,
    UnavailableError,
    WaitInterruptedError,
)
from pulumi_ctune.core.run import begin_run

_MAY_PASS = (UnavailableError, CredentialsError, WaitInterruptedError, TuningJobTimeoutError)
_NONE: Points = {}
HOLDS, HOLDS_NOT, NOT_REACHED = "holds", "does not hold", "not reached"
REMOVAL = "remove-"
"""How the steps that take something away are called in recordings."""


@dataclass(frozen=True)
class Verdict:
    """What the run says of a point; `seen` is the evidence, or why there is none."""

    point: Point
    answer: str
    seen: str


def do_steps(context: StepContext, recorder: Recorder, cost: Cost, tell: Callable[[str], None]) -> None:
    """Raises `CtuneError` where the run cannot go on now."""
    journal = context.journal
    begin_run()
    for number, step in enumerate(STEPS, 1):
        entry = journal.entries.get(step.id)
        if entry and entry.status != "begun":
            continue
        if why := _why_not(step, journal, cost, context.service.plan.budget_usd):
            journal.note(step.id, Entry("skipped", why=why))
            tell(f"{number}/{len(STEPS)} {step.title}: left out, {why}")
            continue
        tell(f"{number}/{len(STEPS)} {step.title}")
        if not entry:
            journal.note(step.id, Entry("begun"))  # before anything is sent
        recorder.step = step.id
        status: Status = "done"
        points, why = _NONE, ""
        try:
            points = step.do(context)
        except CtuneError as error:
            if _may_pass(error) or (step.is_first and isinstance(error, PermissionDeniedError)):
                raise
            status, why = "refused", str(error)
        except (LookupError, TypeError, ValueError) as error:  # of an answer in which something else stands
            status, why = "refused", f"an answer is not what this package expects: {error!r}"
        if why:
            tell(f"  {why}")
        entry = journal.entries[step.id]
        entry.status, entry.why, entry.points = status, why, {**entry.points, **points}
        journal.save()


def remove_all(context: StepContext, recorder: Recorder, tell: Callable[[str], None]) -> list[str]:
    """Take away what the run made, the newest first; what could not be taken away, a line each."""
    left = []
    begin_run()  # as another run of Pulumi: what this process has made is no replacement of what it takes away
    for step in reversed(STEPS):
        entry = context.journal.entries.get(step.id)
        if entry is None or entry.removed or step.remove is None or entry.status == "skipped":
            continue
        if entry.status == "refused" and not entry.state:
            continue
        tell(f"removing {step.title}")
        recorder.step = f"{REMOVAL}{step.id}"
        try:
            step.remove(context)
        except CtuneError as error:
            if _may_pass(error):
                raise
            left.append(f"{step.title}: {error}")
            continue
        context.journal.entries[step.id].removed = True
        context.journal.save()
    return left


def is_over(journal: Journal) -> bool:
    """Whether every step was done, refused or left out."""
    return all(step.id in journal.entries and journal.entries[step.id].status != "begun" for step in STEPS)


def spent_usd(journal: Journal, cost: Cost) -> float:
    """What the jobs have cost so far: by the service's count, or the upper end where it tells none."""
    spent = 0.0
    for step, most in cost.steps.items():
        entry = journal.entries.get(step)
        if entry is not None and entry.id:
            counted = entry.state.get("training_token_count")
            spent += cost.price.usd(counted) if counted else most
    return spent


def verdicts(journal: Journal) -> list[Verdict]:
    """Each of the points, in their order."""
    return [_verdict(point, journal.entries.get(point.step)) for point in POINTS]


def _verdict(point: Point, entry: Entry | None) -> Verdict:
    if not point.step:
        return Verdict(point, NOT_REACHED, point.why_not)
    if entry is None or entry.status == "begun":
        return Verdict(point, NOT_REACHED, "the run did not come so far")
    if point.id in entry.points:
        holds, seen = entry.points[point.id]
        return Verdict(point, HOLDS if holds else HOLDS_NOT, seen)
    if entry.status == "refused" and point.by_refusal:
        return Verdict(point, HOLDS_NOT, entry.why)
    return Verdict(point, NOT_REACHED, entry.why or "the step gave no answer")


def _why_not(step: Step, journal: Journal, cost: Cost, budget_usd: float) -> str:
    missing = [need for need in step.needs if need not in journal.entries or journal.entries[need].status != "done"]
    if missing:
        return f"it rests on {', '.join(missing)}"
    if step.is_paid and step.id not in journal.entries:
        would_be = spent_usd(journal, cost) + cost.steps[step.id]
        if would_be > budget_usd:
            return f"{amounts.dollars(would_be)} would be above the budget of {amounts.dollars(budget_usd)}"
    return ""


def _may_pass(error: CtuneError) -> bool:
    return isinstance(error, _MAY_PASS) or (isinstance(error, ApiError) and not error.from_google)
