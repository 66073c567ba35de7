"""What the core found out, as the host takes it: the answers to Diff and Read, the same for every kind of resource."""

from collections.abc import Collection

from pulumi.dynamic import DiffResult, ReadResult

from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.core.outcomes import Found, Plan
from pulumi_ctune.dynamic import values


def diff(plan: Plan, *, beyond_inputs: Collection[str] = ()) -> DiffResult:
    """The answer to Diff. `beyond_inputs` are the entries of a plan that are about no input, such as a failed job."""
    if not plan.changes:
        return DiffResult(changes=False)
    # None lets the engine compare the inputs itself: it shows them key by key then, and `replaceOnChanges` works. What
    # is not about inputs it cannot see.
    seen_by_engine = not {*plan.replaces, *plan.updates, *plan.possible} & {*beyond_inputs}
    return DiffResult(changes=None if seen_by_engine else True, replaces=list(plan.replaces))


def read(id_: str, found: Found | None, *, recorded: bool, absent: str) -> ReadResult:
    """The answer to Read. `recorded` is whether there is a state; without one `.get()` asks.

    Raises:
        InvalidInputError: `absent`, to `.get()`, where "gone" would be taken for an empty resource.
    """
    if found is not None:
        return ReadResult(id_, values.outgoing(found.state), values.outgoing(found.inputs))
    if not recorded:
        raise InvalidInputError(absent, where=id_)
    return ReadResult("", {})
