"""Answers that the provider asks for itself, for `answers="PROVIDER"`: the way where a run cannot call a model.

Whether a run takes a tuned endpoint of another place is not confirmed by Google; that `generateContent` does is.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_ctune.core.api import Vertex
from pulumi_ctune.core.retry import WaitContext, explaining, patiently
from pulumi_ctune.evaluation_run.models import NOT_EVALUATED, Called
from pulumi_ctune.evaluation_run.request import Request
from pulumi_ctune.evaluation_run.rows import Row
from pulumi_ctune.gate.evaluation_result import CANDIDATE


def answers_for(
    vertex: Vertex, context: WaitContext, request: Request, rows: Sequence[Row], called: Called
) -> list[dict[str, str]]:
    """The answers of each row by candidate; those that a row brings along stand for the candidate's.

    A model that gives no text has answered with an empty one, which is judged as such.
    """
    config: Mapping[str, Any] = {"generationConfig": request.generation_config} if request.generation_config else {}
    found: list[dict[str, str]] = []
    for number, row in enumerate(rows, 1):
        context.report.status(f"asking the models: row {number:,} of {len(rows):,}")
        given = {CANDIDATE: row.response} if row.response is not None else {}
        asked = {**row.generation_request(request.prompt_template), **config}
        for candidate, model in called.by_candidate.items():
            if candidate not in given:
                given[candidate] = _answer(vertex, context, model, asked)
        found.append({name: text or "" for name, text in given.items()})
    return found


def _answer(vertex: Vertex, context: WaitContext, model: str, asked: Mapping[str, Any]) -> str:
    with explaining(NOT_EVALUATED, where=model):
        return patiently(lambda: vertex.answer(model, asked), context)


def given_answers(rows: Sequence[Row]) -> list[dict[str, str]]:
    """The answers that the rows bring along: those of the candidate."""
    return [{CANDIDATE: row.response} if row.response is not None else {} for row in rows]
