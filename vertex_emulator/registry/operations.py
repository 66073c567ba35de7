"""Long-running operations: what a call has started, and what comes of it once its time is over.

Owns the operation documents and their endpoints in the API. Knows not what the operations do: an area registers an
effect for each kind, `effect(call, arguments)`, which is carried out at the first look after the due moment, with
`call.now` set to that moment, so that no thread has to run meanwhile.

Source: https://cloud.google.com/vertex-ai/docs/general/long-running-operations
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from vertex_emulator import names
from vertex_emulator.schema import Schema
from vertex_emulator.service import (
    Call,
    Handler,
    Route,
    next_page,
    page_of,
    timestamp,
)
from vertex_emulator.wsgi import ApiProblem, Response

Effect = Callable[[Call, dict[str, Any]], dict[str, Any]]

_KIND = "operation"
_EMPTY_TYPE = "type.googleapis.com/google.protobuf.Empty"
_CANCELLED = 1
# google.rpc.Code, https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
_GRPC_CODE = {
    "CANCELLED": 1,
    "INVALID_ARGUMENT": 3,
    "DEADLINE_EXCEEDED": 4,
    "NOT_FOUND": 5,
    "ALREADY_EXISTS": 6,
    "PERMISSION_DENIED": 7,
    "RESOURCE_EXHAUSTED": 8,
    "FAILED_PRECONDITION": 9,
    "ABORTED": 10,
    "OUT_OF_RANGE": 11,
    "UNIMPLEMENTED": 12,
    "INTERNAL": 13,
    "UNAVAILABLE": 14,
    "UNAUTHENTICATED": 16,
}
_EFFECTS: dict[str, tuple[str, Effect]] = {}


def effect(kind: str, response_type: str) -> Callable[[Effect], Effect]:
    """Register what operations of a kind do when they end; the effect's result becomes the operation's `response`.

    `response_type` is the message's name in the API's package; empty for `google.protobuf.Empty`.
    """

    def register(function: Effect) -> Effect:
        _EFFECTS[kind] = (response_type, function)
        return function

    return register


def settled(handler: Handler) -> Handler:
    """The handler, run after all operations that have become due."""

    def settle_and_handle(call: Call) -> Response | dict[str, Any]:
        settle(call)
        return handler(call)

    return settle_and_handle


def settle(call: Call) -> None:
    """Carry out what has become due, the earliest first."""
    for _, document in call.tx.due(_KIND, call.now):
        _end(call, document)


def start(
    call: Call,
    *,
    kind: str,
    resource: str,
    metadata_type: str,
    arguments: dict[str, Any],
    at_once: bool = False,
) -> dict[str, Any]:
    """Start an operation below a resource and return it as the API shows it.

    It ends after `operation_duration_s`, or `at_once`: then the answer has its outcome. The kind must have a registered
    effect. `arguments` are JSON.
    """
    due = call.now if at_once else call.now + call.settings.operation_duration_s
    document: dict[str, Any] = {
        "name": f"{resource}/operations/{new_id()}",
        "kind": kind,
        "apiVersion": call.schema.api_version,
        "metadataType": metadata_type,
        "arguments": arguments,
        "createTime": timestamp(call.now),
        "updateTime": timestamp(call.now),
        "due": due,
        "outcome": None,
        "failsWith": call.effects.operation_error,
    }
    call.tx.put(_KIND, document["name"], document, due=due)
    if due <= call.now:
        document = _end(call, document)
    return _shown(call, document)


def pending(call: Call, kind: str, resource: str) -> list[dict[str, Any]]:
    """The arguments of all operations of a kind below a resource that have not ended."""
    return [
        document["arguments"]
        for _, document in call.tx.list(_KIND, f"{resource}/operations/")
        if document["outcome"] is None and document["kind"] == kind
    ]


def as_status(problem: ApiProblem) -> dict[str, Any]:
    """A problem as `google.rpc.Status`."""
    status: dict[str, Any] = {"code": _GRPC_CODE.get(problem.status, 2), "message": problem.message}
    return status | ({"details": problem.details} if problem.details else {})


def new_id() -> str:
    """A server-made id: 19 digits, never with a zero in front, and no second time though somebody seeds `random`."""
    return str(10**18 + secrets.randbelow(9 * 10**18))


def get(call: Call) -> dict[str, Any]:
    return _shown(call, _find(call))


def list_operations(call: Call) -> dict[str, Any]:
    owner = names.parent(call.param("project"), call.param("location"))
    if below := call.request.params.get("owner"):
        owner += f"/{below}"
    found = [
        _shown(call, document)
        for _, document in call.tx.list(_KIND, f"{owner}/", newest_first=True)
        if not document.get("forgotten")
    ]
    page, token = page_of(call, found)
    return {"operations": page} | next_page(token)


def wait(call: Call) -> dict[str, Any]:
    """The state as it is. The API leaves it to the server how long this waits, and a request here holds the store."""
    return _shown(call, _find(call))


def cancel(call: Call) -> dict[str, Any]:
    """End an operation that has not ended; what it would have done does not happen."""
    document = _find(call)
    if document["outcome"] is None:
        error = {"code": _CANCELLED, "message": "The operation was cancelled."}
        _put_outcome(call, document, {"error": error})
    return {}


def delete(call: Call) -> dict[str, Any]:
    """Forget an operation. One that has not ended goes on."""
    document = _find(call)
    due = document["due"] if document["outcome"] is None else None
    call.tx.put(_KIND, document["name"], {**document, "forgotten": True}, due=due)
    return {}


def _find(call: Call) -> dict[str, Any]:
    operation = call.param("operation")
    location = names.parent(call.param("project"), call.param("location"))
    if owner := call.request.params.get("owner"):
        name = f"{location}/{owner}/operations/{operation}"
        document = call.tx.get(_KIND, name)
    else:  # each operation of a location answers right under the location too, as at Google
        name = f"{location}/operations/{operation}"
        found = (item for key, item in call.tx.list(_KIND, f"{location}/") if key.endswith(f"/operations/{operation}"))
        document = next(found, None)
    if document is None or document.get("forgotten"):
        raise ApiProblem(404, f"Operation {name} is not found.")
    return document


def _end(call: Call, document: dict[str, Any]) -> dict[str, Any]:
    # Off the list of due ones first: the effect may look at what is due itself.
    call.tx.put(_KIND, document["name"], document, due=None)
    response_type, function = _EFFECTS[document["kind"]]
    # Stored as the caller of the operation would see it, whoever looks first; `_shown` fits it to who asks.
    moment = replace(call, now=document["due"], schema=Schema(document["apiVersion"]))
    if document["failsWith"]:
        return _put_outcome(moment, document, {"error": document["failsWith"]})
    try:
        with call.tx.savepoint():
            response = function(moment, document["arguments"])
    except ApiProblem as problem:
        outcome: dict[str, Any] = {"error": as_status(problem)}
    else:
        outcome = {"response": response if response_type else {"@type": _EMPTY_TYPE}}
    return _put_outcome(moment, document, outcome)


def _put_outcome(call: Call, document: dict[str, Any], outcome: dict[str, Any]) -> dict[str, Any]:
    ended = {**document, "outcome": outcome, "updateTime": timestamp(call.now)}
    call.tx.put(_KIND, document["name"], ended, due=None)
    return ended


def _type_url(document: dict[str, Any], message: str) -> str:
    return f"type.googleapis.com/google.cloud.aiplatform.{document['apiVersion']}.{message}"


def _shown(call: Call, document: dict[str, Any]) -> dict[str, Any]:
    times = {"createTime": document["createTime"], "updateTime": document["updateTime"]}
    metadata: dict[str, Any] = {"genericMetadata": times}
    outcome = document["outcome"]
    if document["metadataType"] == "DeployModelOperationMetadata":
        metadata["deploymentStage"] = _deployment_stage(outcome)
    shown = {"name": document["name"], "metadata": _packed(call, document, document["metadataType"], metadata)}
    if not outcome:
        return shown  # as in every proto JSON answer, what is false is left out
    response_type, _ = _EFFECTS[document["kind"]]
    if response_type and "response" in outcome:
        outcome = {"response": _packed(call, document, response_type, outcome["response"])}
    return {**shown, "done": True, **outcome}


def _packed(call: Call, document: dict[str, Any], message: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"@type": _type_url(document, message), **call.schema.shown(message, fields)}


def _deployment_stage(outcome: dict[str, Any] | None) -> str:
    if outcome is None:
        return "STARTING_DEPLOYMENT"
    if "response" in outcome:
        return "SUCCESSFULLY_DEPLOYED"
    return "DEPLOYMENT_TERMINATED" if outcome["error"]["code"] == _CANCELLED else "FAILED_TO_DEPLOY"


def _routes() -> list[Route]:
    routes: list[Route] = []
    for owner in ("", "/{owner=**}"):
        collection = f"projects/{{project}}/locations/{{location}}{owner}/operations"
        one = f"{collection}/{{operation}}"
        routes += [
            ("GET", one, settled(get)),
            ("GET", collection, settled(list_operations)),
            ("POST", f"{one}:wait", settled(wait)),
            ("POST", f"{one}:cancel", settled(cancel)),
            ("DELETE", one, settled(delete)),
        ]
    return routes


ROUTES = _routes()
