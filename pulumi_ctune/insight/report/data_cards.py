"""The datasets of a run: what lies there, and what is in it where it still is what was trained on.

A dataset that was changed since, or is too large to be read while somebody waits, is not read, and the card says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pulumi_ctune.core.api import StorageObject, TuningJob, Vertex
from pulumi_ctune.data import references
from pulumi_ctune.data.check import Options, check_dataset
from pulumi_ctune.data.report import Report as DataReport
from pulumi_ctune.insight.datasets import has_changed_since
from pulumi_ctune.insight.report.facts import DataCard
from pulumi_ctune.tuning_job.request import Submitted

LARGEST = 256 * 1024 * 1024
"""Bytes of a dataset that is read for a report: about two seconds."""


def read_data(vertex: Vertex, job: TuningJob, objects: Mapping[str, StorageObject]) -> DataReport | None:
    """The training set with the validation set beside it; None where one of them is not what it was. Raises
    `CtuneError`.
    """
    asked = Submitted.of(job)
    method, uris = asked.method, asked.datasets
    if method is None or "training" not in uris or any(_is_unread(job, uri, objects) for uri in uris.values()):
        return None
    sources = [vertex.open_object(uri, objects[uri]) for uri in uris.values()]
    if sources[0] is None:
        return None
    reward = asked.spec.get("singleRewardConfig") or asked.spec.get("compositeRewardConfig")
    options = Options(method, asked.base_model or None, references.read_by(reward), digest=True)
    return check_dataset(sources[0], sources[1] if len(sources) > 1 else None, options)


def cards_of(job: TuningJob, objects: Mapping[str, StorageObject], read: DataReport | None) -> Iterator[DataCard]:
    """A card for each dataset; `read` is what `read_data` found."""
    for role, uri in Submitted.of(job).datasets.items():
        there, note = objects.get(uri), _is_unread(job, uri, objects)
        card = DataCard(role, uri, note=note or ("" if read else "not read"))
        if there is not None:
            generation = "" if has_changed_since(job, there) else there.generation
            card = replace(card, generation=generation, size_bytes=there.size_bytes)
        yield _with_content(card, read)


def _is_unread(job: TuningJob, uri: str, objects: Mapping[str, StorageObject]) -> str:
    """Why a dataset is not read; empty where it is."""
    there = objects.get(uri)
    if there is None:
        return "not looked at, or no longer there"
    if has_changed_since(job, there):
        return "changed since the job was submitted"
    return "too large to be read for a report" if there.size_bytes > LARGEST else ""


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
