"""Worlds to prune, described by what matters, and built as inventories of records."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pulumi_ctune.core import ownership
from pulumi_ctune.core.api import (
    Checkpoint,
    DeployedModel,
    DeployedModelRef,
    Endpoint,
    EvaluationRun,
    ModelVersion,
    TuningJob,
)
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.insight.inventory import Inventory
from pulumi_ctune.insight.prune.mentions import Mentions
from pulumi_ctune.insight.prune.survey import Survey

NOW = datetime(2026, 11, 30, tzinfo=UTC)
STACK = Owner("acme-org", "infra", "dev", "", "")
OURS, THEIRS = "dev", "prod"
PLACE, SERVED = "projects/42/locations/us-central1", "projects/42/locations/us"
AS_ID = "projects/acme"
"""How states and files may write the project that the server calls 42."""


@dataclass(frozen=True)
class Made:
    """A version, and the job that made it: `stack` is whose labels the job has, empty for nobody's.

    `source` is the index of the version that the job continues from. `named` is what a state or a file writes of it.
    """

    model: int = 0
    stack: str = OURS
    state: str = "JOB_STATE_SUCCEEDED"
    mark: str = ownership.ABANDONED
    alias: str = ""
    served: str = ""
    named: str = ""
    source: int | None = None
    is_there: bool = True
    days_old: int = 10


@dataclass(frozen=True)
class Later:
    """A job that has left nothing, or has not yet; it continues from the version of index `source`."""

    source: int
    stack: str = OURS
    state: str = "JOB_STATE_RUNNING"
    by: str = "number"


@dataclass(frozen=True)
class Judged:
    """An evaluation run of the version of index `of`."""

    of: int
    stack: str = OURS
    state: str = "SUCCEEDED"
    is_named: bool = False


@dataclass(frozen=True)
class Described:
    """`defaults` has for each model which of its versions, counted from 0, is the default one. `pending` are the models
    whose resources, one for each model, an update had in hand when it was cut short.
    """

    made: Sequence[Made] = ()
    later: Sequence[Later] = ()
    judged: Sequence[Judged] = ()
    defaults: Sequence[int] = field(default=())
    pending: Sequence[int] = field(default=())

    def version_id(self, index: int) -> str:
        return str(sum(each.model == self.made[index].model for each in self.made[: index + 1]))

    def model(self, index: int) -> str:
        return f"{PLACE}/models/m{self.made[index].model}"

    def version(self, index: int) -> str:
        return f"{self.model(index)}@{self.version_id(index)}"

    def job(self, index: int) -> str:
        return f"{PLACE}/tuningJobs/{index + 1}"

    def endpoint(self, index: int) -> str:
        return f"{SERVED}/endpoints/{index + 1}"

    def run(self, index: int) -> str:
        return f"{PLACE}/evaluationRuns/{index + 1}"

    def is_default(self, index: int) -> bool:
        """Of the versions that are there."""
        model = self.made[index].model
        there = [i for i, each in enumerate(self.made) if each.model == model and each.is_there]
        wanted = self.defaults[model] if model < len(self.defaults) else 0
        return bool(there) and there[wanted % len(there)] == index


def built(described: Described) -> Survey:
    """The world as an inventory would have it."""
    there = [index for index, each in enumerate(described.made) if each.is_there]
    versions = [_version(described, index) for index in there]
    jobs = [_job(described, index) for index, each in enumerate(described.made)]
    later = [_later(described, number, each) for number, each in enumerate(described.later)]
    endpoints = [_endpoint(described, index) for index, each in enumerate(described.made)]
    endpoints += [_foreign(described, index) for index in there if described.made[index].served == "elsewhere"]
    runs = [_run(described, index, each) for index, each in enumerate(described.judged) if each.of in there]
    everything = [*jobs, *later]
    held = {described.job(index) for index, each in enumerate(described.made) if each.named == "job"}
    owned = {job.name: job for job in everything if job.name in held or ownership.is_of_stack(job.labels, STACK)}
    inventory = Inventory(
        jobs=owned,
        versions={version.name: version for version in versions},
        endpoints={endpoint.name: endpoint for endpoint in endpoints},
        evaluations={run.name: run for run in runs},
        listed=everything,
    )
    mentions = Mentions.of({"the state of dev": " ".join(_texts(described))})
    return Survey(inventory, STACK, mentions, NOW, pending=[_urn(OURS, f"r{model}") for model in described.pending])


def _texts(described: Described) -> list[str]:
    found = []
    for index, each in enumerate(described.made):
        named = {
            "version": described.version(index),
            "job": described.job(index),
            "endpoint": described.endpoint(index),
            "alias": f"{described.model(index)}@{each.alias or 'none'}",
            "model": described.model(index),
        }
        if each.named:
            found.append(f'"{named[each.named].replace("projects/42", AS_ID)}"')
    return found + [f'"{described.run(index)}"' for index, each in enumerate(described.judged) if each.is_named]


def _labels(stack: str, resource: str) -> dict[str, str]:
    if not stack:
        return {}
    owner = Owner("acme-org", "infra", stack, resource, _urn(stack, resource))
    return {**ownership.labels_for_people(owner), ownership.RESOURCE: owner.key}


def _urn(stack: str, resource: str) -> str:
    return f"urn:pulumi:{stack}::infra::t::{resource}"


def _aliases(described: Described, index: int) -> list[str]:
    alias = described.made[index].alias
    return [*(["default"] if described.is_default(index) else []), *([alias] if alias else [])]


def _version(described: Described, index: int) -> ModelVersion:
    each = described.made[index]
    deployed = [DeployedModelRef(described.endpoint(index))]
    if each.served == "elsewhere":
        deployed.append(DeployedModelRef(f"{SERVED}/endpoints/9{index}"))
    return ModelVersion(
        described.model(index),
        described.version_id(index),
        aliases=_aliases(described, index),
        labels={ownership.RECORDED: each.mark} if each.mark else {},
        deployed_models=deployed,
        create_time=NOW - timedelta(days=each.days_old),
    )


def _job(described: Described, index: int) -> TuningJob:
    each = described.made[index]
    request = {} if each.source is None else _source(described.version(each.source))
    return TuningJob(
        described.job(index),
        each.state,
        create_time=NOW - timedelta(days=each.days_old, hours=1),
        end_time=NOW - timedelta(days=each.days_old),
        tuned_model_name=described.version(index),
        endpoint=described.endpoint(index),
        checkpoints=[Checkpoint("1", endpoint=described.endpoint(index))],
        labels=_labels(each.stack, f"r{each.model}"),
        request=request,
    )


def _later(described: Described, number: int, each: Later) -> TuningJob:
    names = {"number": described.version(each.source), "model": described.model(each.source)}
    return TuningJob(
        f"{PLACE}/tuningJobs/7{number}",
        each.state,
        create_time=NOW,
        labels=_labels(each.stack, "later"),
        request=_source(names[each.by].replace("projects/42", AS_ID)),
    )


def _source(name: str) -> dict[str, object]:
    return {"preTunedModel": {"tunedModelName": name}}


def _deployed(described: Described, index: int, number: int) -> DeployedModel:
    return DeployedModel(f"{index}{number}", described.model(index), described.version_id(index))


def _endpoint(described: Described, index: int) -> Endpoint:
    each = described.made[index]
    deployed = [_deployed(described, index, 0)] if each.is_there else []
    if each.served == "again" and each.is_there:
        deployed.append(_deployed(described, index, 1))
    if each.served == "beside another":
        deployed.append(DeployedModel("1", f"{PLACE}/models/other", "1"))
    return Endpoint(described.endpoint(index), deployed_models=deployed)


def _foreign(described: Described, index: int) -> Endpoint:
    return Endpoint(f"{SERVED}/endpoints/9{index}", deployed_models=[_deployed(described, index, 2)])


def _run(described: Described, index: int, each: Judged) -> EvaluationRun:
    return EvaluationRun(
        described.run(index),
        each.state,
        labels=_labels(each.stack, "quality"),
        request={"inferenceConfigs": {"candidate": {"model": described.version(each.of)}}},
        completion_time=NOW - timedelta(days=1),
    )
