"""What the collections of an evaluation have in common: names, documents in the store, lists by page, deletion.

A collection's documents are the API's messages as they were sent, with name and times. Knows no rules of any one.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.evaluationSets
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from vertex_emulator import list_filter, names
from vertex_emulator.registry import operations
from vertex_emulator.resource_fields import camel_case
from vertex_emulator.service import Call, next_page, page_of, timestamp
from vertex_emulator.store import Transaction
from vertex_emulator.wsgi import ApiProblem

Document = dict[str, Any]

_DELETE = "deleteOfEvaluation"
_ORDER = re.compile(r"\s*(create_?time|display_?name)(?:\s+(asc|desc))?\s*", re.IGNORECASE)
_ORDER_FIELDS = {"createtime": "createTime", "displayname": "displayName"}
_NOT_IN_NEW_ONES = ("createTime", "updateTime")  # recorded: the answers to creates lack them


@dataclass(frozen=True)
class Collection:
    """One collection: its segment in paths (`evaluationSets`), and the API's message."""

    segment: str
    message: str
    can_change: bool = True
    """Whether the message has an `updateTime`."""

    @property
    def pattern(self) -> str:
        return f"projects/{{project}}/locations/{{location}}/{self.segment}"

    @property
    def one(self) -> str:
        """The pattern of one resource of the collection."""
        return f"{self.pattern}/{{id}}"

    def name_of(self, call: Call) -> str:
        """The canonical name of the resource that a path with `{id}` means."""
        return f"{self.parent_of(call)}/{self.segment}/{call.param('id')}"

    def parent_of(self, call: Call) -> str:
        return names.parent(call.param("project"), call.param("location"))

    def find(self, tx: Transaction, name: str) -> Document:
        """Raises 404 where there is no such resource."""
        document = tx.get(self.segment, names.canonical(name))
        if document is None:
            raise ApiProblem(404, f"The {self.message} does not exist.")
        return document

    def add(self, call: Call, parent: str, fields: Document, *, resource_id: str = "") -> Document:
        """Store a new resource, with an id of the server's unless one is given."""
        now = timestamp(call.now)
        name = f"{parent}/{self.segment}/{resource_id or operations.new_id()}"
        document = {**fields, "name": name, "createTime": now} | ({"updateTime": now} if self.can_change else {})
        call.tx.put(self.segment, name, document)
        return document

    def save(self, call: Call, document: Document) -> Document:
        changed = {**document, "updateTime": timestamp(call.now)}
        call.tx.put(self.segment, document["name"], changed)
        return changed

    def new_one(self, call: Call, document: Document) -> Document:
        """The answer to a create."""
        return self.shown(call, {key: value for key, value in document.items() if key not in _NOT_IN_NEW_ONES})

    def shown(self, call: Call, document: Document) -> Document:
        return call.schema.shown(self.message, document)

    def get(self, call: Call) -> Document:
        return self.shown(call, self.find(call.tx, self.name_of(call)))

    def list(self, call: Call) -> Document:
        """The newest first, unless `orderBy` says otherwise."""
        found = [document for _, document in call.tx.list(self.segment, f"{self.parent_of(call)}/", newest_first=True)]
        return self.page(call, found)

    def page(self, call: Call, documents: Iterable[Document]) -> Document:
        """The answer of a list call, from all that there is, the newest first."""
        wanted = list_filter.parse(call.request.query.get("filter", []), _FILTER_FIELDS)
        found = in_order(call, [document for document in documents if wanted(document)])
        page, token = page_of(call, found)
        return {self.segment: [self.shown(call, document) for document in page]} | next_page(token)

    def delete(self, call: Call) -> Document:
        """Done in the answer (recorded)."""
        return self.start_deletion(call, self.find(call.tx, self.name_of(call))["name"])

    def start_deletion(self, call: Call, name: str) -> Document:
        return operations.start(
            call,
            kind=_DELETE,
            resource=name,
            metadata_type="DeleteOperationMetadata",
            arguments={"kind": self.segment, "name": name},
            at_once=True,
        )


ITEMS = Collection("evaluationItems", "EvaluationItem", can_change=False)
SETS = Collection("evaluationSets", "EvaluationSet")
RUNS = Collection("evaluationRuns", "EvaluationRun")
METRICS = Collection("evaluationMetrics", "EvaluationMetric")
EXPERIMENTS = Collection("evaluationExperiments", "EvaluationExperiment")

_FILTER_FIELDS: list_filter.Fields = {
    "name": lambda document: str(document["name"]),
    "displayName": lambda document: str(document.get("displayName", "")),
    "state": lambda document: str(document.get("state", "")),
    "evaluationItemType": lambda document: str(document.get("evaluationItemType", "")),
}


def in_order(call: Call, documents: list[Document]) -> list[Document]:
    """What a list shows, sorted as `orderBy` asks. Raises 400 for other fields than times and display names."""
    for order in reversed([part for part in call.request.arg("orderBy").split(",") if part]):
        match = _ORDER.fullmatch(order)
        if match is None:
            raise ApiProblem(400, f"Invalid order_by: {order!r}. There are create_time and display_name, asc and desc.")
        field = _ORDER_FIELDS[camel_case(match[1]).lower()]
        documents.sort(key=lambda document: str(document.get(field, "")), reverse=(match[2] or "").lower() == "desc")
    return documents


@operations.effect(_DELETE, "")
def _delete(call: Call, arguments: Document) -> Document:
    call.tx.delete(arguments["kind"], arguments["name"])
    return {}
