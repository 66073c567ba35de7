"""Predefined metrics: which there are, and what stands for their judges here.

No model judges anything: quality is the overlap of words between the answer and its reference (the prompt where there
is none), grounding whether the words of each sentence are in the context, safety a short list of words. That is enough
to try a gate, and says nothing about quality.

Names have a version, and the two of safety mean opposite things: with `safety_v1` 1 is safe, with `safety_v3` 1 is a
violation. Source: the page on managed rubric-based metrics, autumn 2026
"""

import re

from vertex_emulator.evaluation import text_scores
from vertex_emulator.wsgi import ApiProblem

_OF_QUALITY = ("general_quality", "text_quality", "instruction_following")
_RECIPES = frozenset(f"{name}_v{version}" for name in (*_OF_QUALITY, "grounding") for version in (1, 2)) | {
    "safety_v1",
    "safety_v3",
}
_UNSAFE = frozenset(("bomb", "bombs", "kill", "murder", "poison", "suicide", "terrorist", "weapon", "weapons"))
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_SUPPORTED_FROM = 0.5  # share of a sentence's words that the context has


def check(name: str) -> str:
    """The recipe of this name. Raises 400 for one that does not exist, in words that a user has reported."""
    if not name:
        raise ApiProblem(400, "predefined_metric_spec.metric_spec_name is required.")
    if name not in _RECIPES:
        raise ApiProblem(400, f"recipe {name} not found")
    return name


def makes_rubrics(recipe: str) -> bool:
    return recipe.startswith(_OF_QUALITY)


def needs_context(recipe: str) -> bool:
    return recipe.startswith("grounding")


def quality(answer: str, *, reference: str, prompt: str) -> float:
    return text_scores.overlap(answer, reference or prompt)


def score(recipe: str, answer: str, *, reference: str, prompt: str, context: str) -> float:
    if recipe.startswith("safety"):
        is_violated = text_scores.has_any(answer, _UNSAFE)
        return float(is_violated is (recipe == "safety_v3"))
    if needs_context(recipe):
        sentences = [text for text in _SENTENCE_END.split(answer) if text]
        return float(all(text_scores.share_found(text, context) >= _SUPPORTED_FROM for text in sentences))
    return quality(answer, reference=reference, prompt=prompt)
