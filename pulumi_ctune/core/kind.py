"""What a kind of resource is to the fronts that serve it: a name, and verbs on plain data.

A front converts values, says which call of the engine is served, and shows what comes back. `verbs` gives each verb its
settings, its client and its wait_context. What a verb means is the kind's alone, in the folder of the resource.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from pulumi_ctune.core.hidden import SERVICE
from pulumi_ctune.core.outcomes import Found, Plan
from pulumi_ctune.core.spending import AS_USUAL, Spending

if TYPE_CHECKING:  # slow to load, and a kind may do without
    from pulumi_ctune.core.api import Vertex
    from pulumi_ctune.core.ownership import Owner
    from pulumi_ctune.core.retry import WaitContext

Values = Mapping[str, Any]
"""Properties as plain Python with `values.UNKNOWN` for what is not known yet."""


class Context(Protocol):
    """What tells of the end of a call: gRPC's context does."""

    def add_callback(self, callback: Callable[[], None], /) -> bool: ...


@dataclass(frozen=True)
class Call:
    """One call of the engine. An empty one (`Call()`) stands for a call of which nothing is known; a kind gets the URN
    of its resource all the same, as far as the program told the name.

    `verb` is the engine's word (`Create`, `Update`, ...), `timeout` what the program's `custom_timeouts` say for it
    (None: not set, or the verb has none), `preview` whether nothing may be changed, `context` gRPC's, None where there
    is none.
    """

    verb: str = ""
    urn: str = ""
    timeout: timedelta | None = None
    preview: bool = False
    context: Context | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Failure:
    """What is wrong with one input.

    `property` is its path as the user typed it (`supervised_tuning_spec.hyper_parameters.epoch_count`, list items by
    `[0]`), `reason` one line: what was given, what is allowed, and the nearest right thing where there is one.
    """

    property: str
    reason: str


def failures_of(found: Mapping[str, str]) -> list[Failure]:
    """What the rules have found, path -> reason, as failures."""
    return [Failure(path, reason) for path, reason in found.items()]


def differ_only_in(allowed: Collection[str], names: Collection[str], state: Values, inputs: Values) -> bool:
    """Whether of these inputs, as a state has them, only the allowed ones change."""
    return all(state.get(name) == inputs.get(name) for name in {*names} - {*allowed})


NO_ASSETS = (
    "assets and archives cannot be used here, as they cannot be compared in a second run; give the generation of the "
    "uploaded object, or a hash of the file"
)
"""Why a front refuses an input that has one."""


@dataclass(frozen=True)
class Checked:
    """What a check found. `settled` are the inputs that it has set or changed; the others stay as they are."""

    settled: Values
    failures: Sequence[Failure] = ()
    warnings: Sequence[str] = ()
    notes: Sequence[str] = ()


class Made(NamedTuple):
    """What a create has made: Pulumi's id for it, and the state."""

    id: str
    state: Values


@dataclass(frozen=True)
class CheckRun:
    """One Check. `program` is what the program told of itself (`program_facts`), `service` the kind of service that a
    resource is made at: `google`, `emulator`, or empty where the settings do not tell. `client` as for a diff; None
    where a check may ask nobody.
    """

    call: Call
    program: Values
    service: str = ""
    spending: Spending = AS_USUAL
    client: "Callable[[], Vertex] | None" = None

    def settled(self, owner: Values) -> dict[str, Any]:
        """The owner of a resource that is to be made, with the kind of service that it is made at."""
        return {**owner, SERVICE: self.service} if self.service else {**owner}


@dataclass(frozen=True)
class DiffRun:
    """One Diff. `client` makes the API's client when first asked for, and raises what is wrong with the settings."""

    call: Call
    client: "Callable[[], Vertex]"

    @property
    def vertex(self) -> "Vertex":
        return self.client()


@dataclass(frozen=True)
class VerbRun(DiffRun):
    """One Create, Update, Read or Delete under way.

    `saved_state` reads the resources of an owner's stack as they are saved; None where nobody can say.
    """

    context: "WaitContext"
    saved_state: "Callable[[Owner], Sequence[Values] | None]" = lambda owner: None
    spending: Spending = AS_USUAL


class Kind(Protocol):
    """A kind of resource. One instance serves all resources of it, in many threads at once.

    `diff` and the verbs raise `CtuneError` for what is foreseeable, and those that make something `Unfinished` once
    there is something that must be kept.
    """

    @property
    def type(self) -> str:
        """Its type in states and URNs."""

    @property
    def inputs(self) -> Collection[str]:
        """The names of its inputs."""

    @property
    def beyond_inputs(self) -> Collection[str]:
        """The entries of a plan that are about no input, such as a failed job."""

    @property
    def mark_of_state(self) -> str:
        """The entry that every state of it has: a read without it is one of `.get()`."""

    @property
    def absent(self) -> str:
        """What `.get()` says where nothing is found."""

    def timeout(self, verb: str) -> timedelta:
        """How long a verb (`Create`, `Update`, `Read`, `Delete`) may take where the program says nothing."""

    def check(self, run: CheckRun, old_inputs: Values, inputs: Values) -> Checked:
        """What is wrong with inputs. `old_inputs` are empty for a new resource and for one that is replaced."""

    def diff(self, run: DiffRun, id_: str, state: Values, inputs: Values) -> Plan:
        """What a change of inputs means."""

    def keeps_outputs(self, state: Values, inputs: Values) -> bool:
        """Whether an update in place to these inputs, unknown ones too, certainly leaves all outputs as they are."""

    def create(self, run: VerbRun, inputs: Values) -> Made:
        """Make it, or take over what an earlier run has made."""

    def update(self, run: VerbRun, id_: str, state: Values, inputs: Values) -> Values:
        """Change it in place, and finish what an earlier run left unfinished; returns the new state."""

    def read(self, run: VerbRun, id_: str, state: Values, inputs: Values) -> Found | None:
        """What there is now; None for nothing. `inputs` are those that are recorded, empty for `.get()`."""

    def delete(self, run: VerbRun, id_: str, state: Values) -> None:
        """Take away what the policy says. What is gone already is fine."""
