"""Rows as an evaluation set at Google, made once and shared by all runs over the same rows.

A set has no labels. Its display name closes with the hash of its rows, by which it is found again. A row is a request
of its own and can never be changed; what an upload that was cut short has left behind is in no set.
"""

from collections.abc import Mapping, Sequence

from pulumi_ctune.core.api import EvaluationSet, Vertex
from pulumi_ctune.core.errors import ApiError
from pulumi_ctune.core.retry import WaitContext, explaining, go_on_or_raise, patiently
from pulumi_ctune.evaluation_run.models import NOT_EVALUATED
from pulumi_ctune.evaluation_run.request import Request, content_hash
from pulumi_ctune.evaluation_run.rows import Row

_PREFIX = "ctune-rows-"


def set_for(
    vertex: Vertex, context: WaitContext, request: Request, rows: Sequence[Row], answers: Sequence[Mapping[str, str]]
) -> EvaluationSet:
    """The set with these rows, made where there is none. `answers` are those of each row, by candidate."""
    bodies = [row.item(given) for row, given in zip(rows, answers, strict=True)]
    name = f"{_PREFIX}{content_hash(bodies)}"
    with explaining(NOT_EVALUATED, where="data_source"):
        if found := _named(vertex, context, request, name):
            return found
        items = []
        for number, body in enumerate(bodies, 1):
            context.report.status(f"uploading rows: {number:,} of {len(bodies):,}")
            item = {"displayName": f"{name}-{number}", "evaluationItemType": "REQUEST", "evaluationRequest": body}
            items.append(_made_item(vertex, context, request, item))
        return _made_set(vertex, context, request, {"displayName": name, "evaluationItems": items})


def is_own(name: str) -> bool:
    """Whether a set with this display name was made here."""
    return name.startswith(_PREFIX)


def _named(vertex: Vertex, context: WaitContext, request: Request, name: str) -> EvaluationSet | None:
    listed = patiently(lambda: vertex.list_evaluation_sets(request.parent), context)
    return next((each for each in listed if each.display_name == name), None)


def _made_item(vertex: Vertex, context: WaitContext, request: Request, item: Mapping[str, object]) -> str:
    """A second one after a lost answer does no harm: the first one is in no set."""

    def make() -> str:
        go_on_or_raise(context)
        return vertex.create_evaluation_item(request.parent, item)

    return patiently(make, context)


def _made_set(vertex: Vertex, context: WaitContext, request: Request, body: Mapping[str, object]) -> EvaluationSet:
    def make() -> EvaluationSet:
        try:
            return vertex.create_evaluation_set(request.parent, body)
        except ApiError as error:
            if error.proves_nothing_was_made:
                raise
            if found := _named(vertex, context, request, str(body["displayName"])):
                return found
            raise

    return patiently(make, context)
