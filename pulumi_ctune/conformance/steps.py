"""What the run does, one step after the other, with the verbs of the product's resources.

Each step may be repeated: a resource that an interrupted attempt made is found again by the product itself, by labels
or ids, as after an interrupted `pulumi up`. `run` decides which steps are done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_ctune.alias.kind import AliasKind
from pulumi_ctune.conformance.journal import Journal
from pulumi_ctune.conformance.resources import Resources
from pulumi_ctune.conformance.service import Service, is_refusal
from pulumi_ctune.conformance.workload import DATASETS, EPOCHS, HELD_OUT
from pulumi_ctune.core.errors import ApiError
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.names import location_of, same_resource, with_version
from pulumi_ctune.deployment.attributes import ENDPOINT_NAME
from pulumi_ctune.deployment.ids import Mark, deployed_model_ids
from pulumi_ctune.deployment.kind import DeploymentKind
from pulumi_ctune.evaluation_run.kind import EvaluationRunKind
from pulumi_ctune.model_copy.kind import ModelCopyKind
from pulumi_ctune.tuning_job.kind import TuningJobKind

JOB, ALIAS, DEPLOYMENT, COPY, EVALUATION = (
    TuningJobKind(),
    AliasKind(),
    DeploymentKind(),
    ModelCopyKind(),
    EvaluationRunKind(),
)
ALIAS_NAME, HALF, ALL = "conformance", 50, 100
Points = dict[str, tuple[bool, str]]


@dataclass(frozen=True)
class Doing:
    """What a step works with."""

    service: Service
    journal: Journal
    resources: Resources

    @property
    def run_id(self) -> str:
        return self.journal.run_id

    @property
    def bucket(self) -> str:
        return f"ctune-conformance-{self.run_id}"

    def state(self, step: str) -> dict[str, Any]:
        return self.journal.state_of(step)

    def sent_rows(self) -> set[str]:
        """The display names that rows of this run's evaluation have: each ends in a number."""
        sent = {
            str(exchange["body"]["displayName"])
            for exchange in self.journal.exchanges()
            if exchange["method"] == "POST" and exchange["path"].endswith("/evaluationItems")
        }
        starts = {name.rpartition("-")[0] for name in sent}
        return {f"{start}-{number}" for start in starts for number in range(1, HELD_OUT + 1)}

    def is_refuted(self, step: str, point: str) -> bool:
        """Whether an attempt of this step has shown that the point does not hold."""
        entry = self.journal.entries.get(step)
        return entry is not None and point in entry.points and not entry.points[point][0]

    def refute(self, step: str, point: str, error: ApiError) -> None:
        """Note it at once: the step goes on without."""
        self.journal.entries[step].points[point] = (False, str(error))
        self.journal.save()

    def job_inputs(self, dataset: str, source: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "project": self.service.plan.project,
            "location": self.service.plan.location,
            "supervised_tuning_spec": {
                "training_dataset_uri": f"gs://{self.bucket}/{dataset}",
                "hyper_parameters": {"epoch_count": EPOCHS},
                "export_last_checkpoint_only": False,
            },
            "description": "conformance run",
            "labels": {"purpose": "conformance"},
            "budget": {"max_usd": self.service.plan.budget_usd},
            "deletion_policy": "DELETE",
            **source,
        }


@dataclass(frozen=True)
class Step:
    """`needs` are steps that have to be done before. `remove` takes away what it made; None where another step does.

    `is_paid`: its job costs money. `is_first`: a missing permission here is the user's to mend, and no finding.
    """

    id: str
    title: str
    do: Callable[[Doing], Points]
    needs: tuple[str, ...] = ()
    remove: Callable[[Doing], None] | None = None
    is_paid: bool = False
    is_first: bool = False


