"""`models:copy`: a version of a model as version 1 of a new model, or as the next version of an existing one.

Checkpoints, labels and texts come along; aliases, deployments, access policies and the key do not. Source and copy may
lie in different locations and projects.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/model-registry/copy-model
"""

import re
from typing import Any

from vertex_emulator import names
from vertex_emulator.registry import model_records as records
from vertex_emulator.registry import operations
from vertex_emulator.service import Call, Route
from vertex_emulator.wsgi import ApiProblem

_MODEL_ID = re.compile(r"[a-z_][a-z0-9_-]{0,62}")
_KIND = "copyModel"


def copy(call: Call) -> dict[str, Any]:
    parent = names.parent(call.param("project"), call.param("location"))
    body = call.schema.read("CopyModelRequest", call.request.json())
    if not body.get("sourceModel"):
        raise ApiProblem(400, "source_model is required.")
    source, version = names.split_version(body["sourceModel"])
    item = records.version(call.tx, source, version)
    if body.get("modelId") and body.get("parentModel"):
        raise ApiProblem(400, "Invalid value (oneof), oneof field 'destination_model' is already set.")
    target = _target(call, parent, body)
    arguments = {
        "source": source,
        "version": item["versionId"],
        "target": target,
        "isNew": not body.get("parentModel"),
        "encryptionSpec": body.get("encryptionSpec"),
    }
    return operations.start(
        call, kind=_KIND, resource=target, metadata_type="CopyModelOperationMetadata", arguments=arguments
    )


@operations.effect(_KIND, "CopyModelResponse")
def _copy(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    source, target = arguments["source"], arguments["target"]
    holder = records.model(call.tx, source)
    item = records.version(call.tx, source, arguments["version"])
    if arguments["isNew"]:
        if call.tx.get("model", target):
            raise _exists(target)
        records.add_model(call, target, {key: holder.get(key) for key in ("displayName", "description")})
    kept = ("versionDescription", "checkpoints", "defaultCheckpointId", "baseModelSource", "lessons")
    version_id = records.add_version(
        call,
        target,
        {
            **{key: item.get(key) for key in kept},
            "labels": {**holder["labels"], **item["labels"]},
            "encryptionSpec": arguments["encryptionSpec"],
            "modelSourceInfo": {**item["modelSourceInfo"], "copy": True},
            "originalModelInfo": {"model": f"{source}@{item['versionId']}"},
        },
    )
    return {"model": target, "modelVersionId": version_id}


def _target(call: Call, parent: str, body: dict[str, Any]) -> str:
    if parent_model := body.get("parentModel"):
        target, version = names.split_version(parent_model)
        if version or not target.startswith(f"{parent}/models/"):
            raise ApiProblem(400, f"parent_model must be a Model of {parent}, without version: {parent_model}.")
        records.model(call.tx, target)
        return target
    model_id = body.get("modelId")
    if not model_id:
        return f"{parent}/models/{operations.new_id()}"
    if not _MODEL_ID.fullmatch(model_id):
        raise ApiProblem(400, f"Invalid model_id {model_id!r}: it must match {_MODEL_ID.pattern}.")
    target = f"{parent}/models/{model_id}"
    if call.tx.get("model", target) or operations.pending(call, _KIND, target):
        raise _exists(target)
    return target


def _exists(name: str) -> ApiProblem:
    return ApiProblem(409, f"The Model {name} already exists.")


ROUTES: list[Route] = [("POST", "projects/{project}/locations/{location}/models:copy", operations.settled(copy))]
