"""Where to look: a service, the places in it, and what the saved state of a stack holds.

Says nothing of how a scope is found: `cli.scope_options` opens one from `--stack` or `--project`. Values of a state
are as `pulumi stack export` gives them: a secret is still encrypted, and so an object with a signature.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Self

from pulumi_ctune.core.api import Vertex
from pulumi_ctune.core.names import JobName
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.core.type_tokens import type_of

JOB_TYPE = type_of("ContinuousTuningJob")


class Place(NamedTuple):
    """A project, by id or number, and a location of it."""

    project: str
    location: str


@dataclass(frozen=True)
class SavedResource:
    """A resource in the saved state of a stack, whatever its type: ours, other providers', the stack itself.

    `outputs` of the stack (`pulumi:pulumi:Stack`) are what it exports. `is_replaced`: it waits for its deletion.
    """

    urn: str
    type: str
    id: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    is_replaced: bool = False

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        """The resource that an entry of `pulumi stack export` is."""
        return cls(
            urn=str(entry.get("urn") or ""),
            type=str(entry.get("type") or ""),
            id=str(entry.get("id") or ""),
            inputs=_mapping(entry.get("inputs")),
            outputs=_mapping(entry.get("outputs")),
            is_replaced=bool(entry.get("delete")),
        )

    @property
    def name(self) -> str:
        """The name that the program gave it."""
        return self.urn.rpartition("::")[2]

    @property
    def made(self) -> str:
        """The full name of what the service made: the output `name`, or the id where that is a secret."""
        given = self.outputs.get("name")
        return given if isinstance(given, str) and given else self.id


@dataclass(frozen=True)
class Scope:
    """A service, and what of it is meant.

    `owner` names the stack (its `name` and `urn` are empty); None where a project and a location are meant, with all
    that is in them: then nobody knows which states there are. `places` has no place twice; the first one is that of
    the settings, where these name one.
    """

    vertex: Vertex
    places: Sequence[Place]
    owner: Owner | None = None
    resources: Sequence[SavedResource] = ()

    @classmethod
    def of_stack(
        cls,
        vertex: Vertex,
        owner: Owner,
        exported: Mapping[str, Any],
        project: str | None,
        location: str | None,
    ) -> Self:
        """The scope of a stack, with the document of `pulumi stack export`, and the place of its settings."""
        entries = (exported.get("deployment") or {}).get("resources") or ()
        resources = [SavedResource.of(entry) for entry in entries]
        return cls(vertex, _places(project, location, resources), owner, resources)

    @property
    def stack(self) -> str:
        """The stack's name; empty where none is meant."""
        return self.owner.stack if self.owner else ""

    def of_type(self, name: str) -> Iterator[SavedResource]:
        """The saved resources of one of our classes, `ModelDeployment`; those that wait for their deletion too."""
        wanted = type_of(name)
        return (resource for resource in self.resources if resource.type == wanted)

    @cached_property
    def held_jobs(self) -> Mapping[str, SavedResource]:
        """The saved resources that hold a job, by the job's full name."""
        found: dict[str, SavedResource] = {}
        for resource in self.of_type("ContinuousTuningJob"):
            name = resource.made
            if name and (name not in found or found[name].is_replaced):
                found[name] = resource
        return found


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _places(project: str | None, location: str | None, resources: Iterable[SavedResource]) -> list[Place]:
    """The place of the settings, and those of saved jobs. A job's name has the number of the project, which may be the
    one that the settings name by its id; so the inputs count where the state has them.
    """
    found = [Place(project, location)] if project and location else []
    for resource in resources:
        if resource.type != JOB_TYPE:
            continue
        given = resource.outputs.get("project"), resource.outputs.get("location")
        if all(isinstance(part, str) and part for part in given):
            found.append(Place(str(given[0]), str(given[1])))
        else:
            found.extend(_place_in(resource.id))
    return list(dict.fromkeys(found))


def _place_in(name: str) -> Iterator[Place]:
    try:
        job = JobName.parse(name)
    except ValueError:
        return
    yield Place(job.project, job.location)