def _bucket(doing: Doing) -> Points:
    doing.service.make_bucket(doing.bucket)
    for name, text in DATASETS.items():
        doing.service.put_object(doing.bucket, name, text)
    doing.resources.keep("bucket", doing.bucket, {"bucket": doing.bucket})
    return {}


def _remove_bucket(doing: Doing) -> None:
    doing.service.delete_bucket(doing.bucket, tuple(DATASETS))


def _sft_inputs(doing: Doing) -> dict[str, Any]:
    return doing.job_inputs("train.jsonl", {"base_model": doing.service.plan.model})


def _sft(doing: Doing) -> Points:
    state = doing.resources.make("sft", JOB, _sft_inputs(doing))
    there = location_of(state["tuned_model_name"])
    return {"version-in-region": (there == doing.service.plan.location, f"the version lies in {there}")}


def _continued_inputs(doing: Doing) -> dict[str, Any]:
    source = doing.state("sft")
    named: dict[str, Any] = {"tuned_model_name": source["tuned_model_name"]}
    if source.get("default_checkpoint_id"):
        named["checkpoint_id"] = source["default_checkpoint_id"]
    return doing.job_inputs("more.jsonl", {"pre_tuned_model": named})


def _continued(doing: Doing) -> Points:
    state = doing.resources.make("continued", JOB, _continued_inputs(doing))
    return {"continuation": (True, f"it ended as {state['state']}")}


_ENDPOINT = {"displayName": "conformance", "labels": {"purpose": "conformance"}}


def _endpoint(doing: Doing) -> Points:
    location = doing.state("sft").get("endpoint_location") or doing.service.plan.serving_location
    endpoint_id = str(10**9 + int(doing.run_id, 16) % 10**9)
    name = f"projects/{doing.service.plan.project}/locations/{location}/endpoints/{endpoint_id}"
    doing.resources.keep("endpoint", "", {"endpoint": name}, status="begun")
    name = doing.service.make_endpoint(name, _ENDPOINT)
    doing.resources.keep("endpoint", name, {"endpoint": name})
    return {"endpoint-multi-region": (True, f"made in {location}")}


def _remove_endpoint(doing: Doing) -> None:
    """One that is still being made comes first, or it would be there in the end."""
    entry = doing.journal.entries["endpoint"]
    if not entry.state:
        return
    if entry.status == "begun":
        doing.service.make_endpoint(entry.state["endpoint"], _ENDPOINT)
    doing.service.delete_endpoint(entry.state["endpoint"])


def _policy(doing: Doing) -> Points:
    """The policy is written as it is: nobody gets or loses a role."""
    endpoint = doing.state("endpoint")["endpoint"]
    policy = doing.service.ask(endpoint, ":getIamPolicy", {})
    doing.service.ask(endpoint, ":setIamPolicy", {"policy": policy})
    return {"endpoint-policy": (True, "read, and written as it was")}


def _alias_inputs(doing: Doing) -> dict[str, Any]:
    limits = [{"metric": "/train_total_loss", "at_most": 1000}]
    return {"tuned_model_name": doing.state("continued")["tuned_model_name"], "alias": ALIAS_NAME, "require": limits}


def _alias(doing: Doing) -> Points:
    doing.resources.make("alias", ALIAS, _alias_inputs(doing))
    return {"training-series": (True, "the limit of /train_total_loss was judged")}


def _earlier_checkpoint(doing: Doing) -> str | None:
    state = doing.state("sft")
    ids = [str(point["checkpoint_id"]) for point in state.get("checkpoints") or []]
    return next((id_ for id_ in ids if id_ != str(state.get("default_checkpoint_id"))), None)


