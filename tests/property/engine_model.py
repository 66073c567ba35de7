"""A small model of Pulumi's engine around a program of `ContinuousTuningJob`s: its state file, and what it calls when.

    up         preview, then for each resource check, diff, and same / update / create / replace; the deletes of
               what is not in the program any more, and of old entries, come last
    --replace  one check, without old inputs, and create; nobody asks for a diff
    preview    the same checks and diffs in a process of its own; what comes from a resource that changes is unknown
    refresh    read; what is gone leaves the state
    destroy    delete of every entry, without check and diff

An entry is written when its operation has ended, in success or with a partial state; of an operation that dies, or
whose save fails, nothing is written. A replaced entry stays as a pending delete until its delete has succeeded. An
entry under an alias of a resource is the resource's, and gets its new URN with the next save. Values cross the wire
between engine and provider as they do in truth: each number a float, no key without a value. Reads and deletes go to
the provider as the state spells it, everything else to the program's.

`up` makes the preview after its refresh, and nothing but time can come between the two.

Source: https://github.com/pulumi/pulumi/tree/master/pkg/resource/deploy (step_generator.go, step.go; 3.259)
"""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pulumi.dynamic import DiffResult
from pulumi.runtime import rpc

from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.kind import Call, CheckRun, DiffRun, Made, VerbRun
from pulumi_ctune.core.outcomes import Found, Unfinished
from pulumi_ctune.core.run import begin_run
from pulumi_ctune.dynamic import values
from pulumi_ctune.dynamic.adapter import answer
from pulumi_ctune.tuning_job.attributes import TYPE
from pulumi_ctune.tuning_job.kind import MAY_TRAIN, TuningJobKind
from tests.property.world import World


class RunFailed(Exception):
    """A run ended with an error that the user reads; the state holds what was written until then.

    `job_name` is the job that goes on or has failed, empty where there is none.
    """

    def __init__(self, text: str, job_name: str = "") -> None:
        super().__init__(text)
        self.job_name = job_name


@dataclass
class Resource:
    """A resource of the program. `key` is what a person calls the same resource, whatever its name is now.

    `source` is the resource whose model version it continues from, None where its inputs say that.
    """

    key: str
    name: str
    inputs: dict[str, Any]
    aliases: list[str] = field(default_factory=list)
    source: "Resource | None" = None

    @property
    def urn(self) -> str:
        return _urn(self.name)

    @property
    def urns(self) -> list[str]:
        return [self.urn, *map(_urn, self.aliases)]


@dataclass
class Entry:
    """One resource in the state file. `outputs` are as they crossed the wire, `spelling` is that of its provider."""

    key: str
    urn: str
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    spelling: int = 4
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
    spelling: int = 4
    """How the Python of now spells the provider."""
    saves_left: float = float("inf")
    """How often the state can still be saved."""
    under_way: str = ""
    """The key of the resource that the provider works for, or worked for last."""
    spellings_met: set[int] = field(default_factory=set)
    """The spellings that the last run had instances for."""
    announced: Mapping[str, str] = field(default_factory=dict)
    """What the preview of the last `up` told of a run, by the key of the resource that is paid for."""

    def current(self, key: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.key == key and not entry.pending_delete), None)

    def saved_resources(self) -> Sequence[Mapping[str, Any]]:
        """What `pulumi stack export` tells of the state."""
        return [
            {
                "type": TYPE,
                "urn": entry.urn,
                "id": entry.id,
                "outputs": entry.outputs,
                "delete": entry.pending_delete,
            }
            for entry in self.entries
        ]

    def up(
        self,
        program: Sequence[Resource],
        *,
        replace: str = "",
        refresh: bool = False,
        unknown: Mapping[str, Any] | None = None,
    ) -> dict[str, str]:
        """Run `pulumi up`; returns what it did, by key. Raises `RunFailed`, and `Killed` from below.

        `replace` is the key of a resource that is replaced by force, `unknown` are inputs that the preview has instead
        of those of the program's first resource.
        """
        if refresh:
            self.refresh()
        self.announced = self.preview(program, replace=replace, unknown=unknown)
        run, done = _Run(self), dict[str, str]()
        for resource in program:
            self._refuse_if_interrupted()
            done[resource.key] = run.register(resource, replace=resource.key == replace)
        keys = [resource.key for resource in program]
        leaving = [entry for entry in self.entries if entry.pending_delete or entry.key not in keys]
        for entry in sorted(
            leaving, key=lambda entry: keys.index(entry.key) if entry.key in keys else -1, reverse=True
        ):
            self._refuse_if_interrupted()
            run.delete(entry)
        return done

    def preview(
        self, program: Sequence[Resource], *, replace: str = "", unknown: Mapping[str, Any] | None = None
    ) -> dict[str, str]:
        """Run `pulumi preview`; returns what it tells of paid runs, by key: `create`, `replace` or `may train`."""
        run, reported, steps = _Run(self), dict[str, str](), dict[str, str]()
        for resource in program:
            instead = dict(unknown or {}) if resource is program[0] else {}
            if resource.source and steps[resource.source.key] != "same":
                instead["pre_tuned_model"] = {"tuned_model_name": rpc.UNKNOWN}
            steps[resource.key] = step = run.plan(resource, instead, replace=resource.key == replace)
            if step in ("create", "replace", "may train"):
                reported[resource.key] = step
        return reported

    def refresh(self) -> None:
        """Run `pulumi refresh`."""
        run = _Run(self)
        for entry in list(self.entries):
            run.read(entry)

    def destroy(self, program: Sequence[Resource], *, old_first: bool = True) -> None:
        """Run `pulumi destroy`. Entries of one resource are deleted in no order that one could count on."""
        keys = [resource.key for resource in program]

        def place(entry: Entry) -> tuple[int, bool]:
            return keys.index(entry.key) if entry.key in keys else -1, entry.pending_delete is old_first

        run = _Run(self)
        for entry in sorted(self.entries, key=place, reverse=True):
            run.delete(entry)

    def save(self, change: Callable[[], None]) -> None:
        """Change the state file, or fail to and leave it as it is."""
        if self.saves_left < 1:
            raise RunFailed("failed to save snapshot")
        self.saves_left -= 1
        change()

    def _refuse_if_interrupted(self) -> None:
        if self.world.clock.interrupted():
            raise RunFailed("interrupted")  # after Ctrl-C the engine takes no new steps


