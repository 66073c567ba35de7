"""The evaluation run as a kind of resource: its verbs, and what they note for each other in a run of Pulumi.

Loaded for every check and diff, so what only the long verbs need loads with the first of them.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from typing import Any

from pulumi_ctune.core.default_labels import with_default_labels
from pulumi_ctune.core.entry_tokens import EntryTokens
from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.core.hidden import ECHOED, OWNER, RECORDED
from pulumi_ctune.core.kind import Checked, CheckRun, DiffRun, Made, Values, VerbRun
from pulumi_ctune.core.outcomes import Found, Plan
from pulumi_ctune.core.ownership import Owner, token_of
from pulumi_ctune.core.run import SourceFates, current_run, held, recorded
from pulumi_ctune.core.values import Unknown, has_unknown
from pulumi_ctune.evaluation_run import attributes, diff
from pulumi_ctune.evaluation_run.checks import check


class EvaluationRunKind:
    """`ctune.EvaluationRun`."""

    type, inputs = attributes.TYPE, attributes.INPUTS
    beyond_inputs = diff.BEYOND_INPUTS
    mark_of_state = "name"
    absent = "there is no such evaluation run"

    def timeout(self, verb: str) -> timedelta:
        from pulumi_ctune.evaluation_run import deletion, wait

        return deletion.DEFAULT_TIMEOUT if verb == "Delete" else wait.DEFAULT_TIMEOUT

    def check(self, run: CheckRun, old_inputs: Values, inputs: Values) -> Checked:
        settled = with_default_labels(inputs, run.program)
        inputs = {**inputs, **settled}
        stated = inputs.get(OWNER) or {}
        token = _tokens().note_check(run.call.urn, Owner.of(stated).organization, old_inputs)
        owner = old_inputs.get(OWNER) or run.settled({**stated, "token": token})
        failures = check(inputs)
        notes: list[str] = []
        warnings: list[str] = []
        if not old_inputs and not failures and not inputs.get("adopt_run") and run.client:
            notes, failures, warnings = _looked_at(run, inputs)
        return Checked({**settled, OWNER: owner}, failures, warnings, notes)

    def diff(self, run: DiffRun, id_: str, state: Values, inputs: Values) -> Plan:
        plan = diff.plan(state, inputs, current_run().part(SourceFates).of)
        _tokens().note_diff(run.call.urn, token_of(state))
        if not plan.replaces:
            held(self.type).note(run.call.urn, id_)
            return plan
        reasons = ", ".join(plan.replaces)
        return Plan(plan.replaces, plan.updates, notes=(f"another evaluation run is needed: {reasons} changed",))

    def keeps_outputs(self, state: Values, inputs: Values) -> bool:
        return bool(state.get(RECORDED)) and not state.get(ECHOED) and not has_unknown(inputs)

    def create(self, run: VerbRun, inputs: Values) -> Made:
        from pulumi_ctune.evaluation_run.creation import Verbs

        verbs = Verbs(run.vertex, run.context, _owner(run, inputs), cache(partial(_held_runs, run, inputs)))
        return recorded(
            self.type, run.call.urn, create=lambda: verbs.create(inputs), id_of=lambda state: str(state["name"])
        )

    def update(self, run: VerbRun, id_: str, state: Values, inputs: Values) -> Values:
        from pulumi_ctune.evaluation_run.creation import Verbs

        return Verbs(run.vertex, run.context, _owner(run, inputs), dict).update(state, inputs)

    def read(self, run: VerbRun, id_: str, state: Values, inputs: Values) -> Found | None:
        from pulumi_ctune.evaluation_run import reading

        return reading.read(run.vertex, run.context, id_, state, inputs)

    def delete(self, run: VerbRun, id_: str, state: Values) -> None:
        from pulumi_ctune.evaluation_run import deletion

        if held(self.type).has_successor(run.call.urn, id_):
            run.context.report.info(f"evaluation run {id_} stays: another resource has it now")
            return
        deletion.delete(run.vertex, run.context, id_, state, is_replaced=held(self.type).has_made(run.call.urn))


def _tokens() -> EntryTokens:
    return current_run().part(EntryTokens)


def _owner(run: VerbRun, inputs: Values) -> Owner:
    return replace(Owner.of(inputs.get(OWNER) or {}), urn=run.call.urn)


def _held_runs(run: VerbRun, inputs: Values) -> Mapping[str, str]:
    """The runs that the saved state of the stack holds, with the tokens of their entries; none where nobody can say."""
    resources = run.saved_state(_owner(run, inputs)) or ()
    return {
        str(each["id"]): token_of(each.get("outputs") or {})
        for each in resources
        if each.get("type") == attributes.TYPE and each.get("id")
    }


def _looked_at(run: CheckRun, inputs: Values) -> tuple[list[str], Any, list[str]]:
    """What a run that is to be made would take, where its rows can be read: notes, failures and warnings."""
    from pulumi_ctune.core.kind import Failure
    from pulumi_ctune.evaluation_run import cost
    from pulumi_ctune.evaluation_run.request import Request
    from pulumi_ctune.evaluation_run.rows import RowError, rows_of

    if run.client is None or has_unknown([inputs.get("data_source"), inputs.get("evaluation_config")]):
        return [], [], []
    named = {**inputs} if isinstance(inputs.get("tuned_model_name"), str) else {**inputs, "tuned_model_name": _ANY}
    request = Request.parse({key: value for key, value in named.items() if not isinstance(value, Unknown)})
    if not request.dataset_uri:
        return [], [], []
    where = "data_source.dataset_uri"
    try:
        content = run.client().open_object(request.dataset_uri)
        return ([cost.in_words(request, len(rows_of(content)))] if content else []), [], []
    except RowError as error:
        return [], [Failure(where, f"{request.dataset_uri}: {error}")], []
    except CtuneError as error:
        why = f": {error.why}" if error.why else ""
        return [], [], [f"{where}: {error.what}{why}; `pulumi up` looks again before it makes the run"]


_ANY = "projects/unknown/locations/unknown/models/0@1"
"""In place of a version that is not known yet: what a run takes does not hang on it."""
