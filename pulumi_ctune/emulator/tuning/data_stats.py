"""`tuningDataStats` of a job: what Google counts about a dataset, from the real lines.

Every number has its proto JSON form: 64-bit integers are strings. Billable tokens are those of one epoch, as recorded;
for preference tuning twice the prompt and its completions. Places of examples count from 1.

Source: https://cloud.google.com/gemini-enterprise-agent-platform/generative-ai/pricing
"""

import statistics
from typing import Any

from pulumi_ctune.emulator.tuning.datasets import CHARACTERS_PER_TOKEN, Dataset
from pulumi_ctune.emulator.tuning.plan import PREFERENCE, REINFORCEMENT, SUPERVISED

_SHOWN_EXAMPLES = 3
_SHOWN_INDICES = 100
_BUCKETS = 6
_TOO_LONG = "The example has more tokens than the limit of the model."


def stats(method: str, dataset: Dataset, *, steps: int) -> dict[str, Any]:
    """`tuningDataStats` of a job, with every number in its proto JSON form."""
    examples = dataset.examples
    in_tokens, out_tokens = [e.input_tokens for e in examples], [e.output_tokens for e in examples]
    factor = {SUPERVISED: 1, PREFERENCE: 2, REINFORCEMENT: 1}[method]
    billable = factor * sum(in_tokens) + sum(out_tokens)
    characters = sum(e.input_characters + e.output_characters for e in examples)
    counted = {
        "tuningDatasetExampleCount": str(len(examples)),
        "totalBillableTokenCount": str(billable),
        "tuningStepCount": str(steps),
    }
    if method == PREFERENCE:
        shown = {
            "userDatasetExamples": [e.document for e in examples[:_SHOWN_EXAMPLES]],
            "userInputTokenDistribution": _distribution(in_tokens),
            "userOutputTokenDistribution": _distribution(out_tokens),
            **_dropped(dataset.too_long),
        }
        return {"preferenceOptimizationDataStats": counted | shown}
    counted |= {
        "totalTuningCharacterCount": str(characters),
        "totalBillableCharacterCount": str(billable * CHARACTERS_PER_TOKEN),
    }
    if method == REINFORCEMENT:
        shown = {
            "reinforcementTuningUserDatasetExamples": {
                "userDatasetExamples": [e.document for e in examples[:_SHOWN_EXAMPLES]]
            },
            "userInputTokenDistribution": _distribution(in_tokens),
            "contentsPerExampleDistribution": _distribution([e.messages for e in examples]),
            **_dropped(dataset.too_long),
        }
        return {"reinforcementTuningDataStats": counted | shown}
    shown = {
        "userInputTokenDistribution": _distribution(in_tokens, supervised=True),
        "userOutputTokenDistribution": _distribution(out_tokens, supervised=True),
        "userMessagePerExampleDistribution": _distribution([e.messages for e in examples], supervised=True),
        "userDatasetExamples": [content for e in examples[:_SHOWN_EXAMPLES] for content in e.document["contents"]],
    }
    if dataset.too_long:
        shown["totalTruncatedExampleCount"] = str(len(dataset.too_long))
        shown["truncatedExampleIndices"] = [str(index + 1) for index in dataset.too_long[:_SHOWN_INDICES]]
        shown["droppedExampleReasons"] = [_TOO_LONG] * len(dataset.too_long[:_SHOWN_INDICES])
    return {"supervisedTuningDataStats": counted | shown}


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
        "mean": total / len(ordered),
        "median": statistics.median_low(ordered),
        "p5": ordered[int(0.05 * (len(ordered) - 1))],
        "p95": ordered[int(0.95 * (len(ordered) - 1))],
        "buckets": _buckets(ordered, numbers_as_strings=not supervised),
    }


def _buckets(ordered: list[int], *, numbers_as_strings: bool) -> list[dict[str, Any]]:
    """Equal ranges of whole numbers, both ends inclusive; empty ones are left out."""
    lowest, width = ordered[0], -(-(ordered[-1] - ordered[0] + 1) // _BUCKETS)
    buckets = []
    for left in range(lowest, ordered[-1] + 1, width):
        right = min(left + width - 1, ordered[-1])
        if count := sum(left <= value <= right for value in ordered):
            buckets.append({"count": str(count) if numbers_as_strings else count, "left": left, "right": right})
    return buckets
