"""How two answers to the same request differ, and the same difference in many answers as one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from pulumi_ctune.conformance.shape import route_of, shape_of

Exchange = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """`field` is empty for the status of an answer. `recorded` or `emulator` is empty where a field is missing."""

    route: str
    field: str
    recorded: str
    emulator: str

    @property
    def kind(self) -> str:
        if not self.field:
            return "status"
        if not self.emulator:
            return "field that the emulator lacks"
        if not self.recorded:
            return "field that only the emulator has"
        if self.recorded.startswith("text: ") or self.emulator.startswith("text: "):
            return "error text"
        if self.recorded.startswith("value ") and self.emulator.startswith("value "):
            return "value"
        return "type"


class Found(NamedTuple):
    """A difference, in how many answers it is, and the id of the first one."""

    difference: Difference
    times: int
    first: str


class Pair(NamedTuple):
    """A recorded exchange and the emulator's answer to the same request."""

    recorded: Exchange
    status: int
    response: Any


def differences(pairs: Iterable[Pair]) -> list[Found]:
    """Every difference once, in the order of their first answers."""
    found: dict[Difference, Found] = {}
    for pair in pairs:
        for difference in _of_pair(pair):
            before = found.get(difference)
            times = before.times + 1 if before else 1
            found[difference] = Found(difference, times, before.first if before else str(pair.recorded["id"]))
    return list(found.values())


def _of_pair(pair: Pair) -> Iterable[Difference]:
    route = route_of(pair.recorded["method"], pair.recorded["path"])
    if pair.recorded["status"] != pair.status:
        return [Difference(route, "", str(pair.recorded["status"]), str(pair.status))]
    recorded, emulator = shape_of(pair.recorded["response"]), shape_of(pair.response)
    fields = dict.fromkeys((*recorded, *emulator))
    return [
        Difference(route, field, recorded.get(field, ""), emulator.get(field, ""))
        for field in fields
        if recorded.get(field) != emulator.get(field) and not _is_below_another(field, recorded, emulator)
    ]


def _is_below_another(field: str, recorded: dict[str, str], emulator: dict[str, str]) -> bool:
    """Whether the object or list that the field stands in is missing as a whole: that is told once."""
    parent = field.rpartition(".")[0] if "." in field else ""
    parent = parent.removesuffix("[]")
    while parent:
        if (parent in recorded) != (parent in emulator) or recorded.get(parent) != emulator.get(parent):
            return True
        parent = parent.rpartition(".")[0].removesuffix("[]")
    bare = field.removesuffix("[]")
    return bare != field and (bare in recorded) != (bare in emulator)
