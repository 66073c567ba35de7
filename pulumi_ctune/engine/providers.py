"""The resource providers that Pulumi's dynamic host calls: thin translations between the engine and the core.

The dotted path of each class stands in the state of every resource that was ever made: it must never change, and the
classes must not carry attributes when they are pickled (in the program); what `configure()` sets lives in the host
only. What a verb does is `tuning`'s business, how the host is handled that of the modules beside this one.
"""

import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from pulumi_ctune.config import Settings
from pulumi_ctune.engine import calls, host, operation, status, values
from pulumi_ctune.engine.failure import PartialState, clean_error
from pulumi_ctune.engine.status import Severity
from pulumi_ctune.errors import CtuneError, InvalidInputError
from pulumi_ctune.tuning import compare, deletion, reading
from pulumi_ctune.tuning.checks import check
from pulumi_ctune.tuning.identity import Owner
from pulumi_ctune.tuning.lifecycle import Unfinished, Verbs
from pulumi_ctune.tuning.outputs import OWNER
from pulumi_ctune.tuning.resources import Vertex
from pulumi_ctune.tuning.wait import DEFAULT_TIMEOUT, Surroundings

_Result = TypeVar("_Result")


class ContinuousTuningJobProvider(ResourceProvider):
    """The provider of `ctune.ContinuousTuningJob`."""

    serialize_as_secret_always = False  # the pickled class is no secret: it is a dotted path

    def configure(self, req: ConfigureRequest) -> None:
        host.install()
        self._plans = _Plans()
        self._trouble: CtuneError | None = None
        try:
            self._settings = Settings.load(req.config.get, os.environ)
        except CtuneError as error:
            self._trouble = error  # told by each verb as one line; raised here it would be a traceback

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        inputs, olds = values.incoming(news), values.incoming(_olds)
        failures = [CheckFailure(failure.property, failure.reason) for failure in check(inputs)]
        if self._trouble:
            failures.append(CheckFailure("", str(self._trouble)))
        # The owner is settled when the resource is made: a later rename of the stack must not look like a change.
        owner = olds.get(OWNER) or {**inputs.get(OWNER, {}), "token": secrets.token_hex(8)}
        return CheckResult({**news, OWNER: owner}, failures)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        state, inputs = values.incoming(_olds), values.incoming(_news)
        plan = compare.plan(state, inputs, self._plans.is_replaced)
        self._plans.note(calls.current().urn, _id, state, replaced=bool(plan.replaces))
        if not plan.changes:
            return DiffResult(changes=False)
        # None lets the engine compare the inputs itself: it shows them key by key then, and `replaceOnChanges` works.
        # What is not about inputs (a job that failed, or is still to be waited for) it cannot see.
        about_inputs = "state" not in (*plan.replaces, *plan.updates)
        return DiffResult(changes=None if about_inputs else True, replaces=list(plan.replaces))

    def create(self, props: dict[str, Any]) -> CreateResult:
        inputs = values.incoming(props)

        def work(verbs: Verbs) -> CreateResult:
            state = verbs.create(inputs, held=self._plans.held(verbs.owner.urn))
            return CreateResult(state["name"], values.outgoing(state))

        return self._serve(inputs, work)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        state, inputs = values.incoming(_olds), values.incoming(_news)
        return self._serve(inputs, lambda verbs: UpdateResult(values.outgoing(verbs.update(_id, state, inputs))))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        state = values.incoming(props)

        def work(verbs: Verbs) -> ReadResult:
            found = reading.read(verbs.vertex, verbs.world, id_, state)
            if found is not None:
                return ReadResult(id_, values.outgoing(found.state), values.outgoing(found.inputs))
            if not state.get("name"):  # asked by `.get()`, where "gone" would be taken for an empty resource
                raise InvalidInputError("there is no such tuning job, or its model is gone", where=id_)
            return ReadResult("", {})

        return self._serve(state, work)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        state = values.incoming(_props)
        if self._plans.is_held_by_another(_id, calls.current().urn, state):
            return
        self._serve(state, lambda verbs: deletion.delete(verbs.vertex, verbs.world, _id, state))

    def _serve(self, inputs: Mapping[str, Any], work: Callable[[Verbs], _Result]) -> _Result:
        """Run a verb and turn what is foreseeable into one line."""
        under_way = operation.begin()
        try:
            if self._trouble:
                raise self._trouble
            return work(self._verbs(under_way, inputs))
        except Unfinished as unfinished:
            partial = PartialState(unfinished.job_name, unfinished.state)
            raise clean_error(str(unfinished.cause), call=under_way.call, partial=partial) from None
        except CtuneError as error:
            raise clean_error(str(error), call=under_way.call) from None

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
