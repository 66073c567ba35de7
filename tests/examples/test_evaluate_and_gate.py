"""examples/evaluate-and-gate: three versions, of which the evaluation lets two through."""

import json
from collections.abc import Iterable, Mapping

from tests.pulumi_gcp.stacks import Place

from .course import FIRST, Course, Example, Expected
from .promises import Promises
from .surroundings import DATASETS, MODEL

ANSWERS = {
    "return unworn boots": "Boots come back within sixty days, free of charge.",
    "cancel an order": "Write to orders and name the number on your bill.",
    "waterproof a jacket": "Wash it warm, then spray wax on the dry cloth.",
    "repair a tent pole": "Slide the metal sleeve over the break and tape it.",
    "choose a rope": "Nine millimetres will do for glaciers and easy rock.",
    "store a sleeping bag": "Keep it loose in a large cotton sack, never rolled.",
    "sharpen crampons": "File each point by hand along its narrow edge.",
    "wax touring skis": "Melt hard wax with an iron and scrape when cold.",
}
TOPICS = list(ANSWERS)


def lines(pairs: Iterable[tuple[str, str]]) -> bytes:
    """A dataset in the tuning format."""
    said = ({"user": prompt, "model": answer} for prompt, answer in pairs)
    turns = ([{"role": role, "parts": [{"text": text}]} for role, text in each.items()] for each in said)
    return "\n".join(json.dumps({"contents": each}) for each in turns).encode()


def asked(topics: Iterable[str], answers: Mapping[str, str] = ANSWERS) -> bytes:
    return lines((f"How do I {topic}?", answers[topic]) for topic in topics)


def prepare(place: Place) -> dict[str, str]:
    """Half of the topics, the other half, wrong answers to all, and all of them in other words."""
    wrong = dict.fromkeys(TOPICS, "That is a secret.")
    files = {
        "train": asked(TOPICS[:4]),
        "more": asked(TOPICS[4:]),
        "wrong": asked(TOPICS, wrong),
        "held-out": lines((f"What is the best way to {topic} at home?", ANSWERS[topic]) for topic in TOPICS),
    }
    for name, content in files.items():
        place.emulator.put_object(DATASETS.removeprefix("gs://"), f"{name}.jsonl", content)
    place.emulator.configure(evaluation_start_delay_s=0.1, evaluation_duration_s=0.3)
    return {"datasets": DATASETS}


class TestEvaluateAndGate(Promises):
    example = Example(
        folder="evaluate-and-gate",
        prepare=prepare,
        look=lambda place, outputs: outputs["version_id"],
        steps={
            FIRST: Expected(
                changes=dict.fromkeys(("support-1", "quality-1", "prod"), "create"), jobs=1, outputs={"version_id": "1"}
            ),
            "2-better": Expected(
                changes={"support-2": "create", "quality-2": "create", "quality-1": "delete", "prod": "update"},
                jobs=2,
                outputs={"version_id": "2"},
            ),
            "3-worse": Expected(
                changes={"support-3": "create", "quality-3": "create", "prod": "update"},
                jobs=3,
                outputs={"version_id": "2"},
                error=(
                    rf"alias 'prod' was not moved \[require\]: {MODEL}@3 misses 1 of 1: 'rouge' of "
                    r".*evaluationRuns/\d+: is 0.* \(AVERAGE\) over 8 items, 0\.\d+ below the baseline's \S+, "
                    r"at least 0\.01 above the baseline is required\. Version 2 keeps the alias\."
                ),
                left={"quality-2": "delete", "prod": "update"},
            ),
        },
    )

    def test_alias_stays_with_the_best_version(self, course: Course) -> None:
        """The third version is trained and evaluated, and goes no further."""
        assert [taken.seen for taken in course.steps.values()] == ["1", "2", "2"]
