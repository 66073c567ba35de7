"""The verbs of `ctune.ContinuousTuningJob` as the host calls them: a thin translation between the engine and the core.

What a verb does is `tuning_job`'s business, how the host is handled that of the modules beside this one. What only the
long verbs need loads with the first of them, see `verb_runs`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)
from pulumi.runtime import rpc

from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.core.hidden import OWNER, PROGRAM, RECORDED
from pulumi_ctune.core.outcomes import Unfinished, fate_of
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.core.values import Unknown, text_of, unknown_in
from pulumi_ctune.dynamic import (
    answers,
    calls,
    failure,
    run_registry,
    secret_inputs,
    source_fates,
    values,
)
from pulumi_ctune.dynamic.saved_state import JOB_TYPE
from pulumi_ctune.dynamic.source_fates import REPLACE_WITH
from pulumi_ctune.dynamic.status import Severity
from pulumi_ctune.dynamic.verb_runs import VerbRun, VerbRunner
from pulumi_ctune.tuning_job import diff, training_reasons
from pulumi_ctune.tuning_job.checks import check, warnings

if TYPE_CHECKING:
    from pulumi_ctune.tuning_job.creation import Verbs

Properties = dict[str, Any]
"""A resource's properties as the host hands them over: `values` makes plain Python of them."""

_NO_ASSETS = (
    "assets and archives cannot be used here, as Pulumi's Python host cannot compare them in a second run; give the "
    "generation of the uploaded object, or a hash of the file"
)

MAY_TRAIN = "may train again"
"""How a line starts that tells of a possible training run; scripts look for it."""

_Result = TypeVar("_Result")


