"""The verbs of `ctune.ContinuousTuningJob` as the host calls them: a thin translation between the engine and the core.

What a verb does is `tuning`'s business, how the host is handled that of the modules beside this one.
"""

import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)

from pulumi_ctune.config import Settings
from pulumi_ctune.engine import calls, operation, status, values
from pulumi_ctune.engine.after_save import AfterSave
from pulumi_ctune.engine.failure import PartialState
from pulumi_ctune.engine.status import Severity
from pulumi_ctune.errors import CtuneError, InvalidInputError
from pulumi_ctune.tuning import compare, deletion, reading
from pulumi_ctune.tuning.attributes import OWNER
from pulumi_ctune.tuning.checks import check, warnings
from pulumi_ctune.tuning.identity import Owner
from pulumi_ctune.tuning.lifecycle import Unfinished, Verbs
from pulumi_ctune.tuning.resources import Vertex
from pulumi_ctune.tuning.wait import DEFAULT_TIMEOUT, Surroundings

Properties = dict[str, Any]
"""A resource's properties as the host hands them over: `values` makes plain Python of them."""

_Result = TypeVar("_Result")


class TuningJobs:
    """Check, diff, create, read, update and delete, by the stack's settings; one for each host process.

    `get` looks a key of the stack config up. Settings that cannot be used are told by each verb as one line; raised
    here they would be a traceback.
    """

    def __init__(self, get: Callable[[str], str | None]) -> None:
        self._plans = _Plans()
        self._saved = AfterSave()
        self._warned: set[tuple[str, str]] = set()
        self._trouble: CtuneError | None = None
        try:
            self._settings = Settings.load(get, os.environ)
        except CtuneError as error:
            self._trouble = error

    def check(self, old_inputs: Properties, new_inputs: Properties) -> CheckResult:
        inputs, olds = values.incoming(new_inputs), values.incoming(old_inputs)
        failures = [CheckFailure(failure.property, failure.reason) for failure in check(inputs)]
        if self._trouble:
            failures.append(CheckFailure("", str(self._trouble)))
        self._warn_once(calls.current().urn, warnings(inputs))
        # The owner is settled when the resource is made: a later rename of the stack must not look like a change.
        owner = olds.get(OWNER) or {**inputs.get(OWNER, {}), "token": secrets.token_hex(8)}
        return CheckResult({**new_inputs, OWNER: owner}, failures)

    def diff(self, id_: str, old_outputs: Properties, new_inputs: Properties) -> DiffResult:
        state, inputs = values.incoming(old_outputs), values.incoming(new_inputs)
        plan = compare.plan(state, inputs, self._plans.is_replaced)
        self._plans.note(calls.current().urn, id_, state, replaced=bool(plan.replaces))
        if not plan.changes:
            return DiffResult(changes=False)
        # None lets the engine compare the inputs itself: it shows them key by key then, and `replaceOnChanges` works.
        # What is not about inputs (a job that failed, or is still to be waited for) it cannot see.
        about_inputs = "state" not in (*plan.replaces, *plan.updates)
        return DiffResult(changes=None if about_inputs else True, replaces=list(plan.replaces))

    def create(self, new_inputs: Properties) -> CreateResult:
        inputs = values.incoming(new_inputs)

        def work(verbs: Verbs) -> CreateResult:
            state = verbs.create(inputs, held=self._plans.held(verbs.owner.urn))
            self._saved.then(partial(verbs.confirm, state))
            return CreateResult(state["name"], values.outgoing(state))

        return self._serve(inputs, work)

    def update(self, id_: str, old_outputs: Properties, new_inputs: Properties) -> UpdateResult:
        state, inputs = values.incoming(old_outputs), values.incoming(new_inputs)
        return self._serve(inputs, lambda verbs: UpdateResult(values.outgoing(verbs.update(id_, state, inputs))))

    def read(self, id_: str, outputs: Properties) -> ReadResult:
        state = values.incoming(outputs)

        def work(verbs: Verbs) -> ReadResult:
            found = reading.read(verbs.vertex, verbs.world, id_, state)
            if found is not None:
                return ReadResult(id_, values.outgoing(found.state), values.outgoing(found.inputs))
            if not state.get("name"):  # asked by `.get()`, where "gone" would be taken for an empty resource
                raise InvalidInputError("there is no such tuning job, or its model is gone", where=id_)
            return ReadResult("", {})

        return self._serve(state, work)

    def delete(self, id_: str, outputs: Properties) -> None:
        state = values.incoming(outputs)
        if self._plans.is_held_by_another(id_, calls.current().urn, state):
            return
        self._serve(state, lambda verbs: deletion.delete(verbs.vertex, verbs.world, id_, state))

    def _warn_once(self, urn: str, texts: list[str]) -> None:
        """The engine checks a resource more than once in a run."""
        for text in texts:
            if (urn, text) not in self._warned:
                self._warned.add((urn, text))
                status.log(text, urn=urn, severity=Severity.WARNING)

    def _serve(self, inputs: Mapping[str, Any], work: Callable[[Verbs], _Result]) -> _Result:
        """Run a verb and turn what is foreseeable into one line."""
        with operation.begin() as under_way:
            try:
                if self._trouble:
                    raise self._trouble
                return work(self._verbs(under_way, inputs))
            except Unfinished as unfinished:
                kept = PartialState(unfinished.job_name, unfinished.state)
                raise under_way.failure(str(unfinished.cause), kept) from None
            except CtuneError as error:
                raise under_way.failure(str(error)) from None

    def _verbs(self, under_way: operation.Operation, inputs: Mapping[str, Any]) -> Verbs:
        world = Surroundings(
            now=time.monotonic,
            pause=under_way.watch.pause,
            report=_Report(under_way),
            poll_interval=self._settings.poll_interval,
            timeout=under_way.call.timeout or DEFAULT_TIMEOUT,
            heartbeat=status.usual_heartbeat(),
        )
        return Verbs(_vertex(self._settings), world, _owner(under_way.call, inputs))


