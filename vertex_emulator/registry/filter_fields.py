"""What lists of models, model versions and endpoints can be filtered by: id, display name, base model."""

from collections.abc import Mapping
from typing import Any

from vertex_emulator.list_filter import Fields


def fields(id_field: str) -> Fields:
    """The fields of a list; `id_field` is its word for the id (`model`)."""
    return {id_field: _id_of, "displayName": _display_name_of, "baseModelName": _base_model_of}


def _id_of(resource: Mapping[str, Any]) -> str:
    return str(resource["name"]).rpartition("/")[2]


def _display_name_of(resource: Mapping[str, Any]) -> str:
    return str(resource.get("displayName", ""))


def _base_model_of(resource: Mapping[str, Any]) -> str:
    return str(resource.get("labels", {}).get("google-vertex-llm-tuning-base-model-id", ""))
