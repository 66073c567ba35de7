"""`tuningDataStats` of a job: what Google counts about a dataset, from the real lines.

Every number has its proto JSON form: 64-bit integers are strings. Billable tokens are those of one epoch, as recorded;
for preference tuning twice the prompt and its completions. Places of examples count from 1. Of supervised tuning there
is what was recorded, of the other methods what the API's document has.

Source: https://cloud.google.com/gemini-enterprise-agent-platform/generative-ai/pricing
"""

import itertools
import statistics
from collections.abc import Mapping
from typing import Any

from vertex_emulator.tuning.datasets import CHARACTERS_PER_TOKEN, Dataset
from vertex_emulator.tuning.training_steps import PREFERENCE, SUPERVISED

_SHOWN_EXAMPLES = 3
_SHOWN_INDICES = 100
_LONGEST_TEXT = 400  # characters of a text that an example is shown with, the dots included: recorded
_OF_PREFERENCE_EXAMPLE = ("contents", "completions")  # a line may have a system instruction, the API's message has none
_BUCKETS = 6
_TOO_LONG = "The example has more tokens than the limit of the model."


def stats(method: str, dataset: Dataset, *, steps: int) -> dict[str, Any]:
    """`tuningDataStats` of a job, with every number in its proto JSON form."""
    if method == SUPERVISED:
        return {"supervisedTuningDataStats": _supervised(dataset)}
    counted = _counted(dataset, factor=2 if method == PREFERENCE else 1) | {"tuningStepCount": str(steps)}
    if method == PREFERENCE:
        return {"preferenceOptimizationDataStats": counted | _preference(dataset)}
    return {"reinforcementTuningDataStats": counted | _reinforcement(dataset)}


def _counted(dataset: Dataset, *, factor: int = 1) -> dict[str, Any]:
    billable = sum(factor * example.input_tokens + example.output_tokens for example in dataset.examples)
    return {"tuningDatasetExampleCount": str(len(dataset.examples)), "totalBillableTokenCount": str(billable)}


def _supervised(dataset: Dataset) -> dict[str, Any]:
    examples = dataset.examples
    found = _counted(dataset) | {
        "userInputTokenDistribution": _distribution([e.input_tokens for e in examples], supervised=True),
        "userOutputTokenDistribution": _distribution([e.output_tokens for e in examples], supervised=True),
        "userMessagePerExampleDistribution": _distribution([e.messages for e in examples], supervised=True),
        "userDatasetExamples": [
            _shortened(content) for e in examples[:_SHOWN_EXAMPLES] for content in e.document["contents"]
        ],
    }
    if dataset.too_long:
        found["totalTruncatedExampleCount"] = str(len(dataset.too_long))
        found["truncatedExampleIndices"] = [str(index + 1) for index in dataset.too_long[:_SHOWN_INDICES]]
        found["droppedExampleReasons"] = [_TOO_LONG] * len(dataset.too_long[:_SHOWN_INDICES])
    return found


def _preference(dataset: Dataset) -> dict[str, Any]:
    examples = dataset.examples
    shown = [
        {name: part for name, part in e.document.items() if name in _OF_PREFERENCE_EXAMPLE}
        for e in examples[:_SHOWN_EXAMPLES]
    ]
    return {
        "userDatasetExamples": [_shortened(example) for example in shown],
        "userInputTokenDistribution": _distribution([e.input_tokens for e in examples]),
        "userOutputTokenDistribution": _distribution([e.output_tokens for e in examples]),
        **_dropped(dataset.too_long),
    }


def _reinforcement(dataset: Dataset) -> dict[str, Any]:
    examples = dataset.examples
    tokens = sum(e.input_tokens + e.output_tokens for e in examples)
    return {
        "totalTuningCharacterCount": str(sum(e.input_characters + e.output_characters for e in examples)),
        "totalBillableCharacterCount": str(tokens * CHARACTERS_PER_TOKEN),
        "reinforcementTuningUserDatasetExamples": {
            "userDatasetExamples": [_shortened(e.document) for e in examples[:_SHOWN_EXAMPLES]]
        },
        "userInputTokenDistribution": _distribution([e.input_tokens for e in examples]),
        "contentsPerExampleDistribution": _distribution([e.messages for e in examples]),
        **_dropped(dataset.too_long),
    }


def _shortened(value: Any) -> Any:
    """An example, or a part of one, with its long texts cut."""
    if isinstance(value, Mapping):
        return {key: _shortened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shortened(item) for item in value]
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return value[: _LONGEST_TEXT - len("...")] + "..."
    return value


def _dropped(indices: tuple[int, ...]) -> dict[str, Any]:
    if not indices:
        return {}
    shown = indices[:_SHOWN_INDICES]
    return {
        "droppedExampleIndices": [str(index + 1) for index in shown],
        "droppedExampleReasons": [_TOO_LONG] * len(shown),
    }


def _distribution(values: list[int], *, supervised: bool = False) -> dict[str, Any]:
    ordered = sorted(values)
    lowest, highest = ordered[0], ordered[-1]
    total = sum(ordered)
    return {
        "sum": str(total) if supervised else total,
        "min": lowest,
        "max": highest,
        "mean": total // len(ordered) if total % len(ordered) == 0 else total / len(ordered),
        "median": statistics.median_low(ordered),
        "p5": ordered[int(0.05 * (len(ordered) - 1))],
        "p95": ordered[int(0.95 * (len(ordered) - 1))],
        "buckets": _buckets(ordered, numbers_as_strings=not supervised),
    }


def _buckets(ordered: list[int], *, numbers_as_strings: bool) -> list[dict[str, Any]]:
    """Ranges of whole numbers as equal as can be, both ends inclusive; empty ones are left out."""
    lowest, values = ordered[0], ordered[-1] - ordered[0] + 1
    ends = [lowest + -(-values * number // _BUCKETS) for number in range(_BUCKETS + 1)]
    buckets = []
    for left, end in itertools.pairwise(ends):
        if count := sum(left <= value < end for value in ordered):
            buckets.append({"count": str(count) if numbers_as_strings else count, "left": left, "right": end - 1})
    return buckets
