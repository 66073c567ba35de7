"""The deployment as a kind of resource: its verbs, and what they note for each other in a run.

What only the long verbs need loads with the first of them, as for a job.
"""

from datetime import timedelta

from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.kind import Checked, CheckRun, DiffRun, Made, Values, VerbRun, differ_only_in
from pulumi_ctune.core.outcomes import Found, Plan
from pulumi_ctune.core.run import SourceFates, current_run, held, holds_on, recorded
from pulumi_ctune.core.values import number_of
from pulumi_ctune.deployment import diff
from pulumi_ctune.deployment.attributes import ENDPOINT_NAME, INPUTS, TYPE
from pulumi_ctune.deployment.checks import check, warnings
from pulumi_ctune.gate.input_checks import known_misses, promoted_in, with_numbers

DEFAULT_TIMEOUT = timedelta(hours=1)
"""How long a verb takes at most where `custom_timeouts` says nothing: a deployment takes minutes, seldom many."""


class DeploymentKind:
    """`ctune.ModelDeployment`."""

    type, inputs = TYPE, INPUTS
    beyond_inputs = diff.UNFINISHED
    mark_of_state = ENDPOINT_NAME
    absent = "there is no such deployment, or its endpoint is gone"

    def timeout(self, verb: str) -> timedelta:
        return DEFAULT_TIMEOUT

    def check(self, run: CheckRun, old_inputs: Values, inputs: Values) -> Checked:
        failures = check(inputs)
        percent, require = inputs.get("traffic_percent"), inputs.get("require")
        settled = {
            "traffic_percent": diff.ALL_TRAFFIC if percent is None else number_of(percent),
            # Settled when the resource is made: what it has deployed is known by its owner, also after a rename.
            OWNER: old_inputs.get(OWNER) or run.settled({**inputs.get(OWNER, {}), "urn": run.call.urn}),
        }
        if require is not None:
            settled["require"] = with_numbers(require)
        if failures:
            return Checked(settled, failures, [])
        return Checked(settled, failures, warnings(inputs), known_misses(require, promoted_in(inputs)))

    def diff(self, run: DiffRun, id_: str, state: Values, inputs: Values) -> Plan:
        return holds_on(self.type, run.call.urn, id_, diff.plan(state, inputs, current_run().part(SourceFates).of))

    def keeps_outputs(self, state: Values, inputs: Values) -> bool:
        return bool(state.get("deployed_model_id")) and differ_only_in(("traffic_percent",), self.inputs, state, inputs)

    def create(self, run: VerbRun, inputs: Values) -> Made:
        from pulumi_ctune.deployment import creation, outputs

        return recorded(
            self.type, run.call.urn, lambda: creation.create(run.vertex, run.context, inputs), outputs.id_of
        )

    def update(self, run: VerbRun, id_: str, state: Values, inputs: Values) -> Values:
        from pulumi_ctune.deployment import creation

        return creation.update(run.vertex, run.context, state, inputs)

    def read(self, run: VerbRun, id_: str, state: Values, inputs: Values) -> Found | None:
        from pulumi_ctune.deployment import reading

        return reading.read(run.vertex, run.context, id_, state)

    def delete(self, run: VerbRun, id_: str, state: Values) -> None:
        from pulumi_ctune.deployment import deletion

        if held(self.type).has_successor(run.call.urn, id_):  # `--replace`: the new one has the very deployment
            text = f"the deployment of {state['tuned_model_name']} stays: it now belongs to the new resource"
            run.context.report.info(text)
            return
        deletion.delete(run.vertex, run.context, id_, state)