class _Run:
    """One run: a provider process of its own, with an instance for each spelling of the provider."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        begin_run()
        engine.spellings_met = set()
        self._reported: list[str] = []
        self._providers: dict[int, _Provider] = {}

    def register(self, resource: Resource, *, replace: bool) -> str:
        self._engine.under_way = resource.key
        old = self._old(resource)
        program = _program_of(resource, self._engine)
        if old is None or replace:  # what is replaced by force is announced like a new resource
            return self._create(resource, self._check(resource, {}, program), old)
        inputs, changes, replaces = self._diffed(resource, old, program)
        if changes and replaces:
            return self._create(resource, self._check(resource, {}, program), old)
        if changes or old.unfinished:
            return self._update(resource, old, inputs)
        if (old.urn, old.inputs, old.spelling) != (resource.urn, inputs, self._engine.spelling):
            self._engine.save(lambda: self._rewrite(resource, old, inputs))
        return "same"

    def plan(self, resource: Resource, instead: Mapping[str, Any], *, replace: bool) -> str:
        """What a preview shows: `create`, `replace`, `may train` for an update that may become one, `update`, `same`.

        Outputs of a source that stays the same are known.
        """
        self._engine.under_way = resource.key
        old = self._old(resource)
        source = {} if "pre_tuned_model" in instead else _continued(resource, self._engine)
        program = {**_stated_owner(resource), **source, **instead}
        if old is None or replace:
            self._check(resource, {}, program)
            return "replace" if old else "create"
        self._reported.clear()
        _, changes, replaces = self._diffed(resource, old, program)
        if changes and replaces:
            self._check(resource, {}, program)
            return "replace"
        if any(text.startswith(MAY_TRAIN) for text in self._reported):
            return "may train"
        return "update" if changes or old.unfinished else "same"

    def delete(self, entry: Entry) -> None:
        self._engine.under_way = entry.key
        provider = self._provider(entry.spelling)
        try:
            provider.delete(entry.urn, entry.id, entry.outputs)
        except CtuneError as error:
            raise RunFailed(str(error)) from error
        self._engine.save(lambda: self._engine.entries.remove(entry))
        self._engine.deleted[entry.id] = entry.outputs.get("deletion_policy") or "ABANDON"

    def read(self, entry: Entry) -> None:
        self._engine.under_way = entry.key
        provider = self._provider(entry.spelling)
        try:
            found = provider.read(entry.urn, entry.id, entry.outputs, entry.inputs)
        except CtuneError as error:
            raise RunFailed(str(error)) from error
        if found is None:
            self._engine.entries.remove(entry)
            return
        entry.inputs, entry.outputs, entry.unfinished = _wired(found.inputs), _wired(found.state), False

    def _provider(self, spelling: int) -> "_Provider":
        self._engine.spellings_met.add(spelling)
        if spelling not in self._providers:
            self._providers[spelling] = _Provider(self._engine, self._reported)
        return self._providers[spelling]

    def _old(self, resource: Resource) -> Entry | None:
        entries = [entry for entry in self._engine.entries if not entry.pending_delete and entry.key == resource.key]
        return next((entry for urn in resource.urns for entry in entries if entry.urn == urn), None)

    def _check(self, resource: Resource, old_inputs: Mapping[str, Any], program: Mapping[str, Any]) -> dict[str, Any]:
        return self._provider(self._engine.spelling).check(resource.urn, old_inputs, _wired(program))

    def _diffed(
        self, resource: Resource, old: Entry, program: Mapping[str, Any]
    ) -> tuple[dict[str, Any], bool, Sequence[str]]:
        """The checked inputs, whether there is a change, and what the resource has to be replaced for."""
        inputs = self._check(resource, old.inputs, program)
        provider = self._provider(self._engine.spelling)
        try:
            diff = provider.diff(resource.urn, old.id, old.outputs, inputs)
        except CtuneError as error:
            raise RunFailed(str(error)) from error
        return inputs, old.inputs != inputs if diff.changes is None else diff.changes, diff.replaces or []

    def _create(self, resource: Resource, inputs: dict[str, Any], replaced: Entry | None) -> str:
        provider = self._provider(self._engine.spelling)
        unfinished: Unfinished | None = None
        try:
            made = provider.create(resource.urn, inputs)
            id_, outputs = made.id, _wired(made.state)
        except Unfinished as error:
            unfinished, id_, outputs = error, error.resource_id, _wired(error.state)
        except CtuneError as error:
            raise RunFailed(str(error)) from error
        if not unfinished:
            self._engine.world.wire.die_at_the_end()
        entry = Entry(resource.key, resource.urn, id_, inputs, outputs, self._engine.spelling, bool(unfinished))
        self._engine.save(lambda: self._write(entry, replaced))
        if unfinished:
            raise RunFailed(str(unfinished.cause), unfinished.resource_id) from unfinished
        return "replaced" if replaced else "created"

    def _update(self, resource: Resource, old: Entry, inputs: dict[str, Any]) -> str:
        provider = self._provider(self._engine.spelling)
        unfinished: Unfinished | None = None
        try:
            outputs = _wired(provider.update(resource.urn, old.id, old.outputs, inputs))
        except Unfinished as error:
            unfinished, outputs = error, _wired(error.state)
        except CtuneError as error:
            raise RunFailed(str(error)) from error
        if not unfinished:
            self._engine.world.wire.die_at_the_end()

        def write() -> None:
            self._rewrite(resource, old, inputs)
            old.outputs, old.unfinished = outputs, bool(unfinished)

        self._engine.save(write)
        if unfinished:
            raise RunFailed(str(unfinished.cause), unfinished.resource_id) from unfinished
        return "updated"

    def _rewrite(self, resource: Resource, entry: Entry, inputs: dict[str, Any]) -> None:
        entry.urn, entry.inputs, entry.spelling = resource.urn, inputs, self._engine.spelling

    def _write(self, entry: Entry, replaced: Entry | None) -> None:
        if replaced:
            replaced.pending_delete = True
        self._engine.entries.insert(0, entry)


def _urn(name: str) -> str:
    return f"urn:pulumi:dev::infra::{TYPE}::{name}"


def _stated_owner(resource: Resource) -> dict[str, Any]:
    """The inputs, with what the program tells of the resource."""
    owner = {"organization": "acme-org", "project": "infra", "stack": "dev", "name": resource.name}
    return {**deepcopy(resource.inputs), OWNER: owner}


def _continued(resource: Resource, engine: Engine) -> dict[str, Any]:
    """The input that comes from another resource, as the state has it."""
    source = engine.current(resource.source.key) if resource.source else None
    return {"pre_tuned_model": {"tuned_model_name": source.outputs["tuned_model_name"]}} if source else {}


def _program_of(resource: Resource, engine: Engine) -> dict[str, Any]:
    return _stated_owner(resource) | _continued(resource, engine)


class _Provider:
    """One instance of the provider, in simulated time: the kind works by the world's clock, and errors stay
    exceptions. Values come and go as they cross the wire.
    """

    def __init__(self, engine: "Engine", reported: list[str]) -> None:
        self._engine, self._reported, self._kind = engine, reported, TuningJobKind()

    def check(self, urn: str, old_inputs: Mapping[str, Any], program: Mapping[str, Any]) -> dict[str, Any]:
        run = CheckRun(Call("Check", urn), {}, "emulator")
        checked = self._kind.check(run, values.incoming(old_inputs), values.incoming(program))
        assert not checked.failures, [failure.reason for failure in checked.failures]
        self._reported += (*checked.warnings, *checked.notes)
        return _wired({**program, **values.outgoing(checked.settled)})

    def diff(self, urn: str, id_: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> DiffResult:
        run = DiffRun(Call("Diff", urn), lambda: self._engine.world.client)
        plan = self._kind.diff(run, id_, values.incoming(outputs), values.incoming(inputs))
        self._reported += (*plan.warnings, *plan.notes)
        return answer(plan, self._kind.beyond_inputs)

    def create(self, urn: str, inputs: Mapping[str, Any]) -> Made:
        return self._kind.create(self._run("Create", urn), values.incoming(inputs))

    def update(self, urn: str, id_: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._kind.update(self._run("Update", urn), id_, values.incoming(outputs), values.incoming(inputs))

    def read(self, urn: str, id_: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> Found | None:
        return self._kind.read(self._run("Read", urn), id_, values.incoming(outputs), values.incoming(inputs))

    def delete(self, urn: str, id_: str, outputs: Mapping[str, Any]) -> None:
        self._kind.delete(self._run("Delete", urn), id_, values.incoming(outputs))

    def _run(self, verb: str, urn: str) -> VerbRun:
        verbs = self._engine.world.verbs(self._engine.timeout)
        return VerbRun(Call(verb, urn), lambda: verbs.vertex, verbs.context, lambda _: self._engine.saved_resources())


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
