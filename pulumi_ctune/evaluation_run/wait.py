"""Wait until an evaluation run ends. Leaving early never cancels: the run goes on at Google."""

from datetime import timedelta

from pulumi_ctune.core import durations
from pulumi_ctune.core.api import EvaluationRun, Vertex
from pulumi_ctune.core.errors import TuningJobTimeoutError, WaitInterruptedError
from pulumi_ctune.core.retry import WaitContext, patiently
from pulumi_ctune.core.retry_policies import OPERATION

DEFAULT_TIMEOUT = timedelta(hours=2)
"""How long create and update wait where `custom_timeouts` says nothing."""

SUCCEEDED, FAILED, CANCELLED = "SUCCEEDED", "FAILED", "CANCELLED"
FINAL = (SUCCEEDED, FAILED, CANCELLED)
_WORDS = {
    "PENDING": "pending",
    "INFERENCE": "generating answers",
    "GENERATING_RUBRICS": "generating rubrics",
    "RUNNING": "scoring",
    "GENERATING_LOSS_CLUSTERS": "grouping what was missed",
}


def is_final(run: EvaluationRun) -> bool:
    """A state that is not known is taken to go on."""
    return run.state in FINAL


def wait_for_run(vertex: Vertex, context: WaitContext, run: EvaluationRun) -> EvaluationRun:
    """Return the run in its final state, whichever that is. Raises `WaitInterruptedError`, `TuningJobTimeoutError`, or
    what reading it raised and waiting cannot mend; all leave it going.
    """
    looks = 0
    while not is_final(run):
        taken = durations.format(timedelta(seconds=round(context.now() - context.began)))
        context.report.status(_WORDS.get(run.state, run.state.lower().replace("_", " ")), detail=f"after {taken}")
        looks += 1
        pause = OPERATION.pause_s(looks, poll_interval_s=context.poll_interval.total_seconds())
        if context.left_s() <= pause:
            raise _left_alone(TuningJobTimeoutError, f"the timeout of {durations.format(context.timeout)} passed", run)
        if context.pause(min(pause, context.left_s())):
            raise _left_alone(WaitInterruptedError, "the wait was interrupted", run)
        try:
            run = patiently(lambda: vertex.get_evaluation_run(run.name), context, signed_in=True, strays=True)  # noqa: B023
        except WaitInterruptedError:
            raise _left_alone(WaitInterruptedError, "the wait was interrupted", run) from None
    return run


def _left_alone(
    kind: type[TuningJobTimeoutError | WaitInterruptedError], what: str, run: EvaluationRun
) -> TuningJobTimeoutError | WaitInterruptedError:
    return kind(
        what,
        where=run.name,
        why=f"the evaluation run goes on at Google ({_WORDS.get(run.state, run.state)})",
        next_step="`pulumi up` waits for it again.",
    )
