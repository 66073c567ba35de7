"""The rows of a run: what its items ask, the answers there are, in plain text.

Reads the API's `EvaluationRequest`; knows neither models nor scores.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vertex_emulator import names
from vertex_emulator.evaluation import items
from vertex_emulator.evaluation.collection import ITEMS, SETS
from vertex_emulator.service import Call
from vertex_emulator.wsgi import ApiProblem

_VARIABLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Row:
    """One item of a run's set. `problem` says why it has no request, empty otherwise."""

    item: str
    request: dict[str, Any]
    problem: str = ""

    @property
    def prompt(self) -> str:
        """What is asked, as text, without any template."""
        prompt = self.request.get("prompt", {})
        return str(prompt.get("text") or self.variables.get("prompt") or "\n".join(self.variables.values()))

    @property
    def variables(self) -> dict[str, str]:
        """What a prompt template can name."""
        prompt = self.request.get("prompt", {})
        values = prompt.get("promptTemplateData", {}).get("values", {})
        found = {name: text_of(content) for name, content in values.items()}
        if isinstance(prompt.get("value"), Mapping):
            found |= {name: as_text(value) for name, value in prompt["value"].items()}
        return ({"prompt": prompt["text"]} if "text" in prompt else {}) | found

    @property
    def reference(self) -> str | None:
        golden = self.request.get("goldenResponse")
        return None if golden is None else answer_of(golden)

    @property
    def context(self) -> str:
        return self.variables.get("context", "")

    @property
    def answers(self) -> dict[str, str]:
        """The answers by candidate."""
        return {
            answer.get("candidate", ""): answer_of(answer)
            for answer in self.request.get("candidateResponses", [])
            if "error" not in answer
        }

    @property
    def candidates(self) -> list[str]:
        """Who has answered, or was to."""
        return [answer.get("candidate", "") for answer in self.request.get("candidateResponses", [])]

    def filled(self, template: str) -> str:
        """A prompt template with the values of this row. Raises 400 for a variable that it does not have."""
        if not template:
            return self.prompt
        known = self.variables

        def value(match: re.Match[str]) -> str:
            if match[1] not in known:
                raise ApiProblem(400, f"The item {self.item} has no value for {match[0]} of the prompt template.")
            return known[match[1]]

        return _VARIABLE.sub(value, template)

    def problem_of(self, candidate: str) -> str:
        """Why there is no answer of a candidate; empty if there is one."""
        if self.problem or candidate in self.answers:
            return self.problem
        failed = [
            answer["error"]["message"]
            for answer in self.request.get("candidateResponses", [])
            if answer.get("candidate") == candidate and "error" in answer
        ]
        return str(failed[0]) if failed else f"The item has no response of the candidate {candidate}."


def rows_of(call: Call, evaluation_set: str) -> list[Row]:
    """The rows of a set, in order; none if the set is gone."""
    document = call.tx.get(SETS.segment, names.canonical(evaluation_set)) or {}
    return [_row(call, name) for name in document.get("evaluationItems", [])]


def answer_of(response: Mapping[str, Any]) -> str:
    """The text of a `CandidateResponse`."""
    if "text" in response:
        return str(response["text"])
    if "value" in response:
        return as_text(response["value"])
    return text_of(response["events"][-1]) if response.get("events") else ""


def text_of(content: Mapping[str, Any]) -> str:
    return "\n".join(part.get("text", "") for part in content.get("parts", []))


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _row(call: Call, name: str) -> Row:
    try:
        return Row(name, items.request_of(call, ITEMS.find(call.tx, name)))
    except ApiProblem as problem:
        return Row(name, {}, problem.message)
