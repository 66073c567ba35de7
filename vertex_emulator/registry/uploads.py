"""`models:upload`: a model that no tuning job made, as version 1 of a new model.

Nothing can be tuned from it. Uploads into a model that exists, or under an id of the caller's choice, are not served.

Source: https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/projects.locations.models/upload
"""

from typing import Any

from vertex_emulator import names
from vertex_emulator.registry import model_records as records
from vertex_emulator.registry import operations
from vertex_emulator.resource_fields import check_display_name, check_labels
from vertex_emulator.service import Call, Route
from vertex_emulator.wsgi import ApiProblem

_KIND = "uploadModel"
_OF_MODEL = ("displayName", "description")
_OF_VERSION = ("versionDescription", "encryptionSpec")


def upload(call: Call) -> dict[str, Any]:
    body = call.schema.read("UploadModelRequest", call.request.json())
    for field in ("modelId", "parentModel"):
        if body.get(field):
            raise ApiProblem(501, f"The emulator uploads new models under ids of its own: {field} is not served.")
    fields = body.get("model") or {}
    check_display_name(fields.get("displayName"))
    check_labels(fields.get("labels") or {})
    model = f"{names.parent(call.param('project'), call.param('location'))}/models/{operations.new_id()}"
    return operations.start(
        call,
        kind=_KIND,
        resource=model,
        metadata_type="UploadModelOperationMetadata",
        arguments={"model": model, "fields": fields},
    )


@operations.effect(_KIND, "UploadModelResponse")
def _upload(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    model, fields = arguments["model"], arguments["fields"]
    records.add_model(call, model, {name: fields.get(name) for name in _OF_MODEL})
    version_id = records.add_version(
        call,
        model,
        {
            **{name: fields.get(name) for name in _OF_VERSION},
            "labels": fields.get("labels") or {},
            "modelSourceInfo": {"sourceType": "CUSTOM"},
            "supportedDeploymentResourcesTypes": ["DEDICATED_RESOURCES"],
            "supportedExportFormats": [{"id": "custom-trained"}],
        },
    )
    return {"model": model, "modelVersionId": version_id}


ROUTES: list[Route] = [("POST", "projects/{project}/locations/{location}/models:upload", operations.settled(upload))]
