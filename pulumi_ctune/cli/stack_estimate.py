"""`ctune estimate --stack`: the jobs that a preview would make, estimated one by one, and added up.

Reads their datasets with the stack's own settings, as the provider does. What cannot be known is listed with the
reason: a dataset that the program is still to make, or that cannot be read.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pulumi_ctune.cli import planned_jobs, spelling
from pulumi_ctune.cli.catalog import Catalog
from pulumi_ctune.cli.count_cache import CountCache
from pulumi_ctune.cli.counted_tokens import Counting, counter
from pulumi_ctune.cli.planned_jobs import PlannedJob, Preview, Secret
from pulumi_ctune.cli.pulumi_cli import PulumiCli
from pulumi_ctune.cli.stack_settings import settings_of
from pulumi_ctune.config import Settings
from pulumi_ctune.core import names
from pulumi_ctune.core.canonical import canonical_inputs
from pulumi_ctune.core.content import Content
from pulumi_ctune.core.errors import CtuneError, NotFoundError
from pulumi_ctune.core.values import Unknown, has_unknown, unknown_in
from pulumi_ctune.data import references
from pulumi_ctune.data.band import Band
from pulumi_ctune.data.check import Options, check_dataset
from pulumi_ctune.data.estimate import Estimate, estimate, total
from pulumi_ctune.data.hyper_parameters import HyperParameters
from pulumi_ctune.data.limits import METHOD_OF_SPEC, Method
from pulumi_ctune.data.prices import Prices
from pulumi_ctune.vertex.client import VertexClient

LATER = "is known only after the update"
_ADD_UP = ("examples", "dataset_tokens", "training_tokens", "usd", "steps", "rollouts", "judge_calls")
_NOT_COUNTED = {
    "resumed": "an interrupted run left its job, which is resumed and not paid for again",
    "adopted": "adopt_job takes over a job that exists",
}


@dataclass(frozen=True)
class JobEstimate:
    """`found` is None where nothing can be said, and `why` is the reason."""

    job: PlannedJob
    found: Estimate | None = None
    method: Method | None = None
    why: str = ""

    def as_dict(self) -> dict[str, Any]:
        empty = dict.fromkeys(Estimate().as_dict()) | {"assumptions": []}
        found = self.found.as_dict() if self.found else empty
        why = self.why or self.job.why or None
        return {"resource": self.job.name, "urn": self.job.urn, "operation": self.job.fate, "why": why, **found}


@dataclass(frozen=True)
class StackEstimate:
    """What `pulumi up` of a stack would train: `jobs` may be submitted, those of `not_counted` are paid for already."""

    stack: str
    jobs: Sequence[JobEstimate]
    not_counted: Sequence[PlannedJob]

    @property
    def not_estimated(self) -> Sequence[JobEstimate]:
        return [each for each in self.jobs if each.found is None]

    @property
    def total(self) -> Estimate:
        """All that could be estimated. There are dollars only where each job has them."""
        found = total([_as_possible(each) for each in self.jobs if each.found])
        return replace(found, usd=None) if self.not_estimated else found

    def as_dict(self) -> dict[str, Any]:
        whole = self.total.as_dict()
        return {
            "jobs": [each.as_dict() for each in self.jobs],
            "total": {key: whole[key] for key in _ADD_UP} | {"not_estimated": len(self.not_estimated)},
            "not_counted": [
                {"resource": job.name, "urn": job.urn, "why": not_counted(job)} for job in self.not_counted
            ],
        }


def not_counted(job: PlannedJob) -> str:
    """Why the update pays nothing for it."""
    return spelling.spelled(_NOT_COUNTED[job.fate])


def estimate_stack(
    pulumi: PulumiCli,
    project: Path,
    stack: str,
    *,
    exact: bool,
    catalog: bool,
    progress: Callable[[str], None] = lambda _: None,
) -> StackEstimate:
    """Estimate what `pulumi up` would submit. `progress` is told what takes its time.

    Raises:
        PulumiError: the preview fails, or the stack's config cannot be read.
        CtuneError: the stack's settings cannot be used.
    """
    progress(f"pulumi preview --stack {stack}")
    document = pulumi.preview(stack)
    preview = planned_jobs.read(document)
    submitted = [job for job in preview.jobs if job.is_submitted]
    found: list[JobEstimate] = []
    if submitted:
        with _opened(pulumi, project, stack, document, catalog=catalog) as estimates:
            for job in submitted:
                progress(f"reading the datasets of {job.name}")
                found.append(estimates.of(job, preview, exact=exact))
    return StackEstimate(stack, found, [job for job in preview.jobs if not job.is_submitted])


@contextlib.contextmanager
def _opened(
    pulumi: PulumiCli, project: Path, stack: str, preview: Mapping[str, Any], *, catalog: bool
) -> "Iterator[_Estimates]":
    with settings_of(pulumi, project, stack, preview=preview) as settings:
        client = VertexClient(settings)
        try:
            yield _Estimates(client, settings, catalog=catalog)
        finally:
            client.close()


@dataclass(frozen=True)
class _Inputs:
    """What of a job's inputs an estimate needs."""

    spec: str
    method: Method
    given: Mapping[str, Any]

    @property
    def reward(self) -> Any:
        found = self.given.get("single_reward_config") or self.given.get("composite_reward_config")
        return None if has_unknown(found) else found


class _CannotTell(Exception):
    """Why there is no estimate of a job."""


