"""What the programs of the examples find in the emulator: datasets, and tuned models that others made."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tests.pulumi_gcp.stacks import PROJECT, REGION, Place

from .course import EXAMPLES, FIRST, Example, Expected

DATASETS = "gs://examples"
MODEL = r"projects/\d+/locations/us-central1/models/\d+"
"""The full name of a tuned model, without version."""
MODELS_OF_THE_CHAIN = {"sft": f"{MODEL}@1", "rft": f"{MODEL}@2"}
"""The outputs of sft-then-rft, in any language."""

_JOBS = f"/v1beta1/projects/{PROJECT}/locations/{REGION}/tuningJobs"
_LONGER_THAN_A_JOB = timedelta(seconds=1)
_STACKS_DATASETS = EXAMPLES.parent / "stacks" / "datasets"


def put_datasets(place: Place, sources: Mapping[str, str]) -> None:
    """Fill the bucket: file names to names in stacks/datasets, `{"train.jsonl": "support-sft-train.jsonl"}`."""
    put_datasets_in(place, DATASETS.removeprefix("gs://"), sources)


def put_datasets_in(place: Place, bucket: str, sources: Mapping[str, str]) -> None:
    """Fill a bucket of another name."""
    for name, source in sources.items():
        place.emulator.put_object(bucket, name, (_STACKS_DATASETS / source).read_bytes())


def datasets_of_the_chain(place: Place) -> dict[str, str]:
    """Fill the bucket for sft-then-rft, in any language, with the files' own names; the stack's settings."""
    names = ("support-sft-train.jsonl", "support-rft-train.jsonl", "support-rft-validation.jsonl")
    put_datasets(place, {name: name for name in names})
    return {"datasets": DATASETS}


def chain_in(language: str, *, more_epochs: bool = True) -> Example:
    """The chain of two jobs, in a language other than Python; `more_epochs` says whether it has a step that trains."""
    both = ("support-sft", "support-rft")
    steps = {
        FIRST: Expected(changes=dict.fromkeys(both, "create"), jobs=2, outputs=MODELS_OF_THE_CHAIN),
        "2-new-labels": Expected(changes={"support-sft": "update"}, jobs=2, outputs=MODELS_OF_THE_CHAIN),
    }
    if more_epochs:
        again = dict.fromkeys(both, "replace")
        steps["3-more-epochs"] = Expected(changes=again, jobs=4, outputs=MODELS_OF_THE_CHAIN)
    return Example(folder=f"{language}/sft-then-rft", prepare=datasets_of_the_chain, steps=steps)


def run_job(place: Place, source: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Let somebody else run a supervised job of three epochs, from `baseModel` or `preTunedModel`, to its end."""
    put_datasets(place, {"train.jsonl": "support-sft-train.jsonl"})
    spec = {
        "trainingDatasetUri": f"{DATASETS}/train.jsonl",
        "hyperParameters": {"epochCount": "3", "adapterSize": "ADAPTER_SIZE_FOUR"},
    }
    job = place.ask("POST", _JOBS, json={**source, "supervisedTuningSpec": spec, **more})
    place.emulator.advance(_LONGER_THAN_A_JOB)
    return place.ask("GET", f"/v1beta1/{job['name']}")


def tuned_model(place: Place, versions: int) -> str:
    """The name, without version, of a tuned model that has so many versions."""
    job = run_job(place, {"baseModel": "gemini-3.5-flash"}, tunedModelDisplayName="support-bot")
    for _ in range(versions - 1):
        job = run_job(place, {"preTunedModel": {"tunedModelName": job["tunedModel"]["model"]}})
    name: str = job["tunedModel"]["model"]
    return name.partition("@")[0]
