"""Evaluation runs, and the sets of rows that they judge.

There is no patch of a run, no client id and no request id. A delete is answered with an operation that is done already
(recorded), so it is not waited for.

Source:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.evaluationRuns
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_ctune.core.api import EvaluationRun, EvaluationSet
from pulumi_ctune.vertex import records
from pulumi_ctune.vertex.rest import Rest

_PAGE = {"pageSize": "100"}


def create_run(rest: Rest, parent: str, body: Mapping[str, Any]) -> EvaluationRun:
    return records.evaluation_run(rest.create(parent, "/evaluationRuns", body))


def get_run(rest: Rest, name: str) -> EvaluationRun:
    return records.evaluation_run(rest.get_resource(name, "state"))


def list_runs(rest: Rest, parent: str) -> Sequence[EvaluationRun]:
    return [records.evaluation_run(entry) for entry in rest.list(parent, "/evaluationRuns", "evaluationRuns", _PAGE)]


def cancel_run(rest: Rest, name: str) -> None:
    rest.write("POST", name, ":cancel", body={})


def delete(rest: Rest, name: str) -> None:
    """A run, a set or an item."""
    rest.write("DELETE", name)


def create_item(rest: Rest, parent: str, body: Mapping[str, Any]) -> str:
    return str(rest.create(parent, "/evaluationItems", body)["name"])


def create_set(rest: Rest, parent: str, body: Mapping[str, Any]) -> EvaluationSet:
    return records.evaluation_set(rest.create(parent, "/evaluationSets", body))


def list_sets(rest: Rest, parent: str) -> Sequence[EvaluationSet]:
    return [records.evaluation_set(entry) for entry in rest.list(parent, "/evaluationSets", "evaluationSets", _PAGE)]


def get_set(rest: Rest, name: str) -> EvaluationSet:
    return records.evaluation_set(rest.get_resource(name))
