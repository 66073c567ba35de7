"""Serve any kind of resource in Pulumi's dynamic host: the one door between the host and the verbs.

Converts values, finds the call, and shows what went wrong. No secret goes out through it in a text: before a verb it
notes which inputs are secret, after it marks what the answer says of them, and a fault of our own ends as one line,
since the host would print the traceback with whatever the exception quotes. What a verb means is the kind's, how it is
run `verbs`'; nothing here knows one kind from another.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from pulumi_ctune.core import secret_inputs
from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.core.hidden import SECRETS
from pulumi_ctune.core.kind import NO_ASSETS, Failure, Kind, Values
from pulumi_ctune.core.outcomes import Plan
from pulumi_ctune.core.program_facts import PROGRAM
from pulumi_ctune.dynamic import (
    calls,
    failure,
    secret_marks,
    values,
    verb_start,
)
from pulumi_ctune.verbs import error_status
from pulumi_ctune.verbs.long_verb import LongVerb
from pulumi_ctune.verbs.runner import VerbFailed, VerbRunner

Properties = dict[str, Any]
"""A resource's properties as the host hands them over: `values` makes plain Python of them."""

_Result = TypeVar("_Result")


class Adapter:
    """The verbs of a kind as the host calls them; one for each spelling of the provider in the states.

    `get` looks a key of the stack config up.
    """

    def __init__(self, kind: Kind, get: Callable[[str], str | None]) -> None:
        self._kind = kind
        self._runner = VerbRunner(kind, get)

    def check(self, olds: Properties, news: Properties) -> CheckResult:
        with _errors_in_one_line() as call:
            program, given = values.apart(_unmarked(news), PROGRAM)
            marks = secret_marks.stated_by(program)
            self._hide(call, marks, news, olds)
            remembered = {SECRETS: marks} if marks else {}
            if assets := [Failure(path, NO_ASSETS) for path in values.assets_in(given)]:
                return CheckResult({**given, **remembered}, _printed(call.urn, assets))
            checked = self._runner.check(call, _plain(olds), values.incoming(given), program)
            settled = values.outgoing(checked.settled)
            return CheckResult({**given, **settled, **remembered}, _printed(call.urn, checked.failures))

    def diff(self, id_: str, olds: Properties, news: Properties) -> DiffResult:
        with _errors_in_one_line() as call:
            self._hide(call, _marks(news), news, olds)
            return answer(self._runner.diff(call, id_, _plain(olds), _plain(news)), self._kind.beyond_inputs)

    def create(self, props: Properties) -> CreateResult:
        with _errors_in_one_line() as call:
            self._hide(call, _marks(props), props)
            made = self._run(call, lambda under_way: self._runner.create(under_way, _plain(props)))
            return CreateResult(made.id, _marked(call.urn, made.state))

    def update(self, id_: str, olds: Properties, news: Properties) -> UpdateResult:
        with _errors_in_one_line() as call:
            self._hide(call, _marks(news), news, olds)
            state = self._run(call, lambda under_way: self._runner.update(under_way, id_, _plain(olds), _plain(news)))
            return UpdateResult(_marked(call.urn, state))

    def read(self, id_: str, props: Properties) -> ReadResult:
        with _errors_in_one_line() as call:
            marks = _recorded(call, props)
            self._hide(call, marks, props)
            program, outputs = values.apart(_unmarked(props), PROGRAM)
            state, inputs = values.incoming(outputs), values.incoming(call.recorded_inputs)
            found = self._run(call, lambda under_way: self._runner.read(under_way, id_, state, inputs, program))
            if found is None:
                return ReadResult("", {})
            remembered = {SECRETS: marks} if marks else {}
            return ReadResult(id_, _marked(call.urn, found.state), {**values.outgoing(found.inputs), **remembered})

    def delete(self, id_: str, props: Properties) -> None:
        with _errors_in_one_line() as call:
            self._hide(call, _recorded(call, props), props)
            self._run(call, lambda under_way: self._runner.delete(under_way, id_, _plain(props)))

    def _run(self, call: calls.Call, verb: Callable[[LongVerb], _Result]) -> _Result:
        with verb_start.begin(call) as under_way:
            try:
                return verb(under_way)
            except VerbFailed as failed:
                kept = failure.PartialState(failed.kept.id, failed.kept.state) if failed.kept else None
                raise failure.clean_error(failed.text, call=call, partial=kept) from None

    def _hide(self, call: calls.Call, marks: list[secret_inputs.Path], *properties: Properties) -> None:
        """Hide what is marked as secret, or was, in whatever this process prints. The newest properties come first."""
        old_marks = secret_marks.recorded(call.secrets)
        if marks or old_marks:
            secret_inputs.note(call.urn, self._kind.inputs, marks, old_marks, *map(values.incoming, properties))
        else:
            secret_inputs.forget(call.urn)


@contextmanager
def _errors_in_one_line() -> Iterator[calls.Call]:
    """The call that a verb serves; whatever goes wrong in the block is an error of one line."""
    call = calls.current()
    try:
        yield call
    except failure.OperationFailed:
        raise
    except VerbFailed as failed:
        raise failure.clean_error(failed.text, call=call) from None
    except CtuneError as error:
        raise failure.clean_error(str(error), call=call) from None
    except Exception as error:
        raise failure.clean_error(error_status.fault(call.verb, error), call=call) from None


def answer(plan: Plan, beyond_inputs: Collection[str]) -> DiffResult:
    """A plan as the answer to Diff. `beyond_inputs` are the entries that are about no input, such as a failed job."""
    if not plan.changes:
        return DiffResult(changes=False)
    # None lets the engine compare the inputs itself: it shows them key by key then, and `replaceOnChanges` works. What
    # is not about inputs it cannot see.
    seen_by_engine = not {*plan.replaces, *plan.updates, *plan.possible} & {*beyond_inputs}
    return DiffResult(changes=None if seen_by_engine else True, replaces=list(plan.replaces))


def _unmarked(properties: Properties) -> Properties:
    return {key: value for key, value in properties.items() if key != SECRETS}


def _plain(properties: Properties) -> Values:
    return values.incoming(_unmarked(properties))


def _marked(urn: str, state: Mapping[str, Any]) -> Properties:
    return secret_marks.outgoing(urn, values.outgoing(state))


def _printed(urn: str, failures: Iterable[Failure]) -> list[CheckFailure]:
    return [CheckFailure(found.property, found.reason) for found in secret_inputs.printed(urn, failures)]


def _marks(properties: Properties) -> list[secret_inputs.Path]:
    return secret_marks.recorded(properties.get(SECRETS))


def _recorded(call: calls.Call, outputs: Properties) -> list[secret_inputs.Path]:
    """The marks in a state; one that a version without marks wrote may have them in its inputs by now."""
    return _marks(outputs) or secret_marks.recorded(call.secrets)
