"""Evaluation items: one row of a set each. What is asked, the answer it should have, answers that are there already.

Requests come from callers, inline or as a JSON file in Cloud Storage; results are written by runs. An item never
changes.
"""

import json
from typing import Any

from vertex_emulator.evaluation.collection import ITEMS
from vertex_emulator.registry import operations
from vertex_emulator.resource_fields import check_display_name, check_labels
from vertex_emulator.schema import Schema
from vertex_emulator.service import Call, Route
from vertex_emulator.storage.objects import content_at
from vertex_emulator.wsgi import ApiProblem

REQUEST, RESULT = "REQUEST", "RESULT"


def create(call: Call) -> dict[str, Any]:
    body = call.schema.read("EvaluationItem", call.request.json(), path="evaluation_item")
    check(body)
    return ITEMS.new_one(call, ITEMS.add(call, ITEMS.parent_of(call), body))


def check(body: dict[str, Any]) -> None:
    """Raises 400 for what callers cannot create."""
    check_display_name(body.get("displayName"))
    check_labels(body.get("labels") or {})
    if body.get("evaluationItemType") != REQUEST:
        raise ApiProblem(400, "evaluation_item_type must be REQUEST: evaluation runs create items of other types.")
    if ("evaluationRequest" in body) == ("gcsUri" in body):
        raise ApiProblem(400, "Exactly one of evaluation_request and gcs_uri must be set.")


def request_of(call: Call, item: dict[str, Any]) -> dict[str, Any]:
    """The `EvaluationRequest` of an item. Raises 400 or 404 for a file that is none."""
    uri = item.get("gcsUri")
    if not uri:
        inline: dict[str, Any] = item["evaluationRequest"]
        return inline
    content = content_at(call, uri)
    if content is None:
        raise ApiProblem(404, f"The file {uri} of the evaluation item {item['name']} does not exist.")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ApiProblem(400, f"The file {uri} of the evaluation item {item['name']} is not JSON: {error}") from None
    return Schema("v1beta1").read("EvaluationRequest", document, path="evaluation_request")


ROUTES: list[Route] = [
    (method, pattern, operations.settled(handler))
    for method, pattern, handler in (
        ("POST", ITEMS.pattern, create),
        ("GET", ITEMS.pattern, ITEMS.list),
        ("GET", ITEMS.one, ITEMS.get),
        ("DELETE", ITEMS.one, ITEMS.delete),
    )
]
