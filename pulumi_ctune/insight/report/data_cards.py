"""The datasets of a run: what lies there, and what is in it where it still is what was trained on.

A dataset that was changed since, or is too large to be read while somebody waits, is not read, and the card says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pulumi_ctune.core.api import StorageObject, TuningJob, Vertex
from pulumi_ctune.data import references
from pulumi_ctune.data.check import Options, check_dataset
from pulumi_ctune.data.report import Report as DataReport
from pulumi_ctune.insight.lineage import spec_of
from pulumi_ctune.insight.report.facts import DataCard
from pulumi_ctune.tuning_job.spending import base_model_of, method_of

LARGEST = 256 * 1024 * 1024
"""Bytes of a dataset that is read for a report: about two seconds."""

_ROLES = {"trainingDatasetUri": "training", "validationDatasetUri": "validation"}


def read_data(vertex: Vertex, job: TuningJob, objects: Mapping[str, StorageObject]) -> DataReport | None:
    """The training set with the validation set beside it; None where one of them is not what it was. Raises
    `CtuneError`.
    """
    spec, method = spec_of(job), method_of(job)
    uris = [str(spec[key]) for key in _ROLES if spec.get(key)]
    if method is None or not spec.get("trainingDatasetUri") or any(_is_unread(job, uri, objects) for uri in uris):
        return None
    sources = [vertex.open_object(uri, objects[uri].generation) for uri in uris]
    if sources[0] is None:
        return None
    reward = spec.get("singleRewardConfig") or spec.get("compositeRewardConfig")
    options = Options(method, base_model_of(job) or None, references.read_by(reward), digest=True)
    return check_dataset(sources[0], sources[1] if len(sources) > 1 else None, options)


def cards_of(job: TuningJob, objects: Mapping[str, StorageObject], read: DataReport | None) -> Iterator[DataCard]:
    """A card for each dataset; `read` is what `read_data` found."""
    spec = spec_of(job)
    for key, role in _ROLES.items():
        uri = spec.get(key)
        if not uri:
            continue
        there, note = objects.get(str(uri)), _is_unread(job, str(uri), objects)
        card = DataCard(role, str(uri), note=note or ("" if read else "not read"))
        if there is not None:
            changed = _has_changed(job, there)
            generation = "" if changed else there.generation
            card = DataCard(role, str(uri), generation, changed, there.size_bytes, note=card.note)
        yield _with_content(card, read)


def _is_unread(job: TuningJob, uri: str, objects: Mapping[str, StorageObject]) -> str:
    """Why a dataset is not read; empty where it is."""
    there = objects.get(uri)
    if there is None:
        return "not looked at, or not there any more"
    if _has_changed(job, there):
        return "changed since the job was submitted"
    return "too large to be read for a report" if there.size_bytes > LARGEST else ""


def _has_changed(job: TuningJob, there: StorageObject) -> bool:
    made = job.create_time
    return bool(there.update_time and made and there.update_time > made)


def _with_content(card: DataCard, read: DataReport | None) -> DataCard:
    if read is None:
        return card
    part = "training" if card.role == "training" else "validation"
    counts: dict[str, int] = {}
    for problem in read.problems:
        if problem.part == part:
            counts[problem.rule] = counts.get(problem.rule, 0) + 1
    if card.role == "training":
        tokens = f"{read.tokens.low:,.0f} to {read.tokens.high:,.0f}"
        if read.tokens.low == read.tokens.high:
            tokens = f"{read.tokens.estimate:,.0f}"
        return replace(card, sha256=read.sha256 or "", examples=read.examples, tokens=tokens, problems=counts)
    beside = read.validation
    return replace(card, examples=beside.examples if beside else None, problems=counts)
