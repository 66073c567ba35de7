"""The tuning job as a kind of resource: its verbs, and what they note for each other in a run.

Loaded for every check and diff, so what only the long verbs need loads with the first of them.
"""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pulumi_ctune.core import secret_inputs
from pulumi_ctune.core.default_labels import with_default_labels
from pulumi_ctune.core.deletion_policy import PREVENT
from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.core.hidden import OWNER, RECORDED
from pulumi_ctune.core.kind import Call, Checked, CheckRun, DiffRun, Made, Values, VerbRun, failures_of
from pulumi_ctune.core.outcomes import Found, Plan, Unfinished, fate_of
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.core.program_facts import REPLACE_WITH
from pulumi_ctune.core.run import SourceFates, current_run
from pulumi_ctune.core.values import has_unknown, unknown_in
from pulumi_ctune.tuning_job import attributes, diff, difference_texts
from pulumi_ctune.tuning_job.checks import check, warnings
from pulumi_ctune.tuning_job.draft import Draft
from pulumi_ctune.tuning_job.state import State
from pulumi_ctune.tuning_job.state_entries import StateEntries, is_leaving

if TYPE_CHECKING:
    from pulumi_ctune.tuning_job.creation import Verbs

MAY_TRAIN = "may train again"
"""How a line starts that tells of a possible training run; scripts look for it."""


