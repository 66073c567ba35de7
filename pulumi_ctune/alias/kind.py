"""The alias as a kind of resource: its verbs, and what they note for each other in a run.

What only the long verbs need loads with the first of them, as for a job.
"""

from datetime import timedelta

from pulumi_ctune.alias import attributes, diff
from pulumi_ctune.alias.checks import check, warnings
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.kind import Checked, CheckRun, DiffRun, Made, Values, VerbRun, differ_only_in
from pulumi_ctune.core.outcomes import Found, Plan
from pulumi_ctune.core.run import SourceFates, current_run, held, holds_on, recorded
from pulumi_ctune.gate.input_checks import known_misses, promoted_in, with_numbers

DEFAULT_TIMEOUT = timedelta(minutes=20)
"""How long a verb rides out an API that is out of reach, where `custom_timeouts` says nothing."""


class AliasKind:
    """`ctune.ModelVersionAlias`."""

    type, inputs = attributes.TYPE, attributes.INPUTS
    beyond_inputs = ()
    mark_of_state = "model"
    absent = "there is no such alias, or its model is gone"

    def timeout(self, verb: str) -> timedelta:
        return DEFAULT_TIMEOUT

    def check(self, run: CheckRun, old_inputs: Values, inputs: Values) -> Checked:
        failures = check(inputs)
        require, owner = inputs.get("require"), old_inputs.get(OWNER) if old_inputs else run.settled({})
        settled = {} if require is None else {"require": with_numbers(require)}
        settled |= {OWNER: owner} if owner else {}
        if failures:
            return Checked(settled, failures, [])
        return Checked(settled, failures, warnings(inputs), known_misses(require, promoted_in(inputs)))

    def diff(self, run: DiffRun, id_: str, state: Values, inputs: Values) -> Plan:
        return holds_on(self.type, run.call.urn, id_, diff.plan(state, inputs, current_run().part(SourceFates).of))

    def keeps_outputs(self, state: Values, inputs: Values) -> bool:
        return differ_only_in(("require",), self.inputs, state, inputs)

    def create(self, run: VerbRun, inputs: Values) -> Made:
        from pulumi_ctune.alias import creation, outputs

        urn, taken = run.call.urn, held(self.type).by_others(run.call.urn)
        return recorded(
            self.type, urn, lambda: creation.create(run.vertex, run.context, inputs, taken=taken), outputs.id_of
        )

    def update(self, run: VerbRun, id_: str, state: Values, inputs: Values) -> Values:
        from pulumi_ctune.alias import creation

        return creation.update(run.vertex, run.context, state, inputs, taken=held(self.type).by_others(run.call.urn))

    def read(self, run: VerbRun, id_: str, state: Values, inputs: Values) -> Found | None:
        from pulumi_ctune.alias import reading

        return reading.read(run.vertex, run.context, id_, state)

    def delete(self, run: VerbRun, id_: str, state: Values) -> None:
        from pulumi_ctune.alias import deletion

        if held(self.type).has_successor(run.call.urn, id_):  # a renamed resource, or `--replace`
            run.context.report.info(f"alias '{state['alias']}' of {state['model']} stays: another resource has it now")
            return
        deletion.delete(run.vertex, run.context, id_, state)
