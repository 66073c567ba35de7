"""Long-running operations: started, and looked at. To wait for them is the core's business (`core.operations`).

Source: https://google.aip.dev/151
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core import names
from pulumi_ctune.core.api import Operation
from pulumi_ctune.core.errors import UnavailableError
from pulumi_ctune.vertex import records
from pulumi_ctune.vertex.rest import Rest

_COPY = ".CopyModelOperationMetadata"
_DEPLOYMENT = ".DeployModelOperationMetadata"


def start(rest: Rest, method: str, name: str, suffix: str = "", *, body: Mapping[str, Any] | None = None) -> Operation:
    """Send one request that is answered with an operation. One under way that has no name is an answer lost."""
    document = rest.write(method, name, suffix, body=body)
    operation = records.operation(document)
    if not operation.done and not names.is_resource(operation.name):
        raise UnavailableError(
            f"{name}{suffix} gave no operation", why=f"the answer is not what the API sends: {document}"[:200]
        )
    return operation


def get(rest: Rest, name: str) -> Operation:
    return records.operation(rest.get(name))


def list_deployments(rest: Rest, endpoint: str) -> list[Operation]:
    """The operations that deploy something on an endpoint, ended or not, as far as they are still known."""
    return _listed(rest, endpoint, _DEPLOYMENT)


def list_copies(rest: Rest, model: str) -> list[Operation]:
    """The same of those that copy something into a model."""
    return _listed(rest, model, _COPY)


def _listed(rest: Rest, name: str, type_: str) -> list[Operation]:
    """One under way that has no proper name cannot be waited for: it is passed over."""
    found = [
        records.operation(entry)
        for entry in rest.list(name, "/operations", "operations")
        if _type(entry).endswith(type_)
    ]
    return [operation for operation in found if operation.done or names.is_resource(operation.name)]


def _type(operation: Mapping[str, Any]) -> str:
    metadata = operation.get("metadata")
    return str(metadata.get("@type")) if isinstance(metadata, dict) else ""
