"""What the run does, one step after the other, with the verbs of the product's resources.

Each step may be repeated: a resource that an interrupted attempt made is found again by the product itself, by labels
or ids, as after an interrupted `pulumi up`. `execution` decides which steps are done.
"""

from collections.abc import Callable
from typing import Any

from pulumi_ctune.alias.kind import AliasKind
from pulumi_ctune.conformance import serving_steps
from pulumi_ctune.conformance.service import is_refusal
from pulumi_ctune.conformance.step import Points, Step, StepContext
from pulumi_ctune.conformance.workload import DATASETS
from pulumi_ctune.core.errors import ApiError
from pulumi_ctune.core.names import location_of, same_resource
from pulumi_ctune.evaluation_run.kind import EvaluationRunKind
from pulumi_ctune.model_copy.kind import ModelCopyKind
from pulumi_ctune.tuning_job.kind import TuningJobKind

JOB, ALIAS, COPY, EVALUATION = TuningJobKind(), AliasKind(), ModelCopyKind(), EvaluationRunKind()


def _bucket(context: StepContext) -> Points:
    context.service.make_bucket(context.bucket)
    for name, text in DATASETS.items():
        context.service.put_object(context.bucket, name, text)
    context.resources.keep("bucket", context.bucket, {"bucket": context.bucket})
    return {}


def _remove_bucket(context: StepContext) -> None:
    context.service.delete_bucket(context.bucket, tuple(DATASETS))


def _sft_inputs(context: StepContext) -> dict[str, Any]:
    return context.job_inputs("train.jsonl", {"base_model": context.service.plan.model})


def _sft(context: StepContext) -> Points:
    state = context.resources.make("sft", JOB, _sft_inputs(context))
    there = location_of(state["tuned_model_name"])
    return {"version-in-region": (there == context.service.plan.location, f"the version lies in {there}")}


def _continued_inputs(context: StepContext) -> dict[str, Any]:
    source = context.state("sft")
    named: dict[str, Any] = {"tuned_model_name": source["tuned_model_name"]}
    if source.get("default_checkpoint_id"):
        named["checkpoint_id"] = source["default_checkpoint_id"]
    return context.job_inputs("more.jsonl", {"pre_tuned_model": named})


def _continued(context: StepContext) -> Points:
    state = context.resources.make("continued", JOB, _continued_inputs(context))
    return {"continuation": (True, f"it ended as {state['state']}")}


def _alias_inputs(context: StepContext) -> dict[str, Any]:
    limits = [{"metric": "/train_total_loss", "at_most": 1000}]
    return {
        "tuned_model_name": context.state("continued")["tuned_model_name"],
        "alias": "conformance",
        "require": limits,
    }


def _alias(context: StepContext) -> Points:
    context.resources.make("alias", ALIAS, _alias_inputs(context))
    return {"training-series": (True, "the limit of /train_total_loss was judged")}


def _evaluation_inputs(context: StepContext) -> dict[str, Any]:
    return {
        "project": context.service.plan.project,
        "location": context.service.plan.location,
        "tuned_model_name": context.state("sft")["tuned_model_name"],
        "data_source": {"dataset_uri": f"gs://{context.bucket}/held-out.jsonl"},
        "evaluation_config": {
            "metrics": [{"metric": "exact_match", "computation_based_metric_spec": {"type": "EXACT_MATCH"}}],
            "allow_cross_region_model": True,
        },
        "labels": {"purpose": "conformance"},
        "deletion_policy": "DELETE",
    }


def _evaluation(context: StepContext) -> Points:
    state = context.resources.make("evaluation", EVALUATION, _evaluation_inputs(context))
    runs = context.service.get(f"{context.service.plan.parent}", "/evaluationRuns").get("evaluationRuns") or []
    shown = [bool(run.get("labels")) for run in runs if run.get("name") == state["name"]]
    found: Points = {
        "evaluation-calls": (True, f"{state['total_items']} items, {state['failed_items']} of them failed")
    }
    if shown:
        found["evaluation-labels"] = (shown[0], "the list shows labels" if shown[0] else "the list shows none")
    return found


def _remove_evaluation(context: StepContext) -> None:
    """With the rows that a killed process has sent and never heard of."""
    context.resources.remove("evaluation", EVALUATION, lambda: _evaluation_inputs(context))
    context.service.delete_rows(context.sent_rows())


def _copy_inputs(context: StepContext) -> dict[str, Any]:
    plan = context.service.plan
    return {
        "source_model_name": context.state("sft")["tuned_model_name"],
        "project": plan.project,
        "location": plan.copy_location,
        "labels": {"purpose": "conformance"},
        "deletion_policy": "DELETE",
    }


def _copy(context: StepContext) -> Points:
    state = context.resources.make("copy", COPY, _copy_inputs(context))
    there, here = len(state["checkpoints"]), len(context.state("sft")["checkpoints"])
    document = context.service.get(state["tuned_model_name"])
    texts = document.get("versionDescription") or document.get("description") or ""
    return {
        "copy-checkpoints": (there == here, f"{there} of {here} checkpoints"),
        "copy-texts": (bool(texts), "the description came along" if texts else "it has no description"),
    }


def _cancelled_inputs(context: StepContext) -> dict[str, Any]:
    """Of the copy, where there is one: so the same job shows whether a job continues from a copy."""
    copy = context.state("copy")
    if copy and not context.is_refuted("cancelled", "copy-continued"):
        source = {"pre_tuned_model": {"tuned_model_name": copy["tuned_model_name"]}}
        return {**context.job_inputs("more.jsonl", source), "location": context.service.plan.copy_location}
    return context.job_inputs("more.jsonl", {"base_model": context.service.plan.model})


def _cancelled(context: StepContext) -> Points:
    """Left alone once it is submitted, and deleted, which cancels it."""
    inputs = _cancelled_inputs(context)
    try:
        name = context.resources.submit("cancelled", JOB, inputs)
    except ApiError as error:
        if "base_model" in inputs or not is_refusal(error):
            raise
        context.refute("cancelled", "copy-continued", error)
        inputs = _cancelled_inputs(context)
        name = context.resources.submit("cancelled", JOB, inputs)
    found: Points = {} if "base_model" in inputs else {"copy-continued": (True, "the job was taken")}
    listed = context.service.vertex.list_jobs(context.service.plan.project, inputs["location"])
    is_listed = any(same_resource(job.name, name) is not False for job in listed)
    found["listed-at-once"] = (is_listed, "the first list shows it" if is_listed else "the first list lacks it")
    context.resources.remove("cancelled", JOB)
    job = context.service.vertex.get_job(name)
    return {**found, "cancel": (job.state == "JOB_STATE_CANCELLED", f"it ended as {job.state}")}


def _removing(step: str, kind: Any, inputs: Callable[[StepContext], dict[str, Any]]) -> Callable[[StepContext], None]:
    return lambda context: context.resources.remove(step, kind, lambda: inputs(context))


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
