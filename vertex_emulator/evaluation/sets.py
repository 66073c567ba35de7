"""Evaluation sets: the rows that a run judges, as names of items in their order; and the set that a run writes.

The result set of a run is not deleted with it: that is a call of its own, for callers. `:import` is in `set_import`.
"""

from typing import Any

from vertex_emulator.evaluation import set_import
from vertex_emulator.evaluation.collection import ITEMS, SETS
from vertex_emulator.registry import operations
from vertex_emulator.resource_fields import changed_fields, check_display_name
from vertex_emulator.service import Call, Route

_UPDATABLE = ("displayName", "evaluationItems", "metadata", "agentConfigs")


def create(call: Call) -> dict[str, Any]:
    body = call.schema.read("EvaluationSet", call.request.json(), path="evaluation_set")
    return SETS.new_one(call, SETS.add(call, SETS.parent_of(call), _checked(call, body)))


def patch(call: Call) -> dict[str, Any]:
    document = SETS.find(call.tx, SETS.name_of(call))
    body = call.schema.read("EvaluationSet", call.request.json(), path="evaluation_set")
    changes = changed_fields(call.request, body, _UPDATABLE)
    return SETS.shown(call, SETS.save(call, _checked(call, {**document, **changes})))


def _checked(call: Call, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a set, names of items in their canonical form. Raises 404 for an item that does not exist."""
    check_display_name(fields.get("displayName"))
    return {
        **fields,
        "evaluationItems": [ITEMS.find(call.tx, name)["name"] for name in fields.get("evaluationItems") or []],
    }


ROUTES: list[Route] = [
    (method, pattern, operations.settled(handler))
    for method, pattern, handler in (
        ("POST", SETS.pattern, create),
        ("POST", f"{SETS.pattern}:import", set_import.start),
        ("GET", SETS.pattern, SETS.list),
        ("GET", SETS.one, SETS.get),
        ("PATCH", SETS.one, patch),
        ("DELETE", SETS.one, SETS.delete),
    )
]
