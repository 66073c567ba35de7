"""Which kind serves which type, and what goes with a resource that only a program in Python tells.

A Python program says whose a resource is, and where it is by default; here the URN and the settings do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.core.hidden import OWNER, SECRETS
from pulumi_ctune.core.kind import Kind, Values
from pulumi_ctune.native import kept_schema, wire_names

Get = Callable[[str], str | None]
PROVIDER = "__provider"
"""In a state of the dynamic front: the pickled provider."""
_PLACES = {"project": "gcp:project", "location": "gcp:region"}
_DEFAULT_ORGANIZATION = "organization"  # what Pulumi's own SDKs say where there is none


@dataclass(frozen=True)
class Served:
    """A type that programs name. `placed`: project and location are the stack's by default; `owned`: the resource is
    known by its owner.
    """

    name: str
    kind: Kind
    placed: bool = False
    owned: bool = True
    shape: wire_names.Shape = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", wire_names.resource(self.type))

    @property
    def type(self) -> str:
        return kept_schema.token(self.name)

    def outputs(self) -> list[str]:
        """The names of the outputs that are no inputs."""
        said = kept_schema.kept()["resources"][self.type]
        return [kept_schema.snake(name) for name in said["properties"] if name not in said["inputProperties"]]

    def readable(self, state: Values) -> dict[str, Any]:
        """A state as programs can read it: None for each output that is not there, numbers alone where they belong."""
        required = kept_schema.kept()["resources"][self.type]["required"]
        outputs = self.outputs()
        absent = [name for name in outputs if kept_schema.camel(name) not in required]
        made = self.shape.numbers_alone({name: state[name] for name in outputs if name in state})
        return {**dict.fromkeys(absent), **state, **made}

    def settled(self, urn: str, inputs: Values, old_inputs: Values, get: Get, default: Callable[[str], Any]) -> Values:
        """Inputs with what a program in Python would have told with them. `default` looks a setting up."""
        defaults: dict[str, Any] = {}
        if self.placed:
            defaults = {name: value for name, key in _PLACES.items() if (value := default(key)) is not None}
        if self.owned:
            defaults[OWNER] = _owner(urn, old_inputs, get("ctune:organization"))
        return {**defaults, **inputs}

    def refuse_unchecked(self, inputs: Values) -> None:
        """Raise for inputs that no check has settled: nobody would find again what is made of them."""
        if self.owned and OWNER not in inputs:
            raise InvalidInputError(
                "nothing was made",
                where=self.type,
                why="its inputs come without a check, which says whose it is and where it is made",
                next_step="Call Check first, as the engine does, and create with the inputs that it answers.",
            )


def _owner(urn: str, old_inputs: Values, organization: str | None) -> dict[str, str]:
    """Who a resource belongs to. The engine does not say the organization: a state of the dynamic front does."""
    stack, project, _, name = urn.removeprefix("urn:pulumi:").split("::", 3)
    known = (old_inputs.get(OWNER) or {}).get("organization")
    return {
        "organization": organization or known or _DEFAULT_ORGANIZATION,
        "project": project,
        "stack": stack,
        "name": name,
    }


def type_in(urn: str) -> str:
    """The type in a URN, `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`."""
    return urn.split("::", 3)[2].rpartition("$")[2]


def without_ours(values: Mapping[str, Any]) -> dict[str, Any]:
    """Properties without what only the dynamic front knows."""
    return {key: value for key, value in values.items() if key not in (PROVIDER, SECRETS)}


def all_served() -> dict[str, Served]:
    """Every type that the plugin serves, by token."""
    from pulumi_ctune.alias.kind import AliasKind
    from pulumi_ctune.deployment.kind import DeploymentKind
    from pulumi_ctune.evaluation_run.kind import EvaluationRunKind
    from pulumi_ctune.model_copy.kind import ModelCopyKind
    from pulumi_ctune.tuning_job.kind import TuningJobKind

    served = (
        Served("ContinuousTuningJob", TuningJobKind(), placed=True),
        Served("ModelVersionAlias", AliasKind(), owned=False),
        Served("ModelDeployment", DeploymentKind()),
        Served("ModelCopy", ModelCopyKind(), placed=True),
        Served("EvaluationRun", EvaluationRunKind()),
    )
    return {each.type: each for each in served}
