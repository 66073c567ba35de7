"""`tuningDataStats` of a job: what Google counts about a dataset, from the real lines.

Every number has its proto JSON form: 64-bit integers are strings. Billing follows the price page: tokens of the dataset
times epochs, for preference tuning twice the prompt and its completions.

Source: https://cloud.google.com/gemini-enterprise-agent-platform/generative-ai/pricing
"""

import itertools
import statistics
from typing import Any

from pulumi_ctune.emulator.tuning.datasets import CHARACTERS_PER_TOKEN, Dataset
from pulumi_ctune.emulator.tuning.plan import PREFERENCE, REINFORCEMENT, SUPERVISED

_SHOWN_EXAMPLES = 3
_SHOWN_INDICES = 100
_TOO_LONG = "The example has more tokens than the limit of the model."


def stats(method: str, dataset: Dataset, *, epochs: int, steps: int) -> dict[str, Any]:
    """`tuningDataStats` of a job, with every number in its proto JSON form."""
    examples = dataset.examples
    in_tokens, out_tokens = [e.input_tokens for e in examples], [e.output_tokens for e in examples]
    factor = {SUPERVISED: 1, PREFERENCE: 2, REINFORCEMENT: 1}[method]
    billable = (factor * sum(in_tokens) + sum(out_tokens)) * epochs
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
        shown["truncatedExampleIndices"] = [str(index) for index in dataset.too_long[:_SHOWN_INDICES]]
        shown["droppedExampleReasons"] = [_TOO_LONG] * len(dataset.too_long[:_SHOWN_INDICES])
    return {"supervisedTuningDataStats": counted | shown}


def _dropped(indices: tuple[int, ...]) -> dict[str, Any]:
    if not indices:
        return {}
    shown = indices[:_SHOWN_INDICES]
    return {"droppedExampleIndices": [str(index) for index in shown], "droppedExampleReasons": [_TOO_LONG] * len(shown)}


def _distribution(values: list[int], *, supervised: bool = False) -> dict[str, Any]:
    ordered = sorted(values)
    lowest, highest = ordered[0], ordered[-1]
    total = sum(ordered)
    shown: dict[str, Any] = {
        "sum": str(total) if supervised else total,
        "min": lowest,
        "max": highest,
        "mean": total / len(ordered),
        "median": statistics.median(ordered),
        "p5": ordered[int(0.05 * (len(ordered) - 1))],
        "p95": ordered[int(0.95 * (len(ordered) - 1))],
        "buckets": _buckets(ordered, numbers_as_strings=not supervised),
    }
    return shown | ({"billableSum": str(total)} if supervised else {})


def _buckets(ordered: list[int], *, numbers_as_strings: bool) -> list[dict[str, Any]]:
    lowest, highest = ordered[0], ordered[-1]
    if lowest == highest:
        edges = [float(lowest), float(lowest)]
    else:
        edges = [lowest + (highest - lowest) * part / 10 for part in range(11)]
    buckets = []
    for left, right in itertools.pairwise(edges):
        count = sum(left <= value < right or (value == highest and right == edges[-1]) for value in ordered)
        buckets.append({"count": str(count) if numbers_as_strings else float(count), "left": left, "right": right})
    return buckets