class TuningJobKind:
    """`ctune.ContinuousTuningJob`."""

    type, inputs = attributes.TYPE, attributes.INPUTS
    beyond_inputs = ("state", REPLACE_WITH)  # a job that failed or is still to be waited for, and an option
    mark_of_state = "name"
    absent = "there is no such tuning job, or its model is gone"

    def timeout(self, verb: str) -> timedelta:
        from pulumi_ctune.tuning_job import deletion, wait

        return deletion.DEFAULT_TIMEOUT if verb == "Delete" else wait.DEFAULT_TIMEOUT

    def check(self, run: CheckRun, old_inputs: Values, inputs: Values) -> Checked:
        urn, settled, notes = run.call.urn, with_default_labels(inputs, run.program), []
        inputs = {**inputs, **settled}
        draft = Draft.of(inputs)
        _fates().note_partners(urn, run.program)
        if _fates().note_check(urn, fresh=not old_inputs) and not draft.written.get("adopt_job"):
            notes.append("another training run is needed: the program or the command asks for a replacement")
        # The owner is settled when the resource is made: a later rename of the stack must not look like a change.
        stated = inputs.get(OWNER) or {}
        token = _entries().note_check(urn, Owner.of(stated).organization, old_inputs)
        owner = old_inputs.get(OWNER) or run.settled({**stated, "token": token})
        failures = check(inputs)
        warned = [] if failures else warnings(inputs)
        if not old_inputs and not failures and not draft.written.get("adopt_job"):
            from pulumi_ctune.tuning_job.preview import preview

            seen = preview(run, draft)
            failures = failures_of(seen.problems)
            warned += seen.warnings
            notes += seen.notes
        return Checked({**settled, OWNER: owner}, failures, warned, notes)

    def diff(self, run: DiffRun, id_: str, state: Values, inputs: Values) -> Plan:
        urn, fates = run.call.urn, _fates()
        saved, draft = State.parse(state), Draft.of(inputs)
        is_probe = fates.is_probe(urn)
        accepted, found, trouble = _entries().accepted_source(urn), None, ""
        if not is_probe and (asked := diff.open_source(saved, draft, accepted)):
            found, trouble = _version_now(run, asked)
        plan = diff.plan(saved, draft, fates.of, accepted=accepted, found=found, is_probe=is_probe)
        partners = [] if is_probe else fates.possible_partners(urn)
        if partners:
            plan = plan.possibly(REPLACE_WITH)
        if not is_probe:
            fates.note_diff(urn, saved.tuned_model_name, fate_of(plan))
            _entries().note_diff(urn, id_, saved)
        if plan.replaces:
            lines = difference_texts.reasons_to_train(saved, draft, plan.replaces)
            reasons = "; ".join(secret_inputs.without_values(urn, lines))
            if saved.is_recorded and PREVENT == saved.deletion_policy == draft.written.get("deletion_policy"):
                raise CtuneError(
                    "another training run would be needed",
                    where=id_,
                    why=f"{reasons}; but its deletion_policy is PREVENT",
                    next_step="Set deletion_policy to ABANDON or DELETE to allow it.",
                )
            return replace(plan, notes=(f"another training run is needed: {reasons}",))
        if plan.possible == (REPLACE_WITH,):
            text = f"{MAY_TRAIN}: it is replaced with {', '.join(partners)}, which may train again"
            return replace(plan, warnings=(text,))
        if plan.possible:
            return replace(plan, warnings=(f"{MAY_TRAIN}: {_why_possible(plan, inputs, trouble)}",))
        return plan

    def keeps_outputs(self, state: Values, inputs: Values) -> bool:
        return bool(state.get(RECORDED)) and not has_unknown(inputs)

    def create(self, run: VerbRun, inputs: Values) -> Made:
        verbs, entries = _verbs(run, inputs), _entries()
        urn = verbs.owner.urn
        try:
            state = verbs.create(inputs, entries.known_to(verbs.owner, run.saved_state))
        except Unfinished as unfinished:
            entries.note_made(urn, unfinished.resource_id, State.parse(unfinished.state))
            raise
        made = State.parse(state)
        entries.note_made(urn, made.name, made)
        return Made(made.name, state)

    def update(self, run: VerbRun, id_: str, state: Values, inputs: Values) -> Values:
        accepted = _entries().accepted_source(run.call.urn)
        return _verbs(run, inputs).update(id_, state, inputs, accepted_source=accepted)

    def read(self, run: VerbRun, id_: str, state: Values, inputs: Values) -> Found | None:
        from pulumi_ctune.tuning_job import reading

        return reading.read(run.vertex, run.context, id_, state, inputs)

    def delete(self, run: VerbRun, id_: str, state: Values) -> None:
        from pulumi_ctune.tuning_job import deletion

        successor, owner = _entries().successor(run.call.urn, State.parse(state)), _owner(run.call, state)
        if successor == id_:
            return

        def is_replaced() -> bool:
            # Also with PREVENT: `--replace` asks no diff, so nobody could refuse before the new job was paid for. An
            # entry under an earlier name of a renamed resource has no successor by its URN.
            return bool(successor) or is_leaving(owner, id_, run.saved_state)

        deletion.delete(run.vertex, run.context, id_, state, is_replaced=is_replaced)


def _version_now(run: DiffRun, name: str) -> tuple[str | None, str]:
    """The version, by its number, that this name means now; None where it cannot be looked up, and why."""
    try:
        return run.vertex.get_model_version(name).name, ""
    except CtuneError as error:
        return None, error.why or error.what


def _why_possible(plan: Plan, inputs: Values, trouble: str) -> str:
    unknown = [path for key in plan.possible for path in unknown_in(inputs.get(key), key)]
    if unknown:
        return f"{', '.join(unknown)} is known after the update"
    if trouble:
        return f"the source could not be looked up: {trouble}"
    return f"whether {', '.join(plan.possible)} means what it did is known after the update"


def _verbs(run: VerbRun, inputs: Values) -> "Verbs":
    from pulumi_ctune.tuning_job.creation import Verbs

    return Verbs(run.vertex, run.context, _owner(run.call, inputs), run.spending)


def _owner(call: Call, inputs: Values) -> Owner:
    """Who the job belongs to."""
    return replace(Owner.of(inputs.get(OWNER) or {}), urn=call.urn)


def _fates() -> SourceFates:
    return current_run().part(SourceFates)


def _entries() -> StateEntries:
    return current_run().part(StateEntries)