class _Report:
    """The core's reports as the engine's messages."""

    def __init__(self, under_way: operation.Operation) -> None:
        self._operation = under_way

    def status(self, text: str, *, detail: str = "") -> None:
        self._operation.line.show(text, detail=detail)

    def info(self, text: str) -> None:
        self._operation.log(text)

    def warn(self, text: str) -> None:
        self._operation.log(text, Severity.WARNING)


class _Plans:
    """What this process's diffs have decided, for those who come later in the same run.

    While a source is updated in place, a preview hands its dependents an unknown for its outputs. All diffs of a
    preview run in one process, sources first, so the dependents can be told what becomes of their source.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._replaced: dict[str, bool] = {}  # by model version name
        self._job_of: dict[str, tuple[str, Mapping[str, Any]]] = {}  # by URN: id and state

    def note(self, urn: str, job_name: str, state: Mapping[str, Any], *, replaced: bool) -> None:
        with self._lock:
            if name := state.get("tuned_model_name"):
                self._replaced[name] = replaced
            self._job_of[urn] = (job_name, state)

    def is_replaced(self, model_version_name: str) -> bool | None:
        with self._lock:
            return self._replaced.get(model_version_name)

    def held(self, urn: str) -> tuple[str, ...]:
        """The job that the state holds for this resource, as far as a diff has told."""
        with self._lock:
            return (self._job_of[urn][0],) if urn in self._job_of else ()

    def is_held_by_another(self, job_name: str, urn: str, state: Mapping[str, Any]) -> bool:
        """Whether a newer state entry of the same resource holds the job: a replacement that took it over."""
        with self._lock:
            held, other = self._job_of.get(urn, ("", {}))
        return held == job_name and (other.get(OWNER) or {}) != (state.get(OWNER) or {})


_clients: dict[Settings, Vertex] = {}
_clients_lock = threading.Lock()


def _vertex(settings: Settings) -> Vertex:
    """One client for each settings: connections and tokens are shared by all resources of the process."""
    from pulumi_ctune.vertex.client import VertexClient  # loads Google's SDK: not for check and diff

    with _clients_lock:
        if settings not in _clients:
            _clients[settings] = VertexClient(settings)
        return _clients[settings]


def _owner(call: calls.Call, inputs: Mapping[str, Any]) -> Owner:
    """Who the job belongs to. Without the engine's URN, what the program said of the resource has to do."""
    told = inputs.get(OWNER) or {}
    organization, project, stack, name = (
        str(told.get(key, "")) for key in ("organization", "project", "stack", "name")
    )
    urn = call.urn or f"urn:pulumi:{stack}::{project}::pulumi-python:dynamic/ctune:ContinuousTuningJob::{name}"
    return Owner(organization, project, stack, name, urn)
