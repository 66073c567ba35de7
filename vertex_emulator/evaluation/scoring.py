"""What each candidate's answer to each row is worth by a metric, or why it has no score.

Code of metrics runs in a process of its own, once for all rows, and only where the emulator was started with the flag
for it; elsewhere the overlap with the reference stands for it, as for a judge.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vertex_emulator import snippets
from vertex_emulator.evaluation import metric_specs as specs
from vertex_emulator.evaluation import recipes, text_scores
from vertex_emulator.evaluation.metric_specs import Metric
from vertex_emulator.evaluation.rows import Row
from vertex_emulator.service import Call

_STANDS_IN = "The emulator runs no code without the flag for it: the overlap with the reference stands for this score."
_NO_JUDGE = "No model judges in the emulator: the overlap of words stands for this score."


@dataclass(frozen=True)
class Score:
    """A score with its explanation, or the problem that prevented it."""

    value: float | None = None
    explanation: str = ""
    problem: str = ""


def scores(call: Call, metric: Metric, candidate: str, rows: Sequence[Row]) -> list[Score]:
    """One for each row."""
    problems = [_problem(metric, candidate, row) for row in rows]
    fitting = [row for row, problem in zip(rows, problems, strict=True) if not problem]
    computed = iter(_computed(call, metric, candidate, fitting))
    return [Score(problem=problem) if problem else next(computed) for problem in problems]


def _problem(metric: Metric, candidate: str, row: Row) -> str:
    if problem := row.problem_of(candidate):
        return problem
    if metric.kind in (specs.EXACT_MATCH, specs.BLEU, specs.ROUGE) and row.reference is None:
        return f"The metric {metric.name} needs a golden_response, and the item has none."
    if metric.kind == specs.RECIPE and recipes.needs_context(metric.text) and not row.context:
        return f"The metric {metric.name} needs a context, and the item has none."
    return ""


def _computed(call: Call, metric: Metric, candidate: str, rows: Sequence[Row]) -> list[Score]:
    if metric.kind == specs.CODE:
        return _by_code(call, metric, candidate, rows)
    explanation = _NO_JUDGE if metric.kind in (specs.JUDGE, specs.RECIPE) else ""
    return [Score(_score(metric, row, row.answers[candidate]), explanation) for row in rows]


def _score(metric: Metric, row: Row, answer: str) -> float:
    reference = row.reference or ""
    if metric.kind == specs.EXACT_MATCH:
        return text_scores.exact_match(answer, reference)
    if metric.kind == specs.BLEU:
        return text_scores.bleu(answer, reference, effective_order=metric.effective_order)
    if metric.kind == specs.ROUGE:
        return text_scores.rouge(answer, reference, longest=metric.rouge_longest)
    if metric.kind == specs.RECIPE:
        return recipes.score(metric.text, answer, reference=reference, prompt=row.prompt, context=row.context)
    return recipes.quality(answer, reference=reference, prompt=row.prompt)


def _by_code(call: Call, metric: Metric, candidate: str, rows: Sequence[Row]) -> list[Score]:
    if problem := snippets.syntax_problem(metric.text):
        return [Score(problem=problem)] * len(rows)
    if not call.settings.allow_code_rewards:
        return [
            Score(recipes.quality(row.answers[candidate], reference=row.reference or "", prompt=row.prompt), _STANDS_IN)
            for row in rows
        ]
    instances = [_instance(row, row.answers[candidate]) for row in rows]
    found = snippets.run_each(metric.text, "evaluate(instance)", [(instance,) for instance in instances])
    return [_score_of(result) for result in found]


def _score_of(result: float | snippets.SnippetFailed) -> Score:
    if isinstance(result, snippets.SnippetFailed):
        return Score(problem=str(result))
    return Score(result) if math.isfinite(result) else Score(problem=f"The score is not a number: {result}.")


def _instance(row: Row, answer: str) -> dict[str, dict[str, str]]:
    """What the API's text says that code gets; a user and the SDK's tests have met other forms."""
    texts = {"prompt": row.prompt, "response": answer, "reference": row.reference, "context": row.context or None}
    return {name: {"text": text} for name, text in texts.items() if text is not None}
