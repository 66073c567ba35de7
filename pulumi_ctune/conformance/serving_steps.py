"""The steps on an endpoint: it is made, and a version deployed, joined by another one, and brought back."""

from typing import Any

from pulumi_ctune.conformance.doing import Doing, Points
from pulumi_ctune.conformance.service import is_refusal
from pulumi_ctune.core.errors import ApiError
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.names import with_version
from pulumi_ctune.deployment.attributes import ENDPOINT_NAME
from pulumi_ctune.deployment.ids import Mark, deployed_model_ids
from pulumi_ctune.deployment.kind import DeploymentKind

DEPLOYMENT = DeploymentKind()
_HALF, _ALL = 50, 100
_ENDPOINT = {"displayName": "conformance", "labels": {"purpose": "conformance"}}


def endpoint(doing: Doing) -> Points:
    location = doing.state("sft").get("endpoint_location") or doing.service.plan.serving_location
    endpoint_id = str(10**9 + int(doing.run_id, 16) % 10**9)
    name = f"projects/{doing.service.plan.project}/locations/{location}/endpoints/{endpoint_id}"
    doing.resources.keep("endpoint", "", {"endpoint": name}, status="begun")
    name = doing.service.make_endpoint(name, _ENDPOINT)
    doing.resources.keep("endpoint", name, {"endpoint": name})
    return {"endpoint-multi-region": (True, f"made in {location}")}


def remove_endpoint(doing: Doing) -> None:
    """One that is still being made comes first, or it would be there in the end."""
    entry = doing.journal.entries["endpoint"]
    if not entry.state:
        return
    if entry.status == "begun":
        doing.service.make_endpoint(entry.state["endpoint"], _ENDPOINT)
    doing.service.delete_endpoint(entry.state["endpoint"])


def policy(doing: Doing) -> Points:
    """The policy is written as it is: nobody gets or loses a role."""
    endpoint = doing.state("endpoint")["endpoint"]
    policy = doing.service.ask(endpoint, ":getIamPolicy", {})
    doing.service.ask(endpoint, ":setIamPolicy", {"policy": policy})
    return {"endpoint-policy": (True, "read, and written as it was")}


def _earlier_checkpoint(doing: Doing) -> str | None:
    state = doing.state("sft")
    ids = [str(point["checkpoint_id"]) for point in state.get("checkpoints") or []]
    return next((id_ for id_ in ids if id_ != str(state.get("default_checkpoint_id"))), None)


def first_deployment(doing: Doing) -> dict[str, Any]:
    inputs = {
        "endpoint": doing.state("endpoint")["endpoint"],
        "tuned_model_name": doing.state("sft")["tuned_model_name"],
        "traffic_percent": _ALL,
    }
    checkpoint = _earlier_checkpoint(doing)
    if checkpoint is None or doing.is_refuted("deployment", "checkpoint-deployed"):
        return inputs
    return {**inputs, "checkpoint_id": checkpoint}


def _canary_inputs(doing: Doing, percent: int) -> dict[str, Any]:
    return {
        "endpoint": doing.state("endpoint")["endpoint"],
        "tuned_model_name": doing.state("continued")["tuned_model_name"],
        "traffic_percent": percent,
    }


def deploy(doing: Doing) -> Points:
    inputs = first_deployment(doing)
    try:
        state = doing.resources.make("deployment", DEPLOYMENT, inputs)
    except ApiError as error:
        if "checkpoint_id" not in inputs or not is_refusal(error):
            raise
        doing.refute("deployment", "checkpoint-deployed", error)
        state = doing.resources.make("deployment", DEPLOYMENT, first_deployment(doing))
    found: Points = {"deploy-across": (True, "the endpoint serves it")}
    endpoint = doing.service.get(doing.state("endpoint")["endpoint"])
    there = {str(item.get("id")): item for item in endpoint.get("deployedModels") or []}
    ours = there.get(state["deployed_model_id"])
    if ours is None:
        return {
            **found,
            "deployment-id": (False, f"asked for {state['deployed_model_id']}, there is {', '.join(there)}"),
        }
    found["deployment-id"] = (True, "the id is the one that was asked for")
    has_name = bool(ours.get("displayName"))
    found["display-name-kept"] = (has_name, "it is there" if has_name else "the deployment has none")
    if checkpoint := state.get("checkpoint_id"):
        shown = str(ours.get("checkpointId") or "")
        found["checkpoint-deployed"] = (shown == checkpoint, f"asked for {checkpoint}, shown as {shown or 'nothing'}")
    return found


def repeat_id(doing: Doing) -> Points:
    """The request that brought the deployment, once more."""
    state, endpoint = doing.state("deployment"), doing.state("endpoint")["endpoint"]
    model = with_version(state["model"], state["version_id"])
    body = {"deployedModel": {"id": state["deployed_model_id"], "model": model, "displayName": "conformance"}}
    try:
        doing.service.operate("deploying once more", lambda: doing.service.ask(endpoint, ":deployModel", body))
    except ApiError as error:
        if not is_refusal(error):
            raise
        return {"repeated-id": (True, error.why)}
    return {"repeated-id": (False, "it was taken a second time")}


def canary(doing: Doing) -> Points:
    asked = _canary_inputs(doing, _HALF)
    doing.resources.change("deployment", DEPLOYMENT, asked)
    endpoint = doing.service.get(doing.state("endpoint")["endpoint"])
    split = endpoint.get("trafficSplit") or {}
    is_kept = sorted(split.values()) == [_HALF, _HALF]
    return {
        "canary": (len(endpoint.get("deployedModels") or []) > 1, f"{len(endpoint['deployedModels'])} deployments"),
        "split-kept": (is_kept, f"asked for {_HALF} and {_HALF}, read as {sorted(split.values())}"),
    }


def forward(doing: Doing) -> Points:
    doing.resources.change("deployment", DEPLOYMENT, _canary_inputs(doing, _ALL))
    return {}


def back(doing: Doing) -> Points:
    """The product tries the ids of a version in a fixed order, so the first one was that of the first deployment."""
    doing.resources.change("deployment", DEPLOYMENT, first_deployment(doing))
    state = doing.state("deployment")
    version, checkpoint = with_version(state["model"], state["version_id"]), str(state.get("checkpoint_id") or "")
    ids = deployed_model_ids(Mark.of(state[OWNER]), state[ENDPOINT_NAME], version, checkpoint)
    is_free = state["deployed_model_id"] == ids[0]
    return {"free-id": (is_free, "the id was taken again" if is_free else "the id was refused, and another one taken")}
