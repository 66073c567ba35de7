"""The verbs of `ctune.ModelDeployment` as the host calls them: a thin translation between the engine and the core.

What a verb does is `deployment.lifecycle`' business, how the host is handled that of the modules beside this one.
"""

from collections.abc import Callable
from typing import Any

from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from pulumi_ctune.core.hidden import OWNER, PROGRAM
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.core.values import number_of
from pulumi_ctune.deployment import lifecycle
from pulumi_ctune.deployment.attributes import ENDPOINT_NAME
from pulumi_ctune.deployment.checks import check_deployment, warnings
from pulumi_ctune.deployment.diff import ALL_TRAFFIC, UNFINISHED, plan
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

_HELD = held.DEPLOYMENTS


class ModelDeployments:
    """Check, diff, create, read, update and delete; one for each spelling of the provider in the states.

    `get` looks a key of the stack config up.
    """

    def __init__(self, get: Callable[[str], str | None]) -> None:
        self._runner = VerbRunner(get)

    def check(self, old_inputs: Properties, new_inputs: Properties) -> CheckResult:
        program, new_inputs = values.apart(new_inputs, PROGRAM)
        inputs, olds = values.incoming(new_inputs), values.incoming(old_inputs)
        failures = [CheckFailure(path, reason) for path, reason in check_deployment(inputs).items()]
        failures += self._runner.trouble(program, olds)
        urn = calls.current().urn
        self._runner.tell_once(urn, warnings(inputs), Severity.WARNING)
        # Settled when the resource is made: what it has deployed is known by its owner, also after a rename.
        owner = olds.get(OWNER) or self._runner.settled({**inputs.get(OWNER, {}), "urn": urn})
        percent = new_inputs.get("traffic_percent")
        settled = {"traffic_percent": ALL_TRAFFIC if percent is None else number_of(percent), OWNER: owner}
        if new_inputs.get("require") is not None:
            settled["require"] = with_numbers(new_inputs["require"])
        return CheckResult({**new_inputs, **settled}, failures)

    def diff(self, id_: str, old_outputs: Properties, new_inputs: Properties) -> DiffResult:
        state, inputs = values.incoming(old_outputs), values.incoming(new_inputs)
        found = plan(state, inputs, source_fates.current().of)
        if not found.replaces:
            _HELD.note(calls.current().urn, id_)
        return answers.diff(found, beyond_inputs=UNFINISHED)

    def create(self, new_inputs: Properties) -> CreateResult:
        inputs = values.incoming(new_inputs)

        def work(run: VerbRun) -> CreateResult:
            try:
                state = lifecycle.create(run.vertex, run.world, inputs)
            except Unfinished as unfinished:
                _HELD.note(run.call.urn, unfinished.resource_id)
                raise
            id_ = lifecycle.id_of(state)
            _HELD.note(run.call.urn, id_)
            return CreateResult(id_, values.outgoing(state))

        return self._runner.run(work, timeout=lifecycle.DEFAULT_TIMEOUT, entry=inputs)

    def update(self, _id: str, old_outputs: Properties, new_inputs: Properties) -> UpdateResult:
        state, inputs = values.incoming(old_outputs), values.incoming(new_inputs)

        def work(run: VerbRun) -> UpdateResult:
            return UpdateResult(values.outgoing(lifecycle.update(run.vertex, run.world, state, inputs)))

        return self._runner.run(work, timeout=lifecycle.DEFAULT_TIMEOUT, entry=state)

    def read(self, id_: str, outputs: Properties) -> ReadResult:
        program, outputs = values.apart(outputs, PROGRAM)
        state = values.incoming(outputs)

        def work(run: VerbRun) -> ReadResult:
            found = lifecycle.read(run.vertex, run.world, id_, state)
            absent = "there is no such deployment, or its endpoint is gone"
            return answers.read(id_, found, recorded=bool(state.get(ENDPOINT_NAME)), absent=absent)

        return self._runner.run(work, timeout=lifecycle.DEFAULT_TIMEOUT, entry=state, program=program)

    def delete(self, id_: str, outputs: Properties) -> None:
        state = values.incoming(outputs)
        urn = calls.current().urn
        if _HELD.holds(id_):  # `--replace`: the new one has the very deployment
            text = f"the deployment of {state['tuned_model_name']} stays: it now belongs to the new resource"
            status.log(text, urn=urn)
            return
        self._runner.run(
            lambda run: lifecycle.delete(run.vertex, run.world, id_, state),
            timeout=lifecycle.DEFAULT_TIMEOUT,
            entry=state,
        )