class TuningJobs:
    """Check, diff, create, read, update and delete; one for each spelling of the provider in the states.

    `get` looks a key of the stack config up.
    """

    def __init__(self, get: Callable[[str], str | None]) -> None:
        self._runner = VerbRunner(get)

    def check(self, old_inputs: Properties, new_inputs: Properties) -> CheckResult:
        program, new_inputs = values.apart(new_inputs, PROGRAM)
        new_inputs = _with_labels(new_inputs, program)
        inputs, olds = values.incoming(new_inputs), values.incoming(old_inputs)
        if assets := [CheckFailure(path, _NO_ASSETS) for path in values.assets_in(new_inputs)]:
            return CheckResult(new_inputs, assets)
        failures = [CheckFailure(failure.property, failure.reason) for failure in check(inputs)]
        failures += self._runner.trouble(program, olds)
        self._runner.tell_once(calls.current().urn, warnings(inputs), Severity.WARNING)
        source_fates.current().note_partners(calls.current().urn, program)
        if source_fates.current().note_check(calls.current().urn, fresh=not olds) and not inputs.get("adopt_job"):
            text = "another training run is needed: the program or the command asks for a replacement"
            self._runner.tell_once(calls.current().urn, [text], Severity.INFO)
        # The owner is settled when the resource is made: a later rename of the stack must not look like a change.
        told = inputs.get(OWNER) or {}
        token = _registry().note_check(calls.current().urn, str(told.get("organization", "")), olds)
        owner = olds.get(OWNER) or self._runner.settled({**told, "token": token})
        return CheckResult({**new_inputs, OWNER: owner}, failures)

    def diff(self, id_: str, old_outputs: Properties, new_inputs: Properties) -> DiffResult:
        state, inputs = values.incoming(old_outputs), values.incoming(new_inputs)
        urn, fates = calls.current().urn, source_fates.current()
        is_probe = fates.is_probe(urn)
        accepted, found, trouble = _registry().accepted_source(urn), None, ""
        if not is_probe and (asked := diff.open_source(state, inputs, accepted)):
            found, trouble = self._version_now(asked)
        plan = diff.plan(state, inputs, fates.of, accepted=accepted, found=found, is_probe=is_probe)
        partners = [] if is_probe else fates.possible_partners(urn)
        if partners:
            plan = plan.possibly(REPLACE_WITH)
        if not is_probe:
            fates.note_diff(urn, str(state.get("tuned_model_name") or ""), fate_of(plan))
            _registry().note_diff(urn, id_, state)
        if plan.replaces:
            lines = training_reasons.reasons_to_train(state, inputs, plan.replaces)
            reasons = "; ".join(secret_inputs.without_values(urn, lines))
            if state.get(RECORDED) and "PREVENT" == state.get("deletion_policy") == inputs.get("deletion_policy"):
                refusal = CtuneError(
                    "another training run would be needed",
                    where=id_,
                    why=f"{reasons}; but its deletion_policy is PREVENT",
                    next_step="Set deletion_policy to ABANDON or DELETE to allow it.",
                )
                raise failure.clean_error(str(refusal))
            self._runner.tell_once(calls.current().urn, [f"another training run is needed: {reasons}"], Severity.INFO)
        if plan.possible == (REPLACE_WITH,):
            text = f"{MAY_TRAIN}: it is replaced with {', '.join(partners)}, which may train again"
            self._runner.tell_once(urn, [text], Severity.WARNING)
        elif plan.possible:
            unknown = [path for key in plan.possible for path in unknown_in(inputs.get(key), key)]
            why = f"{', '.join(unknown) or ', '.join(plan.possible)} is known after the update"
            if trouble and not unknown:
                why = f"the source could not be looked up: {trouble}"
            self._runner.tell_once(urn, [f"{MAY_TRAIN}: {why}"], Severity.WARNING)
        # A job that failed or is still to be waited for, and an option, are no inputs.
        return answers.diff(plan, beyond_inputs=("state", REPLACE_WITH))

    def _version_now(self, name: str) -> tuple[str | None, str]:
        """The version, by its number, that this name means now; None where it cannot be looked up, and why."""
        try:
            return self._runner.look(lambda vertex: vertex.get_model_version(name)).name, ""
        except CtuneError as error:
            return None, error.why or error.what

    def create(self, new_inputs: Properties) -> CreateResult:
        inputs = values.incoming(new_inputs)

        def work(verbs: "Verbs") -> CreateResult:
            urn = verbs.owner.urn
            try:
                state = verbs.create(inputs, _registry().knowledge_for(verbs.owner))
            except Unfinished as unfinished:
                _registry().note_made(urn, unfinished.resource_id, unfinished.state)
                raise
            _registry().note_made(urn, state["name"], state)
            return CreateResult(state["name"], values.outgoing(state))

        return self._serve(inputs, work, entry=inputs)

    def update(self, id_: str, old_outputs: Properties, new_inputs: Properties) -> UpdateResult:
        state, inputs = values.incoming(old_outputs), values.incoming(new_inputs)
        accepted = _registry().accepted_source(calls.current().urn)

        def work(verbs: "Verbs") -> UpdateResult:
            return UpdateResult(values.outgoing(verbs.update(id_, state, inputs, accepted_source=accepted)))

        return self._serve(inputs, work, entry=state)

    def read(self, id_: str, outputs: Properties) -> ReadResult:
        from pulumi_ctune.tuning_job import reading

        program, outputs = values.apart(outputs, PROGRAM)
        state, written = values.incoming(outputs), values.incoming(calls.current().recorded_inputs)

        def work(verbs: "Verbs") -> ReadResult:
            found = reading.read(verbs.vertex, verbs.world, id_, state, written)
            absent = "there is no such tuning job, or its model is gone"
            return answers.read(id_, found, recorded=bool(state.get("name")), absent=absent)

        return self._serve(state, work, entry=state, program=program)

    def delete(self, id_: str, outputs: Properties) -> None:
        from pulumi_ctune.tuning_job import deletion

        state = values.incoming(outputs)
        urn = calls.current().urn
        successor, owner = _registry().successor(urn, state), _owner(calls.current(), state)
        if successor == id_:
            return

        def is_replaced() -> bool:
            # Also with PREVENT: `--replace` asks no diff, so nobody could refuse before the new job was paid for. An
            # entry under an earlier name of a renamed resource has no successor by its URN.
            return bool(successor) or _registry().is_leaving(owner, id_)

        self._runner.run(
            lambda run: deletion.delete(run.vertex, run.world, id_, state, is_replaced=is_replaced),
            timeout=deletion.DEFAULT_TIMEOUT,
            entry=state,
        )

    def _serve(
        self,
        inputs: Mapping[str, Any],
        work: "Callable[[Verbs], _Result]",
        *,
        entry: Mapping[str, Any],
        program: Any = None,
    ) -> _Result:
        from pulumi_ctune.tuning_job.creation import Verbs
        from pulumi_ctune.tuning_job.wait import DEFAULT_TIMEOUT

        def begin(run: VerbRun) -> _Result:
            return work(Verbs(run.vertex, run.world, _owner(run.call, inputs)))

        return self._runner.run(begin, timeout=DEFAULT_TIMEOUT, entry=entry, program=program)


def _with_labels(inputs: Properties, program: Any) -> Properties:
    """The inputs with the stack's default labels under their own, and numbers as the texts that config meant."""
    labels = inputs.get("labels")
    defaults = (program.get("default_labels") if isinstance(program, Mapping) else None) or {}
    if isinstance(defaults, Unknown):  # of a provider that is still to be made
        return {**inputs, "labels": rpc.UNKNOWN}
    if isinstance(labels, Mapping) or (labels is None and defaults):
        merged = {**values.outgoing(defaults), **(labels or {})}
        return {**inputs, "labels": {key: text_of(value) for key, value in merged.items()}}
    return inputs


def _registry() -> run_registry.RunRegistry:
    return run_registry.current()


def _owner(call: calls.Call, inputs: Mapping[str, Any]) -> Owner:
    """Who the job belongs to. Without the engine's URN, what the program said of the resource has to do."""
    told = Owner.of(inputs.get(OWNER) or {})
    return replace(told, urn=call.urn or f"urn:pulumi:{told.stack}::{told.project}::{JOB_TYPE}::{told.name}")
