"""The answers that a run has its candidates give: a model, a prompt template and a generation config each.

An item that has an answer of a candidate already is not asked again. An answer that fails is an error of its row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from vertex_emulator.evaluation.rows import Row, text_of
from vertex_emulator.registry import generate, operations
from vertex_emulator.service import Call
from vertex_emulator.storage.objects import content_at
from vertex_emulator.wsgi import ApiProblem


def answered(call: Call, run: Mapping[str, Any], rows: Sequence[Row]) -> list[Row]:
    """The rows with the answers of all candidates of an `EvaluationRun` message."""
    found = list(rows)
    for candidate, config in (run.get("inferenceConfigs") or {}).items():
        template = config.get("promptTemplate") or run["evaluationConfig"].get("promptTemplate") or {}
        found = [
            row if row.problem or candidate in row.candidates else _asked(call, candidate, config, template, row)
            for row in found
        ]
    return found


def _asked(call: Call, candidate: str, config: Mapping[str, Any], template: Mapping[str, Any], row: Row) -> Row:
    response: dict[str, Any] = {"candidate": candidate}
    try:
        contents = [{"role": "user", "parts": [{"text": row.filled(_template(call, template))}]}]
        body = {"contents": contents, "generationConfig": config.get("generationConfig") or {}}
        answer = generate.answer(call, config["model"], body)
        response["text"] = text_of(answer["candidates"][0]["content"])
    except ApiProblem as problem:
        response["error"] = operations.as_status(problem)
    given = row.request.get("candidateResponses", [])
    return replace(row, request={**row.request, "candidateResponses": [*given, response]})


def _template(call: Call, template: Mapping[str, Any]) -> str:
    if uri := template.get("gcsUri"):
        content = content_at(call, uri)
        if content is None:
            raise ApiProblem(404, f"The prompt template {uri} does not exist.")
        return content.decode("utf-8", "replace")
    return str(template.get("promptTemplate", ""))
