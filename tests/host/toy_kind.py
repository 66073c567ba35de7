"""A kind of resource that the package has never heard of, and its provider, which the host process can import."""

from datetime import timedelta

from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.core.kind import Checked, CheckRun, DiffRun, Failure, Made, Values, VerbRun
from pulumi_ctune.core.outcomes import Found, Plan, Unfinished
from pulumi_ctune.providers import KindProvider


class ToyKind:
    """Has an input `size`, which is changed in place, and an input `name`, which is not."""

    type, inputs = "toys:index:Toy", ("name", "size")
    beyond_inputs = ("finished",)
    mark_of_state = "made"
    absent = "there is no such toy"

    def timeout(self, verb: str) -> timedelta:
        return timedelta(minutes=1)

    def check(self, run: CheckRun, old_inputs: Values, inputs: Values) -> Checked:
        failures = [Failure("size", "must not be negative")] if inputs["size"] < 0 else []
        return Checked({"size": inputs["size"] or 1}, failures)

    def diff(self, run: DiffRun, id_: str, state: Values, inputs: Values) -> Plan:
        if inputs["name"] == "forbidden":
            raise InvalidInputError("a toy keeps its name", where="name")
        replaces = ("name",) if state["name"] != inputs["name"] else ()
        updates = ("size",) if state["size"] != inputs["size"] else ()
        return Plan(replaces, updates, notes=tuple(f"{key} changed" for key in replaces))

    def keeps_outputs(self, state: Values, inputs: Values) -> bool:
        return True

    def create(self, run: VerbRun, inputs: Values) -> Made:
        state = {**inputs, "made": True, "urn": run.call.urn, "timeout_s": run.context.timeout.total_seconds()}
        if inputs["name"] == "half":
            raise Unfinished("toys/half", state, InvalidInputError("only half of it is there", where="toys/half"))
        return Made(f"toys/{inputs['name']}", state)

    def update(self, run: VerbRun, id_: str, state: Values, inputs: Values) -> Values:
        return {**state, **inputs}

    def read(self, run: VerbRun, id_: str, state: Values, inputs: Values) -> Found | None:
        return None if id_ == "toys/gone" else Found({**state, "size": 9}, {"name": "bear", "size": 9})

    def delete(self, run: VerbRun, id_: str, state: Values) -> None:
        raise InvalidInputError("a toy is for ever", where=id_)


class ToyKindProvider(KindProvider):
    """The provider of toys."""

    def _kind(self) -> ToyKind:
        return ToyKind()
