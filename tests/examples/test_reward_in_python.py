"""examples/reward-in-python: what reward.py says is the reward, and another one is another job."""

import json
import runpy
from collections.abc import Callable
from typing import Any

import pytest

from .course import EXAMPLES, FIRST, Course, Example, Expected, files_of
from .promises import Promises
from .surroundings import MODEL

FOLDER = "reward-in-python"
RIGHT = '{"notice_days": 30, "term_months": 12, "renews": true}'
TWO_RIGHT = '{"notice_days": 30, "term_months": 24, "renews": true}'
REFERENCES = {"notice_days": "30", "term_months": "12", "renews": "true"}

Evaluate = Callable[[dict[str, Any], dict[str, Any]], float]


class TestRewardInPython(Promises):
    example = Example(
        folder=FOLDER,
        steps={
            FIRST: Expected(
                changes=dict.fromkeys(
                    ("clause-examples", "tuning-reads", "training.jsonl", "validation.jsonl", "clauses"), "create"
                ),
                jobs=1,
                outputs={"tuned_model_name": f"{MODEL}@1"},
            ),
            "2-another-reward": Expected(
                changes={"clauses": "replace"},
                jobs=2,
                outputs={"tuned_model_name": f"{MODEL}@1"},
            ),
        },
    )

    def test_each_job_has_the_text_of_its_reward(self, course: Course) -> None:
        """What lies in reward.py is what Google runs, to the letter."""
        specs = [job["reinforcementTuningSpec"] for job in course.place.emulator.jobs()]

        snippets = [spec["singleRewardConfig"]["codeExecutionRewardScorer"]["pythonCodeSnippet"] for spec in specs]

        assert snippets == [files_of(FOLDER, step)["reward.py"] for step in self.example.steps]


def evaluate_of(step: str) -> Evaluate:
    """The function `evaluate` of a step's reward.py."""
    found: Evaluate = runpy.run_path(str(EXAMPLES / FOLDER / step / "reward.py"))["evaluate"]
    return found


@pytest.mark.parametrize(
    ("step", "answer", "reward"),
    [
        (FIRST, RIGHT, 1.0),
        (FIRST, TWO_RIGHT, pytest.approx(2 / 3)),
        (FIRST, "{}", 0.0),
        (FIRST, "30 days", -1.0),
        (FIRST, "30", -1.0),
        ("2-another-reward", RIGHT, 1.0),
        ("2-another-reward", TWO_RIGHT, 0.0),
        ("2-another-reward", "30 days", -1.0),
    ],
)
def test_reward_of_an_answer(step: str, answer: str, reward: float) -> None:
    """The share of right facts, or all of them in the second step; -1 for what is no JSON object."""
    evaluate = evaluate_of(step)

    actual = evaluate({"references": REFERENCES}, {"role": "model", "parts": [{"text": answer}]})

    assert actual == reward


@pytest.mark.parametrize("file", ["training.jsonl", "validation.jsonl"])
def test_right_answer_to_each_clause_gets_the_whole_reward(file: str) -> None:
    """The references of every line are such that an answer can be right."""
    evaluate = evaluate_of(FIRST)
    examples = [json.loads(line) for line in files_of(FOLDER, FIRST)[file].splitlines()]

    answers = [json.dumps(facts_of(example)) for example in examples]

    assert {evaluate(example, said(answer)) for example, answer in zip(examples, answers, strict=True)} == {1.0}


def facts_of(example: dict[str, Any]) -> dict[str, Any]:
    """The references as the system instruction asks for them: numbers, true and false."""
    return {fact: json.loads(text) for fact, text in example["references"].items()}


def said(text: str) -> dict[str, Any]:
    return {"role": "model", "parts": [{"text": text}]}
