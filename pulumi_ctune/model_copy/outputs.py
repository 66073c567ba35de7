"""What the state of a copy holds: made of the version that it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_ctune.core.api import ModelVersion
from pulumi_ctune.core.hidden import HOLD, OWNER
from pulumi_ctune.core.values import timestamp
from pulumi_ctune.model_copy.attributes import EARLIER, INPUTS, SOURCE, TARGET


def inputs_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs in a state or in what the program wrote, with the owner."""
    return {key: properties[key] for key in (*INPUTS, OWNER) if properties.get(key) is not None}


def unfinished(inputs: Mapping[str, Any], target: str, hold: str) -> dict[str, Any]:
    """What the state is to hold while the copy is under way."""
    return {**inputs_of(inputs), TARGET: target, HOLD: hold, "model": target}


def state_of(
    inputs: Mapping[str, Any], version: ModelVersion, target: str, hold: str, earlier: Sequence[str] = ()
) -> dict[str, Any]:
    """What the state is to hold once the version is there."""
    return {
        **inputs_of(inputs),
        **facts_of(version),
        TARGET: target,
        SOURCE: version.copied_from,
        HOLD: hold,
        **({EARLIER: list(earlier)} if earlier else {}),
    }


def facts_of(version: ModelVersion) -> dict[str, Any]:
    """The outputs."""
    return {
        "tuned_model_name": version.name,
        "model": version.model,
        "version_id": version.version_id,
        "checkpoints": [
            {"checkpoint_id": item.checkpoint_id, "epoch": item.epoch, "step": item.step, "endpoint": item.endpoint}
            for item in version.checkpoints
        ],
        "base_model": version.base_model or None,
        "create_time": timestamp(version.create_time),
    }
