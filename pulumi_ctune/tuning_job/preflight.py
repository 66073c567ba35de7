"""What can be found out before money is spent: datasets, key, age of the source, the reward.

One look at each, all problems together. Only what is certain stops a job; what a missing permission makes unknowable is
a warning, because the tuning service reads with other rights than the caller. The source itself is `source_lookup`'s.

Sources: the pages on continuous tuning, see `source_lookup`, and
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/reward-functions

"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pulumi_ctune.core import names
from pulumi_ctune.core.api import ModelVersion, StorageObject, Vertex
from pulumi_ctune.core.errors import (
    NOT_SUBMITTED,
    BadRequestError,
    CredentialsError,
    CtuneError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    UnavailableError,
    WaitInterruptedError,
)
from pulumi_ctune.core.retry import WaitContext, patiently
from pulumi_ctune.core.run import current_run
from pulumi_ctune.core.source import Source
from pulumi_ctune.core.spending import AS_USUAL, Spending
from pulumi_ctune.tuning_job.budget_hold import held_to
from pulumi_ctune.tuning_job.dataset_look import Total, in_words, look_at_datasets
from pulumi_ctune.tuning_job.draft import Draft
from pulumi_ctune.tuning_job.reported import Reported
from pulumi_ctune.tuning_job.request import Request
from pulumi_ctune.tuning_job.reward_look import ALL_THE_SAME, read_reward, try_reward
from pulumi_ctune.tuning_job.spending import budget_for, check_new_job

FIRST_SOURCE_DATE = datetime(2025, 7, 11, tzinfo=UTC)
"""Models tuned before this day cannot be continued, says the page on continuous tuning."""

_LOOKED_AT = 4_000  # characters of an answer
_FIRST_LINE_BYTES = 1 << 18  # an example of 32,768 tokens, the most that RFT takes, is about half of this


_Warn = Callable[[Iterable[str]], None]
"""Warns of what the check of this run has not warned of before."""


@dataclass
class _Findings:
    """Problems by field, in the order in which they were found, and the objects that are there, by URI."""

    problems: dict[str, str] = field(default_factory=dict)
    objects: dict[str, StorageObject] = field(default_factory=dict)

    def add(self, where: str, why: str) -> None:
        self.problems.setdefault(where, why)


def look_before_submitting(
    vertex: Vertex,
    request: Request,
    source: Source | None,
    context: WaitContext,
    spending: Spending = AS_USUAL,
    urn: str = "",
) -> None:
    """Raise `InvalidInputError` with everything that would certainly fail the job, or exceed its budget; warn of what
    could not be looked at.
    """
    found = _Findings()

    def warn(texts: Iterable[str]) -> None:
        for text in current_run().part(Reported).not_yet(urn, texts):
            context.report.warn(text)

    if source and source.version:
        _look_at_source(source.version, request, found)
    spec = request.spec
    for where, uri in spec.datasets.items():
        _look_at_dataset(vertex, uri, where, context, found)
    base_model = request.base_model or (source.version.base_model if source and source.version else "")
    check_new_job(Draft.of(request.written), spending, base_model, found.problems)
    budget = budget_for(request.written, spending)
    if budget and budget.max_usd is not None and not base_model:
        found.add("budget.max_usd", "nobody knows which base model the source was tuned from: give max_tokens instead")
    if not found.problems:
        _read_datasets(vertex, request, base_model, spending, context, found, urn, warn)
    if spec.reward and not found.problems:
        _look_at_reward(vertex, request, spending, found, urn, warn)
    if spec.reward and not found.problems:
        _try_reward(vertex, request, f"{spec.name}.{spec.reward}", context, found)
    if found.problems:
        where, why = next(iter(found.problems.items()))
        others = "".join(f"; {field}: {reason}" for field, reason in list(found.problems.items())[1:])
        raise InvalidInputError(NOT_SUBMITTED, where=where, why=why + others)


def _look_at_source(version: ModelVersion, request: Request, found: _Findings) -> None:
    if version.create_time and version.create_time < FIRST_SOURCE_DATE:
        found.add(
            "pre_tuned_model.tuned_model_name",
            f"{version.name} was tuned on {version.create_time:%Y-%m-%d}, and only models tuned on or after "
            f"{FIRST_SOURCE_DATE:%Y-%m-%d} can be continued",
        )
    key = request.kms_key_name
    if version.kms_key_name and names.same_resource(key, version.kms_key_name) is False:
        found.add(
            "encryption_spec.kms_key_name",
            f"{version.name} was tuned with the key {version.kms_key_name}, and the job must use the same; "
            f"given was {key or 'none'}",
        )


def _look_at_dataset(vertex: Vertex, uri: str, where: str, context: WaitContext, found: _Findings) -> None:
    if names.is_dataset(uri):
        return
    try:
        dataset = patiently(lambda: vertex.get_object(uri), context)
    except NotFoundError as error:
        found.add(where, f"{uri} does not exist ({error.why})")
    except PermissionDeniedError as error:
        if error.is_unauthenticated:
            raise
        context.report.warn(f"{uri} could not be looked at; the tuning service may read it all the same: {error.why}")
    except BadRequestError as error:
        found.add(where, error.why)
    else:
        if dataset:
            found.objects[uri] = dataset
        if dataset and dataset.size_bytes == 0:
            found.add(where, f"{uri} is empty")


def _read_datasets(
    vertex: Vertex,
    request: Request,
    base_model: str,
    spending: Spending,
    context: WaitContext,
    found: _Findings,
    urn: str,
    warn: _Warn,
) -> None:
    """Check every line, and hold what the job would train to its budget."""
    budget, spec = budget_for(request.written, spending), request.spec
    look = None
    try:
        look = patiently(
            lambda: look_at_datasets(vertex, request.canonical, spec, spending, base_model, None, found.objects),
            context,
        )
    except (WaitInterruptedError, UnavailableError, CredentialsError):
        raise
    except CtuneError as error:  # `_look_at_dataset` has told of a permission that is missing
        if not isinstance(error, PermissionDeniedError):
            context.report.warn(f"{spec.training_dataset_uri} could not be read: {error.why or error.what}")
    if look is not None:
        for where, why in look.problems.items():
            found.add(where, f"{why}; {ALL_THE_SAME}")
        warn(look.warnings)
    if look is None or look.estimate is None:
        if budget and not found.problems:
            context.report.warn(f"{budget.where} can only be held once the service has counted the dataset")
        return
    if budget:
        refusal, warning = held_to(budget, look.estimate)
        if refusal:
            found.add("budget", refusal)
        warn([warning] if warning else [])
    total = current_run().part(Total)
    if not found.problems and not total.has(urn):
        total.note(urn, look.estimate)
        context.report.info(in_words(look.estimate))


def _look_at_reward(
    vertex: Vertex, request: Request, spending: Spending, found: _Findings, urn: str, warn: _Warn
) -> None:
    read = read_reward(request.canonical, request.spec, spending, urn)
    for where, why in read.problems.items():
        found.add(where, why)
    if not read.problems:
        warn(read.warnings + try_reward(vertex, request.canonical, request.spec, spending, urn).warnings)


def _try_reward(vertex: Vertex, request: Request, where: str, context: WaitContext, found: _Findings) -> None:
    """Let the service compute the reward once, on the first example and an answer made of its references."""
    uri = request.spec.training_dataset_uri
    if names.is_dataset(uri):
        return
    try:
        head = patiently(lambda: vertex.read_object_head(uri, _FIRST_LINE_BYTES), context)
        example = _first_example(head)
    except (PermissionDeniedError, ValueError) as error:
        context.report.warn(f"the reward was not tried, since no example could be read from {uri}: {_reason(error)}")
        return
    if example is None:
        return
    answer = " ".join(str(text) for text in (example.get("references") or {}).values()) or "An answer."
    trial = {"example": example, "sampleResponse": {"role": "model", "parts": [{"text": answer}]}, **request.reward}
    try:
        troubles = patiently(lambda: vertex.try_reward(request.project, request.location, trial), context)
    except BadRequestError as error:
        if re.search(r"\bexample(\.\w|\[)", error.why[:_LOOKED_AT]):
            dataset = f"{request.spec.name}.training_dataset_uri"
            found.add(dataset, f"Vertex AI refuses line 1 of {uri}: {error.why}")
        else:
            found.add(where, f"Vertex AI refuses the reward: {error.why}")
    except (PermissionDeniedError, NotFoundError) as error:
        context.report.warn(f"the reward could not be tried: {error.why}")
    else:
        for trouble in troubles:
            context.report.warn(f"the reward failed on the first example of {uri}: {trouble}")


def _first_example(head: bytes | None) -> Mapping[str, Any] | None:
    """The first line as JSON; None where objects are not looked at. Raises ValueError for what is no example."""
    if head is None:
        return None
    line, end, _ = head.partition(b"\n")
    if not end and len(head) >= _FIRST_LINE_BYTES:
        raise ValueError(f"its first line is longer than {_FIRST_LINE_BYTES} bytes")
    example = json.loads(line)
    if not isinstance(example, dict):
        raise ValueError("its first line is no JSON object")
    return example


def _reason(error: Exception) -> str:
    return error.why if isinstance(error, CtuneError) else str(error)
