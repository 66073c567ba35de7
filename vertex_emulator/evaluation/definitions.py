"""Metrics and experiments: documents that runs refer to by name.

A metric can be registered if a judge or code computes it. An experiment groups runs for Google's console; only v1beta1
has them, and nothing here depends on one.
"""

import re
from typing import Any

from vertex_emulator.evaluation.collection import EXPERIMENTS, METRICS, Collection
from vertex_emulator.registry import operations
from vertex_emulator.resource_fields import changed_fields, check_display_name, check_labels
from vertex_emulator.service import Call, Handler, Route
from vertex_emulator.wsgi import ApiProblem

_METRIC_ID = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_REGISTRABLE = ("llmBasedMetricSpec", "customCodeExecutionSpec")
_OF_EXPERIMENT = ("displayName", "evaluationRuns", "labels", "metadata")


def create_metric(call: Call) -> dict[str, Any]:
    body = call.schema.read("EvaluationMetric", call.request.json(), path="evaluation_metric")
    check_display_name(body.get("displayName"))
    check_labels(body.get("labels") or {})
    if ("metric" in body) == ("gcsUri" in body):
        raise ApiProblem(400, "Exactly one of metric and gcs_uri must be set.")
    if "gcsUri" in body:
        raise ApiProblem(501, "The emulator reads metrics from requests only, not from gcs_uri.")
    if not any(name in body["metric"] for name in _REGISTRABLE):
        raise ApiProblem(400, "Only llm_based_metric_spec and custom_code_execution_spec are supported.")
    metric_id = call.request.arg("evaluationMetricId")
    if metric_id and not _METRIC_ID.fullmatch(metric_id):
        raise ApiProblem(400, f"Invalid evaluation_metric_id {metric_id!r}: it must match {_METRIC_ID.pattern}.")
    parent = METRICS.parent_of(call)
    if metric_id and call.tx.get(METRICS.segment, f"{parent}/{METRICS.segment}/{metric_id}"):
        raise ApiProblem(409, f"The EvaluationMetric {metric_id} already exists.")
    return METRICS.new_one(call, METRICS.add(call, parent, body, resource_id=metric_id))


def create_experiment(call: Call) -> dict[str, Any]:
    body = call.schema.read("EvaluationExperiment", call.request.json(), path="evaluation_experiment")
    check_display_name(body.get("displayName"))
    check_labels(body.get("labels") or {})
    return EXPERIMENTS.new_one(call, EXPERIMENTS.add(call, EXPERIMENTS.parent_of(call), body))


def patch_experiment(call: Call) -> dict[str, Any]:
    document = EXPERIMENTS.find(call.tx, EXPERIMENTS.name_of(call))
    body = call.schema.read("EvaluationExperiment", call.request.json(), path="evaluation_experiment")
    changes = changed_fields(call.request, body, _OF_EXPERIMENT)
    return EXPERIMENTS.shown(call, EXPERIMENTS.save(call, {**document, **changes}))


def _of_v1beta1(handler: Handler) -> Handler:
    def handle(call: Call) -> Any:
        if call.schema.api_version != "v1beta1":
            raise ApiProblem(404, f"The requested URL {call.request.path} was not found on this server.")
        return handler(call)

    return handle


def _routes(collection: Collection, *more: tuple[str, str, Handler]) -> list[Route]:
    return [
        *more,
        ("GET", collection.pattern, collection.list),
        ("GET", collection.one, collection.get),
        ("DELETE", collection.one, collection.delete),
    ]


ROUTES: list[Route] = [
    (method, pattern, operations.settled(handler))
    for method, pattern, handler in _routes(METRICS, ("POST", METRICS.pattern, create_metric))
] + [
    (method, pattern, operations.settled(_of_v1beta1(handler)))
    for method, pattern, handler in _routes(
        EXPERIMENTS,
        ("POST", EXPERIMENTS.pattern, create_experiment),
        ("PATCH", EXPERIMENTS.one, patch_experiment),
    )
]
