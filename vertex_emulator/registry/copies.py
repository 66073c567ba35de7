"""`models:copy`: a version of a model as version 1 of a new model, or as the next version of an existing one.

Checkpoints, labels and texts come along; aliases, deployments, access policies and the key do not. A copy goes to
another location or to another project, not to both in one step. Out of another project it needs a role there for
whoever copies: the Vertex AI service agent of the destination, or an account of the caller's choice.

Sources: the page on copies at
https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/model-registry/copy-model , and Google's
guide for copies of tuned models, linked from https://github.com/google/skills
"""

import re
from typing import Any

from vertex_emulator import grants, names
from vertex_emulator.registry import model_records as records
from vertex_emulator.registry import operations
from vertex_emulator.service import Call, Route
from vertex_emulator.wsgi import ApiProblem, Response

_MODEL_ID = re.compile(r"[a-z_][a-z0-9_-]{0,62}")
_KMS_KEY = re.compile(r"projects/[^/]+/locations/(?P<location>[^/]+)/keyRings/[^/]+/cryptoKeys/[^/]+")
_ACCOUNT = re.compile(r"[^@\s]+@(?P<project>[^@\s]+)\.iam\.gserviceaccount\.com")
_KIND = "copyModel"
_ROLE = "roles/aiplatform.serviceAgent"


def copy(call: Call) -> Response | dict[str, Any]:
    parent = names.parent(call.param("project"), call.param("location"))
    body = call.schema.read("CopyModelRequest", call.request.json())
    if not body.get("sourceModel"):
        raise ApiProblem(400, "source_model is required.")
    source, version = names.split_version(body["sourceModel"])
    item = records.version(call.tx, source, version)
    if body.get("modelId") and body.get("parentModel"):
        raise ApiProblem(400, "Invalid value (oneof), oneof field 'destination_model' is already set.")
    target = _target(call, parent, body)
    _check_key((body.get("encryptionSpec") or {}).get("kmsKeyName", ""), names.location_of(parent))
    if problem := _lacks_role(call, source, parent, body.get("customServiceAccount", "")):
        return Response.of_json(problem.body(), problem.code)
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


def _check_key(key: str, location: str) -> None:
    match = _KMS_KEY.fullmatch(key)
    if key and match is None:
        raise ApiProblem(400, f"Invalid KMS key name: {key}.")
    if match and match["location"] != location:
        raise ApiProblem(400, f"The KMS key {key} is not in the location of the copy, {location}.")


def _lacks_role(call: Call, source: str, parent: str, account: str) -> ApiProblem | None:
    """Why whoever copies may not read the source. To be returned, not raised: its first use is remembered."""
    project, target_project = source.split("/")[1], parent.split("/")[1]
    if account:
        match = _ACCOUNT.fullmatch(account)
        if match is None or names.project_number(match["project"]) != target_project:
            message = f"custom_service_account must belong to the destination project {target_project}: {account}."
            raise ApiProblem(400, message)
    if project == target_project:
        return None
    if names.location_of(source) != names.location_of(parent):
        message = (
            f"The model {source} cannot be copied to another project and another location in one step: copy it to "
            f"{names.location_of(parent)} in its own project first."
        )
        raise ApiProblem(400, message, status="FAILED_PRECONDITION")
    account = account or f"service-{target_project}@gcp-sa-aiplatform.iam.gserviceaccount.com"
    has_role = grants.has(call.tx, project, _ROLE, f"serviceAccount:{account}") or not call.settings.copies_need_grants
    if has_role and not grants.are_young(call, f"{account} on {project}"):
        return None
    return ApiProblem(403, f"{account} lacks {_ROLE} on the project {project}, which the model {source} belongs to.")


def _exists(name: str) -> ApiProblem:
    return ApiProblem(409, f"The Model {name} already exists.")


ROUTES: list[Route] = [("POST", "projects/{project}/locations/{location}/models:copy", operations.settled(copy))]
