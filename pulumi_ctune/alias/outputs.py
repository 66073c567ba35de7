"""From a model version to the state of the alias on it."""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.alias.attributes import INPUTS
from pulumi_ctune.core.api import ModelVersion
from pulumi_ctune.core.hidden import OWNER


def id_of(state: Mapping[str, Any]) -> str:
    """`projects/../models/M@ALIAS`: also a name to look the version up by."""
    return f"{state['model']}@{state['alias']}"


def state_of(inputs: Mapping[str, Any], version: ModelVersion, previous_version_id: str | None) -> dict[str, Any]:
    """What the state is to hold while the alias is on this version."""
    return {
        **{key: inputs[key] for key in (*INPUTS, OWNER) if inputs.get(key) is not None},
        "model": version.model,
        "version_id": version.version_id,
        "previous_version_id": previous_version_id,
    }
