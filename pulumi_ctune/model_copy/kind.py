"""The copy as a kind of resource: its verbs, and what they note for each other in a run.

What only the long verbs need loads with the first of them, as for a job.
"""

from datetime import timedelta

from pulumi_ctune.core.default_labels import with_default_labels
from pulumi_ctune.core.deletion_policy import PREVENT
from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.kind import Checked, CheckRun, DiffRun, Made, Values, VerbRun, differ_only_in
from pulumi_ctune.core.outcomes import Found, Plan
from pulumi_ctune.core.run import SourceFates, current_run, held, holds_on, recorded
from pulumi_ctune.gate.input_checks import known_misses, promoted_in, with_numbers
from pulumi_ctune.model_copy import attributes, diff
from pulumi_ctune.model_copy.attributes import TARGET
from pulumi_ctune.model_copy.checks import check, warnings

DEFAULT_TIMEOUT = timedelta(hours=1)
"""How long a verb takes at most where `custom_timeouts` says nothing: copies take minutes."""


class ModelCopyKind:
    """`ctune.ModelCopy`."""

    type, inputs = attributes.TYPE, attributes.INPUTS
    beyond_inputs = diff.UNFINISHED
    mark_of_state = TARGET
    absent = "there is no such version, or it is no copy"

    def timeout(self, verb: str) -> timedelta:
        return DEFAULT_TIMEOUT

    def check(self, run: CheckRun, old_inputs: Values, inputs: Values) -> Checked:
        settled = with_default_labels(inputs, run.program)
        inputs = {**inputs, **settled}
        failures = check(inputs)
        # Settled when the resource is made: its copies are known by their owner, also after a rename.
        settled[OWNER] = old_inputs.get(OWNER) or run.settled({**inputs.get(OWNER, {}), "urn": run.call.urn})
        if inputs.get("require") is not None:
            settled["require"] = with_numbers(inputs["require"])
        if failures:
            return Checked(settled, failures, [])
        misses = known_misses(inputs.get("require"), promoted_in(inputs, key="source_model_name"))
        return Checked(settled, failures, warnings(inputs), misses)

    def diff(self, run: DiffRun, id_: str, state: Values, inputs: Values) -> Plan:
        plan = diff.plan(state, inputs, current_run().part(SourceFates).of)
        if plan.replaces and PREVENT == state.get("deletion_policy") == inputs.get("deletion_policy"):
            raise CtuneError(
                "another copy would be needed",
                where=id_,
                why=f"{', '.join(plan.replaces)} changed, but its deletion_policy is PREVENT",
                next_step="Set deletion_policy to ABANDON or DELETE to allow it.",
            )
        return holds_on(self.type, run.call.urn, _name(id_, state), plan)

    def keeps_outputs(self, state: Values, inputs: Values) -> bool:
        return bool(state.get("tuned_model_name")) and differ_only_in(
            ("labels", "deletion_policy", "require"), self.inputs, state, inputs
        )

    def create(self, run: VerbRun, inputs: Values) -> Made:
        from pulumi_ctune.model_copy import creation

        return recorded(
            self.type,
            run.call.urn,
            create=lambda: creation.create(run.vertex, run.context, inputs),
            id_of=lambda state: str(state["tuned_model_name"]),
        )

    def update(self, run: VerbRun, id_: str, state: Values, inputs: Values) -> Values:
        from pulumi_ctune.model_copy import creation

        return creation.update(run.vertex, run.context, state, inputs)

    def read(self, run: VerbRun, id_: str, state: Values, inputs: Values) -> Found | None:
        from pulumi_ctune.model_copy import reading

        return reading.read(run.vertex, run.context, id_, state)

    def delete(self, run: VerbRun, id_: str, state: Values) -> None:
        from pulumi_ctune.model_copy import deletion

        urn, name, ours = run.call.urn, _name(id_, state), held(self.type)
        if ours.has_successor(urn, name):  # `--replace`: the new one has the very version
            run.context.report.info(f"{name} stays: it now belongs to the new resource")
            return
        deletion.delete(run.vertex, run.context, state, is_replaced=lambda: ours.has_made(urn))


def _name(id_: str, state: Values) -> str:
    """The version that the entry holds now: the id is the one that it held first."""
    return str(state.get("tuned_model_name") or id_)