class _Estimates:
    def __init__(self, client: VertexClient, settings: Settings, *, catalog: bool) -> None:
        self._client = client
        self._cache = CountCache.of(settings, os.environ)
        self._catalog = Catalog(client) if catalog else None
        self._prices = Prices.of_setting(settings.prices)

    def of(self, job: PlannedJob, preview: Preview, *, exact: bool) -> JobEstimate:
        method: Method | None = None
        try:
            inputs = _inputs_of(job)
            method = inputs.method
            return JobEstimate(job, self._estimate(job, inputs, preview, exact=exact), method)
        except _CannotTell as reason:
            return JobEstimate(job, None, method, spelling.spelled(str(reason)))
        except NotFoundError as error:
            why = f"{error.what}: {error.why}. If the program makes it, it can be read after that"
            return JobEstimate(job, None, method, spelling.spelled(why))
        except CtuneError as error:
            why = f"{error.what}: {error.why}" if error.why else error.what
            return JobEstimate(job, None, method, spelling.spelled(why))

    def _estimate(self, job: PlannedJob, inputs: _Inputs, preview: Preview, *, exact: bool) -> Estimate:
        training = self._open(inputs, "training_dataset_uri")
        if training is None:
            raise _CannotTell(f"{inputs.spec}.training_dataset_uri is missing")
        notes = [f"{path} {LATER}" for path in unknown_in(inputs.given, inputs.spec)]
        is_validation_known = not isinstance(inputs.given.get("validation_dataset_uri"), Unknown)
        validation = self._open(inputs, "validation_dataset_uri") if is_validation_known else None
        model, trouble = self._base_model(job, preview)
        options = Options(inputs.method, model or None, references.read_by(inputs.reward), digest=True, weigh=True)
        report = check_dataset(training, validation, options)
        if report.why_nothing:
            raise _CannotTell(f"{training.name}: {report.why_nothing}")
        counting = self._counting(job, model, trouble)
        if exact:
            counted = counting.every_line(report, lambda: self._open(inputs, "training_dataset_uri") or training)
        else:
            counted = counting.sample(report)
        prices, price_notes = (
            self._catalog.over(self._prices, model, inputs.method) if self._catalog else (self._prices, ())
        )
        found = estimate(
            report,
            model or None,
            _hyper_parameters(inputs.given.get("hyper_parameters")),
            prices,
            today=datetime.now(UTC).date(),
            reward=inputs.reward if inputs.method == "rft" else None,
            counted=counted.tokens,
            has_validation=None if is_validation_known else True,
        )
        assumptions = (*found.assumptions, *price_notes, *counted.notes, *notes)
        return replace(found, assumptions=tuple(map(spelling.spelled, assumptions)))

    def _counting(self, job: PlannedJob, model: str, trouble: str) -> Counting:
        project, location = job.inputs.get("project"), job.inputs.get("location")
        if not model or not isinstance(project, str) or not isinstance(location, str):
            return Counting(model, None, trouble or "its project or its region is not known yet", self._cache)
        return Counting(model, counter(self._client, project, location, model), cache=self._cache)

    def _open(self, inputs: _Inputs, key: str) -> Content | None:
        uri, path = inputs.given.get(key), f"{inputs.spec}.{key}"
        if uri is None:
            return None
        if isinstance(uri, Unknown):
            raise _CannotTell(f"{path} {_unknown(uri)}")
        if names.is_dataset(uri):
            raise _CannotTell(f"{path} is a dataset of Vertex AI, which cannot be read")
        found = self._client.open_object(uri)
        if found is None:
            raise _CannotTell(
                f"{uri} is not looked at: ctune:apiEndpoint names a service of your own, and ctune:storageEndpoint is "
                "not set"
            )
        return found

    def _base_model(self, job: PlannedJob, preview: Preview) -> tuple[str, str]:
        """The base model, or why it is not known."""
        if base_model := preview.base_model(job):
            return base_model, ""
        source = job.inputs.get("pre_tuned_model")
        name = source.get("tuned_model_name") if isinstance(source, Mapping) else None
        if not isinstance(name, str):
            return "", "the base model of what it continues from is known only after the update"
        try:
            return self._client.get_model_version(name).base_model, ""
        except CtuneError as error:
            return "", f"the base model of {name} could not be looked up: {error.why or error.what}"


def _inputs_of(job: PlannedJob) -> _Inputs:
    canonical = canonical_inputs(job.inputs)
    for spec, method in METHOD_OF_SPEC.items():
        given = canonical.get(spec)
        if isinstance(given, Mapping):
            return _Inputs(spec, method, given)
        if isinstance(given, Unknown):
            raise _CannotTell(f"{spec} {_unknown(given)}")
    raise _CannotTell("its inputs name no tuning method")


def _unknown(value: Unknown) -> str:
    return "is a secret, which a preview does not show" if isinstance(value, Secret) else LATER


def _hyper_parameters(given: Any) -> HyperParameters:
    known = given if isinstance(given, Mapping) else {}
    try:
        return HyperParameters.parse({key: value for key, value in known.items() if not isinstance(value, Unknown)})
    except ValueError as error:
        raise _CannotTell(str(error)) from None


def _as_possible(each: JobEstimate) -> Estimate:
    """A job in the sum: one that only may be trained counts at the upper end alone."""
    found = each.found
    assert found is not None
    if each.job.fate != "possible":
        return found
    return replace(
        found,
        examples=0,
        dataset=replace(found.dataset, low=0, estimate=0),
        training=Band(0, 0, found.training.high),
        usd=Band(0, 0, found.usd.high) if found.usd else None,
        steps=None,
        rollouts=None,
        judge_calls=None,
    )
