"""What the run does, one step after the other, with the verbs of the product's resources.

Each step may be repeated: a resource that an interrupted attempt made is found again by the product itself, by labels
or ids, as after an interrupted `pulumi up`. `run` decides which steps are done.
"""

from collections.abc import Callable
from typing import Any

from pulumi_ctune.alias.kind import AliasKind
from pulumi_ctune.conformance import serving_steps
from pulumi_ctune.conformance.doing import Doing, Points, Step
from pulumi_ctune.conformance.service import is_refusal
from pulumi_ctune.conformance.workload import DATASETS
from pulumi_ctune.core.errors import ApiError
from pulumi_ctune.core.names import location_of, same_resource
from pulumi_ctune.evaluation_run.kind import EvaluationRunKind
from pulumi_ctune.model_copy.kind import ModelCopyKind
from pulumi_ctune.tuning_job.kind import TuningJobKind

JOB, ALIAS, COPY, EVALUATION = TuningJobKind(), AliasKind(), ModelCopyKind(), EvaluationRunKind()


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


def _alias_inputs(doing: Doing) -> dict[str, Any]:
    limits = [{"metric": "/train_total_loss", "at_most": 1000}]
    return {"tuned_model_name": doing.state("continued")["tuned_model_name"], "alias": "conformance", "require": limits}


def _alias(doing: Doing) -> Points:
    doing.resources.make("alias", ALIAS, _alias_inputs(doing))
    return {"training-series": (True, "the limit of /train_total_loss was judged")}


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
    Step("endpoint", "an endpoint", serving_steps.endpoint, ("sft",), serving_steps.remove_endpoint),
    Step("policy", "its access policy", serving_steps.policy, ("endpoint",)),
    Step("alias", "an alias behind a gate", _alias, ("continued",), _removing("alias", ALIAS, _alias_inputs)),
    Step(
        *("deployment", "a deployment of an earlier checkpoint", serving_steps.deploy, ("endpoint",)),
        _removing("deployment", serving_steps.DEPLOYMENT, serving_steps.first_deployment),
    ),
    Step("repeated-id", "the same deployment once more", serving_steps.repeat_id, ("deployment",)),
    Step("canary", "half of the traffic to the next version", serving_steps.canary, ("deployment", "continued")),
    Step("forward", "all of it", serving_steps.forward, ("canary",)),
    Step("back", "back to the first version", serving_steps.back, ("forward",)),
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
