"""Deploy a version under the first id that Google lets it have, exactly once.

One id is tried as a small machine: look at the endpoint; where the version is not there yet, ask for it; what comes
back says how to go on.

    made            look again: it is there, or somebody took it away
    out of reach    it may have been made nevertheless: pause and look again; the id makes a repeat harmless
    taken           something has the id: pause and look for it, for a while; then the next id is tried
    refused         the end; what may still go on at Google stays noted in `Rollout.pending`
"""

from pulumi_ctune.core import operations
from pulumi_ctune.core.api import Endpoint, Operation
from pulumi_ctune.core.errors import ApiError, CtuneError, QuotaExceededError, UnavailableError
from pulumi_ctune.core.retry import Retries
from pulumi_ctune.core.retry_policies import OUT_OF_REACH, TAKEN_ID, TAKEN_ID_UNSEEN
from pulumi_ctune.deployment.rollout import Rollout, Target

_TAKEN = "ALREADY_EXISTS"  # the id is deployed, or being deployed, or was once


def deploy(rollout: Rollout, target: Target) -> Target:
    """Return the target once it is on the endpoint: with all traffic where there was none, without any elsewhere.

    Before anything is deployed, what is under way is waited for: it may be the target, of a run that was killed.
    """
    found = rollout.deployed(rollout.look(), target)
    ids = iter(target.ids)
    while not found:
        id_ = next(ids, None)
        if id_ is None:
            raise CtuneError(
                f"{target.version.name} was not deployed",
                where=rollout.endpoint,
                why=f"Google calls each of the {len(target.ids)} ids taken that it may be deployed under",
                next_step="Give the resource another name.",
            )
        found = _Attempt(rollout, target.under(id_)).run()
    rollout.pending[found.deployed_model_id] = ""
    return found


class _Attempt:
    """One id, tried until the target is there or the id is given up."""

    def __init__(self, rollout: Rollout, target: Target) -> None:
        self._rollout = rollout
        self._context = rollout.context
        self._target = target
        self._text = f"deploying {target.version.name}"
        self._outages = Retries(OUT_OF_REACH, self._context)
        self._taken: Retries | None = None  # since the id was first found taken
        self._is_unseen = False  # made, as Google says, and not on the endpoint

    def run(self) -> Target | None:
        """The target on the endpoint; None where the id is taken for good, though nothing on the endpoint has it."""
        while True:
            waited_for = self._rollout.settle_all()
            endpoint = self._rollout.look()
            if found := self._rollout.deployed(endpoint, self._target):
                return found
            if waited_for:  # what had the id may have failed
                self._taken = None
            if self._is_given_up(sees_operations=waited_for is not None):
                self._forget()
                return None
            self._ask(endpoint)

    def _is_given_up(self, *, sees_operations: bool) -> bool:
        if self._taken is None:
            return False
        is_blind = self._is_unseen or not sees_operations
        policy = TAKEN_ID_UNSEEN if is_blind else TAKEN_ID
        return self._taken.elapsed_s() >= policy.within_s

    def _ask(self, endpoint: Endpoint) -> None:
        try:
            operation = self._rollout.start(endpoint, self._target)
        except (UnavailableError, QuotaExceededError) as error:
            self._out_of_reach(error)
        except ApiError as error:
            self._refused(error, may_go_on=not error.proves_nothing_was_made)
        else:
            self._started(operation)

    def _out_of_reach(self, error: ApiError) -> None:
        self._context.report.status(f"Vertex AI is out of reach, still trying: {error.why}")
        self._outages.pause(error)

    def _started(self, operation: Operation) -> None:
        pending, id_ = self._rollout.pending, self._target.deployed_model_id
        pending[id_] = operation.name
        ended = operations.finish(self._rollout.vertex, self._context, operation, self._text, signed_in=True)
        pending[id_] = ""
        self._is_unseen = ended.error is None
        if ended.error is not None:
            self._refused(ended.error, may_go_on=False)

    def _refused(self, error: ApiError, *, may_go_on: bool) -> None:
        if error.status != _TAKEN:
            if not may_go_on:  # else the state has to know of it
                self._forget()
            raise error
        if self._taken is None:
            self._taken = Retries(TAKEN_ID, self._context)
        self._context.report.status(
            f"{self._text}: the id {self._target.deployed_model_id} is taken, looking for what has it"
        )
        self._taken.pause(error)

    def _forget(self) -> None:
        self._rollout.pending.pop(self._target.deployed_model_id, None)
