"""Diff: which inputs differ, and whether that needs another resource."""

from typing import Literal, NamedTuple

from vertex_emulator.pulumi_gcp import values
from vertex_emulator.pulumi_gcp.kinds import Kind
from vertex_emulator.pulumi_gcp.values import DEFAULTS, Properties

DELETION_POLICY = "deletionPolicy"  # an order to the plugin, changed in place everywhere; no server knows it


class Difference(NamedTuple):
    """One input that differs."""

    change: Literal["ADD", "DELETE", "UPDATE"]
    replaces: bool


class Plan(NamedTuple):
    """What differs, by input, and whether the old resource must go before the new one can come."""

    differences: dict[str, Difference]
    delete_before_replace: bool


def compare(kind: Kind, resource_id: str, olds: Properties, news: Properties) -> Plan:
    """Compare recorded inputs with those of the program."""
    differences = {name: _difference(kind, name, olds, news) for name in sorted(changed_inputs(kind, olds, news))}
    replaces = any(difference.replaces for difference in differences.values())
    return Plan(differences, replaces and _collides(kind, resource_id, olds, news))


def changed_inputs(kind: Kind, olds: Properties, news: Properties) -> set[str]:
    """The inputs that mean something else than before."""
    return {name for name in {*olds, *news} - {DEFAULTS} if not kind.same(name, olds.get(name), news.get(name))}


def _difference(kind: Kind, name: str, olds: Properties, news: Properties) -> Difference:
    change: Literal["ADD", "DELETE", "UPDATE"] = (
        "ADD" if name not in olds else "DELETE" if name not in news else "UPDATE"
    )
    return Difference(change, name not in kind.in_place and name != DELETION_POLICY)


def _collides(kind: Kind, resource_id: str, olds: Properties, news: Properties) -> bool:
    # The engine creates before it deletes unless we object, and with one name for both the delete hits the new one. As
    # the real plugin: a name that the program wrote and did not change; an automatic one will be another.
    if kind.named_by:
        return kind.named_by not in news.get(DEFAULTS, ()) and olds.get(kind.named_by) == news.get(kind.named_by)
    return not values.is_unknown(news) and kind.id_of(news) == resource_id
