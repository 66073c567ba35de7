"""The least that a dynamic resource can be: the baseline of a tuning job that does not change.

Without properties, or with those of a finished job, which Pulumi's own code carries between program, engine and host.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

_PARENT = "projects/569329139872/locations/us-central1"
_MODEL = f"{_PARENT}/models/6218210347631109045"
_ENDPOINT = "projects/569329139872/locations/us/endpoints/1286562003659456371"
_MOMENT = "2026-11-30T23:54:34.241047Z"
_OUTPUTS: dict[str, Any] = {
    "name": f"{_PARENT}/tuningJobs/4817330604822000020",
    "state": "JOB_STATE_SUCCEEDED",
    "model": _MODEL,
    "tuned_model_name": f"{_MODEL}@1",
    "version_id": "1",
    "checkpoints": [
        {"checkpoint_id": str(epoch), "endpoint": _ENDPOINT, "epoch": epoch, "step": 5 * epoch} for epoch in (1, 2, 3)
    ],
    "default_checkpoint_id": "3",
    "endpoint": _ENDPOINT,
    "endpoint_id": "1286562003659456371",
    "endpoint_location": "us",
    "experiment": f"{_PARENT}/metadataStores/default/contexts/tuning-experiment-20261130235434000020",
    "create_time": _MOMENT,
    "start_time": _MOMENT,
    "end_time": _MOMENT,
    "billable_token_count": 560,
    "training_token_count": 1680,
    "dropped_example_count": 0,
    "console_url": "",
    "metrics": {
        "/train_fraction_of_correct_next_step_preds": 0.7864817127990692,
        "/train_num_predictions": 72,
        "/train_total_loss": 0.7205574243663606,
    },
}
"""What a supervised job of three epochs hands on."""


class EmptyProvider(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        """With the outputs of a job, where there are inputs of one."""
        return CreateResult("empty", {**_OUTPUTS, **props} if "base_model" in props else props)


class Empty(Resource, module="bench", name="Empty"):
    def __init__(
        self, resource_name: str, props: dict[str, Any] | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(EmptyProvider(), resource_name, props or {}, opts)
