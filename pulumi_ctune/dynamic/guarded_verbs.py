"""The one door between Pulumi's host and the verbs of a resource: no secret goes out through it in a text.

Before a verb it notes which inputs are secret, after it marks what the answer says of them, and a fault of our own ends
as one line: the host would print the traceback, with whatever the exception quotes. Knows no resource.
"""

import traceback
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.core.hidden import PROGRAM, SECRETS
from pulumi_ctune.dynamic import calls, failure, secret_inputs, values

Properties = dict[str, Any]

_MOST_FRAMES = 6


class Verbs(Protocol):
    """The verbs of one kind of resource, as Pulumi's host calls them."""

    def check(self, old_inputs: Properties, new_inputs: Properties, /) -> CheckResult: ...
    def diff(self, id_: str, old_outputs: Properties, new_inputs: Properties, /) -> DiffResult: ...
    def create(self, new_inputs: Properties) -> CreateResult: ...
    def update(self, id_: str, old_outputs: Properties, new_inputs: Properties, /) -> UpdateResult: ...
    def read(self, id_: str, outputs: Properties) -> ReadResult: ...
    def delete(self, id_: str, outputs: Properties) -> None: ...


class GuardedVerbs:
    """The same verbs behind the door. `inputs` are the names of the resource's inputs."""

    def __init__(self, verbs: Verbs, inputs: Collection[str]) -> None:
        self._verbs = verbs
        self._inputs = inputs

    def check(self, olds: Properties, news: Properties) -> CheckResult:
        program, _ = values.apart(news, PROGRAM)
        marks = secret_inputs.told_by(program)
        with self._guarded(marks, news, olds) as (urn, (new_inputs, old_inputs)):
            result = self._verbs.check(old_inputs, new_inputs)
            told = {SECRETS: marks} if marks else {}
            return CheckResult({**result.inputs, **told}, secret_inputs.printed(urn, result.failures))

    def diff(self, id_: str, olds: Properties, news: Properties) -> DiffResult:
        with self._guarded(_marks(news), news, olds) as (_, (new_inputs, old_outputs)):
            return self._verbs.diff(id_, old_outputs, new_inputs)

    def create(self, props: Properties) -> CreateResult:
        with self._guarded(_marks(props), props) as (urn, (inputs,)):
            result = self._verbs.create(inputs)
            return CreateResult(result.id, secret_inputs.outgoing(urn, result.outs or {}))

    def update(self, id_: str, olds: Properties, news: Properties) -> UpdateResult:
        with self._guarded(_marks(news), news, olds) as (urn, (new_inputs, old_outputs)):
            result = self._verbs.update(id_, old_outputs, new_inputs)
            return UpdateResult(secret_inputs.outgoing(urn, result.outs or {}))

    def read(self, id_: str, props: Properties) -> ReadResult:
        with self._guarded(_recorded(props), props) as (urn, (outputs,)):
            result = self._verbs.read(id_, outputs)
            if result.inputs is None:  # it is gone
                return result
            marks = _recorded(props)
            told = {SECRETS: marks} if marks else {}
            return ReadResult(result.id, secret_inputs.outgoing(urn, result.outs or {}), {**result.inputs, **told})

    def delete(self, id_: str, props: Properties) -> None:
        with self._guarded(_recorded(props), props) as (_, (outputs,)):
            self._verbs.delete(id_, outputs)

    @contextmanager
    def _guarded(self, marks: list[secret_inputs.Path], *bags: Properties) -> Iterator[tuple[str, list[Properties]]]:
        """What a verb starts and ends with; gives the URN and the bags without marks. The first bag is the newest."""
        call = calls.current()
        old_marks = secret_inputs.recorded(call.secrets)
        if marks or old_marks:
            secret_inputs.note(call.urn, self._inputs, marks, old_marks, *map(values.incoming, bags))
        else:
            secret_inputs.forget(call.urn)
        try:
            yield call.urn, [{key: value for key, value in bag.items() if key != SECRETS} for bag in bags]
        except failure.OperationFailed:
            raise
        except CtuneError as error:
            raise failure.clean_error(str(error), call=call) from None
        except Exception as error:
            raise failure.clean_error(_fault(call.verb, error), call=call) from None


def _marks(properties: Properties) -> list[secret_inputs.Path]:
    return secret_inputs.recorded(properties.get(SECRETS))


def _recorded(outputs: Properties) -> list[secret_inputs.Path]:
    """The marks in a state; one that a version without marks wrote may have them in its inputs by now."""
    return _marks(outputs) or secret_inputs.recorded(calls.current().secrets)


def _fault(verb: str, error: Exception) -> str:
    """A fault of ours in one line, with the places in the code, innermost first."""
    frames = reversed(traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:])
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{verb or 'the operation'} met a fault of pulumi-ctune itself: {type(error).__name__} at {places}: {error}"