def _first_deployment(doing: Doing) -> dict[str, Any]:
    inputs = {
        "endpoint": doing.state("endpoint")["endpoint"],
        "tuned_model_name": doing.state("sft")["tuned_model_name"],
        "traffic_percent": ALL,
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


def _deployment(doing: Doing) -> Points:
    inputs = _first_deployment(doing)
    try:
        state = doing.resources.make("deployment", DEPLOYMENT, inputs)
    except ApiError as error:
        if "checkpoint_id" not in inputs or not is_refusal(error):
            raise
        doing.refute("deployment", "checkpoint-deployed", error)
        state = doing.resources.make("deployment", DEPLOYMENT, _first_deployment(doing))
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


def _repeated_id(doing: Doing) -> Points:
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


def _canary(doing: Doing) -> Points:
    asked = _canary_inputs(doing, HALF)
    doing.resources.change("deployment", DEPLOYMENT, asked)
    endpoint = doing.service.get(doing.state("endpoint")["endpoint"])
    split = endpoint.get("trafficSplit") or {}
    is_kept = sorted(split.values()) == [HALF, HALF]
    return {
        "canary": (len(endpoint.get("deployedModels") or []) > 1, f"{len(endpoint['deployedModels'])} deployments"),
        "split-kept": (is_kept, f"asked for {HALF} and {HALF}, read as {sorted(split.values())}"),
    }


def _forward(doing: Doing) -> Points:
    doing.resources.change("deployment", DEPLOYMENT, _canary_inputs(doing, ALL))
    return {}


def _back(doing: Doing) -> Points:
    """The product tries the ids of a version in a fixed order, so the first one was that of the first deployment."""
    doing.resources.change("deployment", DEPLOYMENT, _first_deployment(doing))
    state = doing.state("deployment")
    version, checkpoint = with_version(state["model"], state["version_id"]), str(state.get("checkpoint_id") or "")
    ids = deployed_model_ids(Mark.of(state[OWNER]), state[ENDPOINT_NAME], version, checkpoint)
    is_free = state["deployed_model_id"] == ids[0]
    return {"free-id": (is_free, "the id was taken again" if is_free else "the id was refused, and another one taken")}


def _evaluation_inputs(doing: Doing) -> dict[str, Any]:
    return {
        "project": doing.service.plan.project,
        "location": doing.service.plan.location,
        "tuned_model_name": doing.state("sft")["tuned_model_name"],
        "data_source": {"dataset_uri": f"gs://{doing.bucket}/held-out.jsonl"},
        "evaluation_config": {
            "metrics": [{"metric": "exact_match", "computation_based_metric_spec": {"type": "EXACT_MATCH"}}],
            "allow_cross_region_model": True,
        },
        "labels": {"purpose": "conformance"},
        "deletion_policy": "DELETE",
    }


def _evaluation(doing: Doing) -> Points:
    state = doing.resources.make("evaluation", EVALUATION, _evaluation_inputs(doing))
    runs = doing.service.get(f"{doing.service.plan.parent}", "/evaluationRuns").get("evaluationRuns") or []
    shown = [bool(run.get("labels")) for run in runs if run.get("name") == state["name"]]
    found: Points = {
        "evaluation-calls": (True, f"{state['total_items']} items, {state['failed_items']} of them failed")
    }
    if shown:
        found["evaluation-labels"] = (shown[0], "the list shows labels" if shown[0] else "the list shows none")
    return found


def _remove_evaluation(doing: Doing) -> None:
    """With the rows that a killed process has sent and never heard of."""
    doing.resources.remove("evaluation", EVALUATION, lambda: _evaluation_inputs(doing))
    doing.service.delete_rows(doing.sent_rows())


def _copy_inputs(doing: Doing) -> dict[str, Any]:
    plan = doing.service.plan
    return {
        "source_model_name": doing.state("sft")["tuned_model_name"],
        "project": plan.project,
        "location": plan.copy_location,
        "labels": {"purpose": "conformance"},
        "deletion_policy": "DELETE",
    }


def _copy(doing: Doing) -> Points:
    state = doing.resources.make("copy", COPY, _copy_inputs(doing))
    there, here = len(state["checkpoints"]), len(doing.state("sft")["checkpoints"])
    document = doing.service.get(state["tuned_model_name"])
    texts = document.get("versionDescription") or document.get("description") or ""
    return {
        "copy-checkpoints": (there == here, f"{there} of {here} checkpoints"),
        "copy-texts": (bool(texts), "the description came along" if texts else "it has no description"),
    }


def _cancelled_inputs(doing: Doing) -> dict[str, Any]:
    """Of the copy, where there is one: so the same job shows whether a job continues from a copy."""
    copy = doing.state("copy")
    if copy and not doing.is_refuted("cancelled", "copy-continued"):
        source = {"pre_tuned_model": {"tuned_model_name": copy["tuned_model_name"]}}
        return {**doing.job_inputs("more.jsonl", source), "location": doing.service.plan.copy_location}
    return doing.job_inputs("more.jsonl", {"base_model": doing.service.plan.model})


def _cancelled(doing: Doing) -> Points:
    """Left alone once it is submitted, and deleted, which cancels it."""
    inputs = _cancelled_inputs(doing)
    try:
        name = doing.resources.submit("cancelled", JOB, inputs)
    except ApiError as error:
        if "base_model" in inputs or not is_refusal(error):
            raise
        doing.refute("cancelled", "copy-continued", error)
        inputs = _cancelled_inputs(doing)
        name = doing.resources.submit("cancelled", JOB, inputs)
    found: Points = {} if "base_model" in inputs else {"copy-continued": (True, "the job was taken")}
    listed = doing.service.vertex.list_jobs(doing.service.plan.project, inputs["location"])
    is_listed = any(same_resource(job.name, name) is not False for job in listed)
    found["listed-at-once"] = (is_listed, "the first list shows it" if is_listed else "the first list lacks it")
    doing.resources.remove("cancelled", JOB)
    job = doing.service.vertex.get_job(name)
    return {**found, "cancel": (job.state == "JOB_STATE_CANCELLED", f"it ended as {job.state}")}


def _removing(step: str, kind: Any, inputs: Callable[[Doing], dict[str, Any]]) -> Callable[[Doing], None]:
    return lambda doing: doing.resources.remove(step, kind, lambda: inputs(doing))


STEPS = (
    Step("bucket", "a bucket with three small datasets", _bucket, remove=_remove_bucket, is_first=True),
    Step(
        *("sft", "a tuning job", _sft, ("bucket",), _removing("sft", JOB, _sft_inputs)),
        is_paid=True,
        is_first=True,
    ),
    Step(
        *("continued", "a job that continues from it", _continued, ("sft",)),
        _removing("continued", JOB, _continued_inputs),
        is_paid=True,
    ),
    Step("endpoint", "an endpoint", _endpoint, ("sft",), _remove_endpoint),
    Step("policy", "its access policy", _policy, ("endpoint",)),
    Step("alias", "an alias behind a gate", _alias, ("continued",), _removing("alias", ALIAS, _alias_inputs)),
    Step(
        *("deployment", "a deployment of an earlier checkpoint", _deployment, ("endpoint",)),
        _removing("deployment", DEPLOYMENT, _first_deployment),
    ),
    Step("repeated-id", "the same deployment once more", _repeated_id, ("deployment",)),
    Step("canary", "half of the traffic to the next version", _canary, ("deployment", "continued")),
    Step("forward", "all of it", _forward, ("canary",)),
    Step("back", "back to the first version", _back, ("forward",)),
    Step(
        *("evaluation", "an evaluation run", _evaluation, ("sft",)),
        _remove_evaluation,
    ),
    Step("copy", "a copy to another location", _copy, ("sft",), _removing("copy", COPY, _copy_inputs)),
    Step(
        *("cancelled", "a job that is cancelled at once", _cancelled, ("sft",)),
        _removing("cancelled", JOB, _cancelled_inputs),
        is_paid=True,
    ),
)
"""In their order; they are taken away in the reverse one."""
