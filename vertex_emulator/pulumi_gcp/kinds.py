"""What a kind of resource is: its type token, what Check fills in, what changes in place, and its four verbs.

A kind with a home of its own in the emulator is a subclass; the others are instances of `recorded.Recorded`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from vertex_emulator.pulumi_gcp import values
from vertex_emulator.pulumi_gcp.client import Client
from vertex_emulator.pulumi_gcp.values import Properties


class Found(NamedTuple):
    """What there is. `inputs` are those that the server knows of, in the form a program writes them; None is absent.

    `outputs` are what the server knows, inputs too. Recorded outputs that are in neither stay.
    """

    inputs: Properties
    outputs: Properties


def readable(name: str, seed: bytes) -> str:
    """An automatic name: the resource's name and seven hex digits."""
    return f"{name}-{seed.hex()[:7]}"


@dataclass(frozen=True, kw_only=True)
class Kind(ABC):
    """One kind of resource, such as buckets. Inputs are those that Check has completed: no unknowns but in previews."""

    token: str
    """Its type on the wire, such as `gcp:storage/bucket:Bucket`."""
    named_by: str = ""
    """The input that gets an automatic name; empty for none."""
    automatic_name: Callable[[str, bytes], str] = readable
    """From the resource's name and the engine's random seed."""
    defaults: Sequence[str] = ()
    """Which of `project` and `location` are taken from the provider's config."""
    in_place: frozenset[str] = frozenset()
    """The inputs that an update can change; a change of any other replaces the resource."""
    computed: Sequence[str] = ()
    """The outputs that are no inputs: unknown in the preview of a create."""

    def refusals(self, inputs: Properties) -> Iterator[tuple[str, str]]:
        """(property, reason) for each input that cannot be right. Inputs may be unknown."""
        yield from ()

    @abstractmethod
    def id_of(self, inputs: Properties) -> str:
        """The resource's id, which follows from its inputs."""

    @abstractmethod
    def create(self, emulator: Client, inputs: Properties) -> Properties:
        """Make the resource and return its computed outputs, and inputs that read back differently."""

    @abstractmethod
    def read(self, emulator: Client, resource_id: str, known: Properties) -> Found | None:
        """The resource as it is, None if there is none. `known` are its recorded outputs, if there are any."""

    @abstractmethod
    def update(self, emulator: Client, resource_id: str, old_inputs: Properties, inputs: Properties) -> Properties:
        """Change the resource in place; returns as `create`."""

    @abstractmethod
    def delete(self, emulator: Client, resource_id: str, known: Properties) -> None:
        """Take the resource away. Raises `NotFoundError` where it is gone already, which is fine."""

    def outputs_of_change(self, changed: set[str]) -> Sequence[str]:
        """The computed outputs that an update of these inputs changes: unknown in its preview."""
        return ()

    def same(self, name: str, one: Any, other: Any) -> bool:
        """Whether two values of an input mean the same."""
        return values.same(one, other)
