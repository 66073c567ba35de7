"""`tuningDataStats` against what was recorded, and against the API's own document where nothing was."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.emulator.conftest import PREFERENCES, jsonl, preference, reinforcement, supervised, turn
from vertex_emulator import discovery
from vertex_emulator.app import Emulator
from vertex_emulator.tuning.data_stats import stats
from vertex_emulator.tuning.datasets import CHARACTERS_PER_TOKEN, Dataset, Example
from vertex_emulator.tuning.training_steps import SUPERVISED

Create = Callable[..., dict[str, Any]]


def counted(input_tokens: list[int], output_tokens: list[int]) -> dict[str, Any]:
    """The statistics of examples with so many tokens each."""
    contents = {"contents": [turn("user", "x"), turn("model", "y")]}
    examples = tuple(
        Example(index, contents, into * CHARACTERS_PER_TOKEN, out * CHARACTERS_PER_TOKEN, messages=2)
        for index, (into, out) in enumerate(zip(input_tokens, output_tokens, strict=True))
    )
    found: dict[str, Any] = stats(SUPERVISED, Dataset(examples, (), ""), steps=1)["supervisedTuningDataStats"]
    return found


def ranges(distribution: dict[str, Any]) -> list[tuple[int, int, int]]:
    return [(bucket["count"], bucket["left"], bucket["right"]) for bucket in distribution["buckets"]]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            [25, 509, 510, 994, 995, 1478, 1479, 1963, 2449, 2932],
            [(2, 25, 509), (2, 510, 994), (2, 995, 1478), (2, 1479, 1963), (2, 2449, 2932)],
        ),
        (
            [3, 42, 43, 81, 82, 120, 121, 159, 160, 198, 199, 237],
            [(2, 3, 42), (2, 43, 81), (2, 82, 120), (2, 121, 159), (2, 160, 198), (2, 199, 237)],
        ),
        ([2, 2, 2], [(3, 2, 2)]),
        ([1, 2, 4], [(1, 1, 1), (1, 2, 2), (1, 4, 4)]),
    ],
    ids=["recorded input", "recorded output", "recorded messages", "fewer values than buckets"],
)
def test_buckets_have_the_recorded_ends(values: list[int], expected: list[tuple[int, int, int]]) -> None:
    """Six ranges of whole numbers, both ends inclusive, empty ones left out: a job of November 2024."""
    assert ranges(counted(values, values)["userInputTokenDistribution"]) == expected
    assert ranges(counted(values, values)["userOutputTokenDistribution"]) == expected


def test_numbers_have_the_recorded_forms() -> None:
    """A sum is a text, everything else a number, a whole one without a fraction; the median is a value that occurs."""
    assert counted([4, 8, 10, 14], [1, 1, 1, 2])["userInputTokenDistribution"] | {"buckets": []} == {
        "sum": "36",
        "min": 4,
        "max": 14,
        "mean": 9,
        "median": 8,
        "p5": 4,
        "p95": 10,
        "buckets": [],
    }


def test_supervised_job_shows_the_recorded_fields(create: Create, emulator: Emulator) -> None:
    """No characters, no steps; billable tokens of one epoch."""
    create(**supervised(10))
    emulator.advance(timedelta(minutes=1))

    shown = emulator.jobs()[0]["tuningDataStats"]["supervisedTuningDataStats"]

    assert set(shown) == {
        "tuningDatasetExampleCount",
        "totalBillableTokenCount",
        "userInputTokenDistribution",
        "userOutputTokenDistribution",
        "userMessagePerExampleDistribution",
        "userDatasetExamples",
    }
    sums = [shown[f"user{kind}TokenDistribution"]["sum"] for kind in ("Input", "Output")]
    assert shown["totalBillableTokenCount"] == str(sum(map(int, sums)))


def test_examples_are_shown_shortened(create: Create, emulator: Emulator) -> None:
    """The contents of the first three in a row, texts of at most 400 characters."""
    lines = [{"contents": [turn("user", "q" * length), turn("model", "a")]} for length in (400, 401, 10, 10)]
    emulator.put_object("data", "sft.jsonl", jsonl(*lines))
    create(**supervised(1))
    emulator.advance(timedelta(minutes=1))

    shown = emulator.jobs()[0]["tuningDataStats"]["supervisedTuningDataStats"]["userDatasetExamples"]

    texts = [content["parts"][0]["text"] for content in shown]
    assert texts == ["q" * 400, "a", "q" * 397 + "...", "a", "q" * 10, "a"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (supervised(1), "SupervisedTuningDataStats"),
        (reinforcement(validationDatasetUri="gs://data/rft.jsonl"), "DatasetStats"),
        (
            {"preferenceOptimizationSpec": {"trainingDatasetUri": PREFERENCES}},
            "PreferenceOptimizationDataStats",
        ),
    ],
    ids=["SFT", "RFT", "DPO"],
)
def test_every_field_is_one_of_the_apis_document(
    create: Create, emulator: Emulator, fields: dict[str, Any], message: str
) -> None:
    """Clients in other languages take no field that the document does not have; a DPO line may have one more."""
    lines = [{**preference(number), "systemInstruction": turn("user", "Be brief.")} for number in range(20)]
    emulator.put_object("data", "dpo.jsonl", jsonl(*lines))
    create(**fields)
    emulator.advance(timedelta(minutes=1))

    (shown,) = emulator.jobs()[0]["tuningDataStats"].values()

    assert unknown_fields(message, shown) == []


def unknown_fields(message: str, shown: dict[str, Any]) -> list[str]:
    schemas = discovery.load()["schemas"]
    properties = schemas[f"GoogleCloudAiplatformV1beta1{message.removeprefix('GoogleCloudAiplatformV1beta1')}"][
        "properties"
    ]
    found = [f"{message}.{name}" for name in shown if name not in properties]
    for name in set(shown) & set(properties):
        reference = properties[name].get("$ref") or properties[name].get("items", {}).get("$ref")
        for item in shown[name] if isinstance(shown[name], list) else [shown[name]]:
            found += unknown_fields(reference, item) if reference else []
    return found
