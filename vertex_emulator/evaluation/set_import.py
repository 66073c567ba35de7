"""`evaluationSets:import`: a set from a JSONL file of evaluation items, in Cloud Storage or in the request.

A line is one `EvaluationItem` in JSON. Other sources and formats are not served. The operation's `response` is the new
set; the message that Google answers with is in no document.
"""

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any

from vertex_emulator.evaluation import items
from vertex_emulator.evaluation.collection import ITEMS, SETS
from vertex_emulator.registry import operations
from vertex_emulator.resource_fields import check_display_name
from vertex_emulator.schema import Schema
from vertex_emulator.service import Call
from vertex_emulator.storage.objects import content_at, put_object
from vertex_emulator.wsgi import ApiProblem

_KIND = "importEvaluationSet"
_SERVED = ("gcsSource", "inlineSource")
_LARGEST_INLINE_BYTES = 4 * 2**20


def start(call: Call) -> dict[str, Any]:
    body = call.schema.read("ImportEvaluationSetRequest", call.request.json())
    check_display_name((body.get("evaluationSet") or {}).get("displayName"))
    _content(call, body)
    if not (body.get("gcsDestination") or {}).get("outputUriPrefix", "").startswith("gs://"):
        raise ApiProblem(400, "gcs_destination.output_uri_prefix is required.")
    parent = SETS.parent_of(call)
    return operations.start(
        call,
        kind=_KIND,
        resource=parent,
        metadata_type="GenericOperationMetadata",
        arguments={"parent": parent, "request": body},
    )


@operations.effect(_KIND, "EvaluationSet")
def _import(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    parent, request = arguments["parent"], arguments["request"]
    prefix = request["gcsDestination"]["outputUriPrefix"].rstrip("/")
    made = []
    for number, item in enumerate(_items(_content(call, request)), start=1):
        bucket, _, name = f"{prefix}/item-{number:06d}.json".removeprefix("gs://").partition("/")
        put_object(call, bucket, name, json.dumps(items.request_of(call, item)).encode())
        made.append(ITEMS.add(call, parent, item)["name"])
    fields = {key: value for key, value in request["evaluationSet"].items() if key in ("displayName", "metadata")}
    return SETS.add(call, parent, {**fields, "evaluationItems": made})


def _content(call: Call, body: dict[str, Any]) -> bytes:
    """The file to import. Raises 400, 404, or 501 for a source that is not served."""
    if unserved := [name for name in body if name.endswith(("Source", "Dataset")) and name not in _SERVED]:
        raise ApiProblem(501, f"The emulator imports evaluation sets from JSONL only, not by {unserved[0]}.")
    if sum(name in body for name in _SERVED) != 1:
        raise ApiProblem(400, "Exactly one of gcs_source and inline_source must be set.")
    source = body.get("gcsSource") or body["inlineSource"]
    if source.get("importSchemaConfig", {}).get("dataFormat") != "JSONL":
        raise ApiProblem(400, "import_schema_config.data_format must be JSONL for this source.")
    if "gcsSource" in body:
        uri = source.get("gcsUri", "")
        content = content_at(call, uri)
        if content is None:
            raise ApiProblem(404, f"The file {uri} does not exist.")
        return content
    try:
        content = base64.b64decode(source.get("content", ""), validate=True)
    except binascii.Error:
        raise ApiProblem(400, "inline_source.content is not base64.") from None
    if len(content) > _LARGEST_INLINE_BYTES:
        raise ApiProblem(400, f"inline_source.content is larger than {_LARGEST_INLINE_BYTES} bytes.")
    return content


def _items(content: bytes) -> Iterator[dict[str, Any]]:
    schema = Schema("v1beta1")
    for number, line in enumerate(content.decode("utf-8-sig", "replace").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            document = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ApiProblem(400, f"Line {number} is not JSON: {error}") from None
        item = schema.read("EvaluationItem", document, path="evaluation_item")
        items.check(item)
        yield item
