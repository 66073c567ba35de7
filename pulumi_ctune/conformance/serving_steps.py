"""The steps on an endpoint: it is made, and a version deployed, joined by another one, and brought back."""

from typing import Any

from pulumi_ctune.conformance.service import is_refusal
from pulumi_ctune.conformance.step import Points, StepContext
from pulumi_ctune.core.errors import ApiError
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.names import with_version
from pulumi_ctune.deployment.attributes import ENDPOINT_NAME
from pulumi_ctune.deployment.ids import Mark, deployed_model_ids
from pulumi_ctune.deployment.kind import DeploymentKind

DEPLOYMENT = DeploymentKind()
_HALF, _ALL = 50, 100
_ENDPOINT = {"displayName": "conformance", "labels": {"purpose": "conformance"}}


def endpoint(context: StepContext) -> Points:
    location = context.state("sft").get("endpoint_location") or context.service.plan.serving_location
    endpoint_id = str(10**9 + int(context.run_id, 16) % 10**9)
    name = f"projects/{context.service.plan.project}/locations/{location}/endpoints/{endpoint_id}"
    context.resources.keep("endpoint", "", {"endpoint": name}, status="begun")
    name = context.service.make_endpoint(name, _ENDPOINT)
    context.resources.keep("endpoint", name, {"endpoint": name})
    return {"endpoint-multi-region": (True, f"made in {location}")}


def remove_endpoint(context: StepContext) -> None:
    """One that is still being made comes first, or it would be there in the end."""
    entry = context.journal.entries["endpoint"]
    if not entry.state:
        return
    if entry.status == "begun":
        context.service.make_endpoint(entry.state["endpoint"], _ENDPOINT)
    context.service.delete_endpoint(entry.state["endpoint"])


def policy(context: StepContext) -> Points:
    """The policy is written as it is: nobody gets or loses a role."""
    endpoint = context.state("endpoint")["endpoint"]
    policy = context.service.ask(endpoint, ":getIamPolicy", {})
    context.service.ask(endpoint, ":setIamPolicy", {"policy": policy})
    return {"endpoint-policy": (True, "read, and written as it was")}


def _earlier_checkpoint(context: StepContext) -> str | None:
    state = context.state("sft")
    ids = [str(point["checkpoint_id"]) for point in state.get("checkpoints") or []]
    return next((id_ for id_ in ids if id_ != str(state.get("default_checkpoint_id"))), None)


def first_deployment(context: StepContext) -> dict[str, Any]:
    inputs = {
        "endpoint": context.state("endpoint")["endpoint"],
        "tuned_model_name": context.state("sft")["tuned_model_name"],
        "traffic_percent": _ALL,
    }
    checkpoint = _earlier_checkpoint(context)
    if checkpoint is None or context.is_refuted("deployment", "checkpoint-deployed"):
        return inputs
    return {**inputs, "checkpoint_id": checkpoint}


def _canary_inputs(context: StepContext, percent: int) -> dict[str, Any]:
    return {
        "endpoint": context.state("endpoint")["endpoint"],
        "tuned_model_name": context.state("continued")["tuned_model_name"],
        "traffic_percent": percent,
    }


def deploy(context: StepContext) -> Points:
    inputs = first_deployment(context)
    try:
        state = context.resources.make("deployment", DEPLOYMENT, inputs)
    except ApiError as error:
        if "checkpoint_id" not in inputs or not is_refusal(error):
            raise
        context.refute("deployment", "checkpoint-deployed", error)
        state = context.resources.make("deployment", DEPLOYMENT, first_deployment(context))
    found: Points = {"deploy-across": (True, "the endpoint serves it")}
    endpoint = context.service.get(context.state("endpoint")["endpoint"])
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


def repeat_id(context: StepContext) -> Points:
    """The request that brought the deployment, once more."""
    state, endpoint = context.state("deployment"), context.state("endpoint")["endpoint"]
    model = with_version(state["model"], state["version_id"])
    body = {"deployedModel": {"id": state["deployed_model_id"], "model": model, "displayName": "conformance"}}
    try:
        context.service.operate("deploying once more", lambda: context.service.ask(endpoint, ":deployModel", body))
    except ApiError as error:
        if not is_refusal(error):
            raise
        return {"repeated-id": (True, error.why)}
    return {"repeated-id": (False, "it was taken a second time")}


def canary(context: StepContext) -> Points:
    asked = _canary_inputs(context, _HALF)
    context.resources.change("deployment", DEPLOYMENT, asked)
    endpoint = context.service.get(context.state("endpoint")["endpoint"])
    split = endpoint.get("trafficSplit") or {}
    is_kept = sorted(split.values()) == [_HALF, _HALF]
    return {
        "canary": (len(endpoint.get("deployedModels") or []) > 1, f"{len(endpoint['deployedModels'])} deployments"),
        "split-kept": (is_kept, f"asked for {_HALF} and {_HALF}, read as {sorted(split.values())}"),
    }


def forward(context: StepContext) -> Points:
    context.resources.change("deployment", DEPLOYMENT, _canary_inputs(context, _ALL))
    return {}


def back(context: StepContext) -> Points:
    """The product tries the ids of a version in a fixed order, so the first one was that of the first deployment."""
    context.resources.change("deployment", DEPLOYMENT, first_deployment(context))
    state = context.state("deployment")
    version, checkpoint = with_version(state["model"], state["version_id"]), str(state.get("checkpoint_id") or "")
    ids = deployed_model_ids(Mark.of(state[OWNER]), state[ENDPOINT_NAME], version, checkpoint)
    is_free = state["deployed_model_id"] == ids[0]
    return {"free-id": (is_free, "the id was taken again" if is_free else "the id was refused, and another one taken")}
