"""The verbs of `ctune.ModelVersionAlias` as the host calls them: a thin translation between the engine and the core.

What a verb does is `alias.lifecycle`' business, how the host is handled that of the modules beside this one.
"""

from collections.abc import Callable
from typing import Any

from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from pulumi_ctune.alias import lifecycle
from pulumi_ctune.alias.checks import check_alias, warnings
from pulumi_ctune.core.hidden import OWNER, PROGRAM
from pulumi_ctune.dynamic import (
    answers,
    calls,
    held,
    source_fates,
    status,
    values,
)
from pulumi_ctune.dynamic.status import Severity
from pulumi_ctune.dynamic.verb_runs import VerbRun, VerbRunner
from pulumi_ctune.gate.checks import with_numbers

Properties = dict[str, Any]
"""A resource's properties as the host hands them over: `values` makes plain Python of them."""

_HELD = held.ALIASES


class ModelVersionAliases:
    """Check, diff, create, read, update and delete; one for each spelling of the provider in the states.

    `get` looks a key of the stack config up.
    """

    def __init__(self, get: Callable[[str], str | None]) -> None:
        self._runner = VerbRunner(get)

    def check(self, old_inputs: Properties, new_inputs: Properties) -> CheckResult:
        program, new_inputs = values.apart(new_inputs, PROGRAM)
        inputs, olds = values.incoming(new_inputs), values.incoming(old_inputs)
        failures = [CheckFailure(path, reason) for path, reason in check_alias(inputs).items()]
        failures += self._runner.trouble(program, olds)
        self._runner.tell_once(calls.current().urn, warnings(inputs), Severity.WARNING)
        if new_inputs.get("require") is not None:
            new_inputs = {**new_inputs, "require": with_numbers(new_inputs["require"])}
        owner = olds.get(OWNER) if olds else self._runner.settled({})
        settled = {OWNER: owner} if owner else {}
        return CheckResult({**new_inputs, **settled}, failures)

    def diff(self, id_: str, old_outputs: Properties, new_inputs: Properties) -> DiffResult:
        state, inputs = values.incoming(old_outputs), values.incoming(new_inputs)
        plan = lifecycle.plan(state, inputs, source_fates.current().of)
        if not plan.replaces:
            _HELD.note(calls.current().urn, id_)
        return answers.diff(plan)

    def create(self, new_inputs: Properties) -> CreateResult:
        inputs = values.incoming(new_inputs)

        def work(run: VerbRun) -> CreateResult:
            taken = _HELD.by_others(run.call.urn)
            state = lifecycle.create(run.vertex, run.world, inputs, taken=taken)
            _HELD.note(run.call.urn, lifecycle.id_of(state))
            return CreateResult(lifecycle.id_of(state), values.outgoing(state))

        return self._runner.run(work, timeout=lifecycle.DEFAULT_TIMEOUT, entry=inputs)

    def update(self, _id: str, old_outputs: Properties, new_inputs: Properties) -> UpdateResult:
        state, inputs = values.incoming(old_outputs), values.incoming(new_inputs)

        def work(run: VerbRun) -> UpdateResult:
            taken = _HELD.by_others(run.call.urn)
            moved = lifecycle.update(run.vertex, run.world, state, inputs, taken=taken)
            return UpdateResult(values.outgoing(moved))

        return self._runner.run(work, timeout=lifecycle.DEFAULT_TIMEOUT, entry=state)

    def read(self, id_: str, outputs: Properties) -> ReadResult:
        program, outputs = values.apart(outputs, PROGRAM)
        state = values.incoming(outputs)

        def work(run: VerbRun) -> ReadResult:
            found = lifecycle.read(run.vertex, run.world, id_, state)
            absent = "there is no such alias, or its model is gone"
            return answers.read(id_, found, recorded=bool(state.get("model")), absent=absent)

        return self._runner.run(work, timeout=lifecycle.DEFAULT_TIMEOUT, entry=state, program=program)

    def delete(self, id_: str, outputs: Properties) -> None:
        state = values.incoming(outputs)
        urn = calls.current().urn
        if _HELD.holds(id_):  # a renamed resource, or `--replace`: the new one has the very alias
            status.log(f"alias '{state['alias']}' of {state['model']} stays: another resource has it now", urn=urn)
            return
        self._runner.run(
            lambda run: lifecycle.delete(run.vertex, run.world, id_, state),
            timeout=lifecycle.DEFAULT_TIMEOUT,
            entry=state,
        )
