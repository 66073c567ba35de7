"""A small model of Pulumi's engine around one `ContinuousTuningJob`: its state file, and what it calls when.

    up         check, diff, then same / update / create / replace; the deletes of old entries come last
    --replace  one check, without old inputs, and create; nobody asks for a diff
    refresh    read; what is gone leaves the state
    destroy    delete of every entry, without check and diff

An entry is written when its operation has ended, in success or with a partial state; of an operation that dies nothing
is written. A replaced entry stays as a pending delete until its delete has succeeded. Values cross the wire between
engine and provider as they do in truth: each number a float, no key without a value.

Source: https://github.com/pulumi/pulumi/tree/master/pkg/resource/deploy (step_generator.go, step.go; 3.259)
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2

from pulumi_ctune.engine import calls, run_registry, saved_state, source_fates, values
from pulumi_ctune.engine.failure import OperationFailed
from pulumi_ctune.engine.status import Severity
from pulumi_ctune.engine.tuning_jobs import TuningJobs
from pulumi_ctune.engine.verb_runs import VerbRun, VerbRunner
from pulumi_ctune.errors import CtuneError
from pulumi_ctune.tuning.results import Unfinished
from pulumi_ctune.tuning.run_knowledge import SavedJob
from tests.property.world import World

_CONFIG = {"gcp:project": "acme", "gcp:region": "us-central1", "ctune:apiEndpoint": "embedded"}


class RunFailed(Exception):
    """A run ended with an error that the user reads; the state holds what was written until then.

    `job_name` is the job that goes on or has failed, empty where there is none.
    """

    def __init__(self, text: str, job_name: str = "") -> None:
        super().__init__(text)
        self.job_name = job_name


@dataclass
class Entry:
    """One resource in the state file. `outputs` are as they crossed the wire."""

    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    unfinished: bool = False
    pending_delete: bool = False

    @property
    def is_recorded(self) -> bool:
        return not self.unfinished and self.outputs.get("state") == "JOB_STATE_SUCCEEDED"


@dataclass
class Engine:
    """The state file of one stack, and the runs that change it."""

    world: World
    timeout: timedelta = timedelta(minutes=10)
    entries: list[Entry] = field(default_factory=list)
    deleted: dict[str, str] = field(default_factory=dict)
    """Jobs whose entries were deleted, with the policy of the last delete."""

    @property
    def current(self) -> Entry | None:
        return next((entry for entry in self.entries if not entry.pending_delete), None)

    def saved_jobs(self) -> Sequence[SavedJob]:
        """What `pulumi stack export` tells of the jobs in the state."""
        resources = [
            {
                "type": saved_state.JOB_TYPE,
                "urn": self.world.owner.urn,
                "id": entry.id,
                "outputs": entry.outputs,
                "delete": entry.pending_delete,
            }
            for entry in self.entries
        ]
        return saved_state.jobs_in({"deployment": {"resources": resources}})

    def up(self, program: Mapping[str, Any], *, replace: bool = False, refresh: bool = False) -> str:
        """Run `pulumi up`; returns what it did with the resource. Raises `RunFailed`, and `Killed` from below."""
        if refresh:
            self.refresh()
        run = _Run(self)
        done = run.register(program, replace=replace)
        if self.world.clock.now_s >= self.world.clock.interrupt_at_s:
            raise RunFailed("interrupted")  # after Ctrl-C the engine takes no new steps
        for entry in [entry for entry in self.entries if entry.pending_delete]:
            run.delete(entry)
        return done

    def refresh(self) -> None:
        """Run `pulumi refresh`."""
        run = _Run(self)
        for entry in list(self.entries):
            run.read(entry)

    def destroy(self, *, old_first: bool = True) -> None:
        """Run `pulumi destroy`. Entries of one resource are deleted in no order that one could count on."""
        run = _Run(self)
        for entry in sorted(self.entries, key=lambda entry: entry.pending_delete, reverse=old_first):
            run.delete(entry)


class _Run:
    """One run: a provider process of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        run_registry.begin(lambda _: engine.saved_jobs())
        source_fates.begin()
        self._provider = _Provider(engine.world, engine.timeout)

    def register(self, program: Mapping[str, Any], *, replace: bool) -> str:
        old = self._engine.current
        if old is None or replace:  # what is replaced by force is announced like a new resource
            return self._create(self._check({}, program), old)
        inputs = self._check(old.inputs, program)
        try:
            diff = self._call(provider_pb2.DiffRequest, self._provider.diff, old.id, old.outputs, inputs)
        except OperationFailed as error:
            raise RunFailed(str(error)) from error
        changes = old.inputs != inputs if diff.changes is None else diff.changes
        if changes and diff.replaces:
            return self._create(self._check({}, program), old)
        if changes or old.unfinished:
            return self._update(old, inputs)
        old.inputs = inputs
        return "same"

    def delete(self, entry: Entry) -> None:
        try:
            self._call(provider_pb2.DeleteRequest, self._provider.delete, entry.id, entry.outputs)
        except CtuneError as error:
            raise RunFailed(str(error)) from error
        self._engine.entries.remove(entry)
        self._engine.deleted[entry.id] = entry.outputs.get("deletion_policy") or "ABANDON"

    def read(self, entry: Entry) -> None:
        try:
            found = self._call(provider_pb2.ReadRequest, self._provider.read, entry.id, entry.outputs)
        except CtuneError as error:
            raise RunFailed(str(error)) from error
        if not found.id:
            self._engine.entries.remove(entry)
            return
        entry.inputs, entry.outputs, entry.unfinished = _wired(found.inputs), _wired(found.outs), False

    def _check(self, old_inputs: Mapping[str, Any], program: Mapping[str, Any]) -> dict[str, Any]:
        result = self._call(provider_pb2.CheckRequest, self._provider.check, dict(old_inputs), _wired(program))
        assert not result.failures, [failure.reason for failure in result.failures]
        return _wired(result.inputs)

    def _create(self, inputs: dict[str, Any], replaced: Entry | None) -> str:
        try:
            made = self._call(provider_pb2.CreateRequest, self._provider.create, inputs)
        except Unfinished as unfinished:
            self._write(Entry(unfinished.resource_id, inputs, _wired(unfinished.state), unfinished=True), replaced)
            raise RunFailed(str(unfinished.cause), unfinished.resource_id) from unfinished
        except CtuneError as error:
            raise RunFailed(str(error)) from error
        self._engine.world.wire.die_at_the_end()
        self._write(Entry(made.id, inputs, _wired(made.outs)), replaced)
        return "replaced" if replaced else "created"

    def _update(self, old: Entry, inputs: dict[str, Any]) -> str:
        try:
            made = self._call(provider_pb2.UpdateRequest, self._provider.update, old.id, old.outputs, inputs)
        except Unfinished as unfinished:
            old.inputs, old.outputs, old.unfinished = inputs, _wired(unfinished.state), True
            raise RunFailed(str(unfinished.cause), unfinished.resource_id) from unfinished
        except CtuneError as error:
            raise RunFailed(str(error)) from error
        self._engine.world.wire.die_at_the_end()
        old.inputs, old.outputs, old.unfinished = inputs, _wired(made.outs), False
        return "updated"

    def _write(self, entry: Entry, replaced: Entry | None) -> None:
        if replaced:
            replaced.pending_delete = True
        self._engine.entries.insert(0, entry)

    def _call(self, kind: Callable[..., Any], method: Callable[..., Any], *arguments: Any) -> Any:
        """Call the provider as its host does: with request and context on the stack, where `engine.calls` looks."""
        request, context = kind(urn=self._engine.world.owner.urn), _Context()
        try:
            return method(*arguments)
        finally:
            del request, context


class _Provider(TuningJobs):
    """The provider in simulated time: its core works in the world's surroundings, and errors stay exceptions."""

    def __init__(self, world: World, timeout: timedelta) -> None:
        super().__init__(_CONFIG.get)
        self._runner = _Runner(world, timeout)


class _Runner(VerbRunner):
    """The runner without a host: verbs run in the world's surroundings, their errors stay as they are."""

    def __init__(self, world: World, timeout: timedelta) -> None:
        super().__init__(_CONFIG.get)
        self._world, self._timeout = world, timeout

    def tell_once(self, urn: str, texts: Iterable[str], severity: Severity) -> None:
        self._world.report.infos += texts

    def run(self, work: Callable[[VerbRun], Any], *, timeout: timedelta) -> Any:
        verbs = self._world.verbs(self._timeout)
        return work(VerbRun(calls.current(), verbs.vertex, verbs.world))


_Context = type("_Context", (grpc.ServicerContext,), dict.fromkeys(grpc.ServicerContext.__abstractmethods__))


def _wired(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties as they arrive on the other side of the gRPC connection."""
    return {key: _floats(value) for key, value in values.outgoing(properties).items()}


def _floats(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, dict):
        return {key: _floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_floats(item) for item in value]
    return value
