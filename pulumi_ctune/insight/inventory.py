"""What there is for a stack, or in a place: jobs, versions, endpoints, evaluation runs, and the states that hold them.

The registry is asked for what jobs, states and versions name, since nothing lists all of it; sources and copies are
followed back as far as they can be read. Reads only. What is gone is left out; what cannot be read is one of `gaps`, so
that whoever deletes by an inventory can refuse one that has some.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, TypeVar

from pulumi_ctune.core import names
from pulumi_ctune.core.api import Endpoint, EvaluationRun, ModelVersion, TuningJob
from pulumi_ctune.core.errors import ApiError, NotFoundError
from pulumi_ctune.core.ownership import JOB_LABEL, is_of_stack
from pulumi_ctune.core.type_tokens import type_of
from pulumi_ctune.insight.scope import JOB_TYPE, Place, SavedResource, Scope
from pulumi_ctune.tuning_job.request import Submitted

_AT_ONCE = 8  # reads
_OURS = type_of("")
_NAMED = (JOB_TYPE, type_of("EvaluationRun"))  # what is known by its full name
_Read = TypeVar("_Read")


def key_of(name: str) -> str:
    """What two names of one resource have in common, whichever way each writes the project."""
    return name.split("/", 2)[2] if names.is_resource(name) else name


@dataclass(frozen=True)
class Inventory:
    """Everything by its name as the server writes it, in the order in which it was made as far as that is known.

    `versions` are all versions of each model; `foreign` are those that are here only because something was made of
    them: no job or state of what was asked for has them. `listed` are all jobs of the places, whoever made them: what
    somebody else continues from is told by them alone.
    """

    jobs: Mapping[str, TuningJob] = field(default_factory=dict)
    versions: Mapping[str, ModelVersion] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    evaluations: Mapping[str, EvaluationRun] = field(default_factory=dict)
    saved: Sequence[SavedResource] = ()
    foreign: Collection[str] = ()
    listed: Sequence[TuningJob] = ()
    gaps: Sequence[str] = ()

    def version(self, name: str) -> ModelVersion | None:
        """The version that `M@V`, `M@alias` or `M` (its alias `default`) means now."""
        wanted = names.model_name(name)
        if wanted is None:
            return None
        called = wanted.version or "default"
        versions = self._versions_of_model.get(key_of(wanted.model), ())
        return next((each for each in versions if each.version_id == called or called in each.aliases), None)

    def job(self, name: str) -> TuningJob | None:
        return self._jobs_by_key.get(key_of(name))

    def job_of(self, version: ModelVersion) -> TuningJob | None:
        """The job that made a version."""
        found = self._jobs_by_version.get(version.name)
        if found is not None:
            return found
        job_id = version.labels.get(JOB_LABEL)
        jobs = (job for job in self.jobs.values() if not job.tuned_model_name) if job_id else ()
        return next((job for job in jobs if names.last_segment(job.name) == job_id), None)

    def source_of(self, job: TuningJob) -> tuple[str, str]:
        """Version and checkpoint that a job continues from, both empty for the first link of a chain. A state knows
        what an alias meant when the job was submitted.
        """
        if held := self.holder(job.name):
            source = text(held, "source_model_name")
            if source:
                return source, text(held, "source_checkpoint_id")
        asked = Submitted.of(job).source
        return (asked.tuned_model_name, asked.checkpoint_id) if asked else ("", "")

    def holder(self, name: str) -> SavedResource | None:
        """The resource whose state holds this job or evaluation run."""
        return self._saved_by_key.get(key_of(name))

    def of_type(self, name: str) -> Sequence[SavedResource]:
        """The saved resources of one of our classes, `ModelDeployment`."""
        return [each for each in self.saved if each.type == type_of(name)]

    def judged_by(self, run: EvaluationRun) -> tuple[ModelVersion, str] | None:
        """Version and checkpoint that a run judges; the checkpoint is empty where nothing tells it."""
        if held := self.holder(run.name):
            version = self.version(text(held, "tuned_model_name"))
            if version is not None:
                return version, text(held, "checkpoint_id")
        called = key_of(_candidate(run))
        if version := self.version(_candidate(run)):
            return version, ""
        for name, endpoint in self.endpoints.items():
            if key_of(name) != called:
                continue
            for deployed in endpoint.deployed_models:
                if version := self.version(deployed.model_version):
                    return version, deployed.checkpoint_id
        return None

    @cached_property
    def _versions_of_model(self) -> Mapping[str, Sequence[ModelVersion]]:
        found: dict[str, list[ModelVersion]] = {}
        for version in self.versions.values():
            found.setdefault(key_of(version.model), []).append(version)
        return found

    @cached_property
    def _jobs_by_key(self) -> Mapping[str, TuningJob]:
        return {key_of(job.name): job for job in self.jobs.values()}

    @cached_property
    def _jobs_by_version(self) -> Mapping[str, TuningJob]:
        made = ((self.version(job.tuned_model_name), job) for job in reversed([*self.jobs.values()]))
        return {version.name: job for version, job in made if version is not None}

    @cached_property
    def _saved_by_key(self) -> Mapping[str, SavedResource]:
        named = ((each.made, each) for each in reversed(self.saved) if each.type in _NAMED)
        return {key_of(name): each for name, each in named if name}


def take(
    scope: Scope,
    *,
    wanted: Callable[[TuningJob], bool] | None = None,
    models: Iterable[str] = (),
    with_makers: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Inventory:
    """Read what there is for the jobs of the scope's places that are `wanted`, for those that a state holds, and for
    `models` (names of models or versions). Without `wanted` it is the jobs of the scope's stack, by their labels, and
    all jobs where no stack is meant. `with_makers` adds the jobs that made what the states name,
    whoever submitted them: a stack that only serves has none of its own. `progress` is told what takes its time.

    Raises:
        ApiError: the jobs of a place cannot be listed.
        CredentialsError: nobody is signed in.
    """
    owner = scope.owner
    if wanted is None:
        wanted = (lambda job: is_of_stack(job.labels, owner)) if owner else (lambda _: True)
    return _Taking(scope, progress).take(scope.places, wanted, models, with_makers=with_makers)


def text(resource: SavedResource, key: str) -> str:
    """An output of a saved resource as a text; empty where it is absent, a secret, or anything else."""
    value = resource.outputs.get(key)
    return value if isinstance(value, str) else ""


class _Taking:
    def __init__(self, scope: Scope, progress: Callable[[str], None]) -> None:
        self._vertex = scope.vertex
        self._saved = [each for each in scope.resources if each.type.startswith(_OURS) and not each.is_replaced]
        self._progress = progress
        self._gaps: list[str] = []
        self._all_jobs: dict[str, TuningJob] = {}

    def take(
        self,
        places: Sequence[Place],
        wanted: Callable[[TuningJob], bool],
        models: Iterable[str],
        *,
        with_makers: bool,
    ) -> Inventory:
        for project, location in places:
            self._progress(f"listing the jobs of {project} in {location}")
            self._all_jobs |= {key_of(job.name): job for job in self._vertex.list_jobs(project, location)}
        held = {key_of(each.made) for each in self._saved if each.type == JOB_TYPE}
        jobs = {key: job for key, job in self._all_jobs.items() if key in held or wanted(job)}
        jobs |= self._jobs_elsewhere(held - jobs.keys())

        self._progress("reading the models")
        named = [job.tuned_model_name for job in jobs.values()]
        named += [text(each, key) for each in self._saved for key in ("model", "tuned_model_name")]
        versions = self._versions_of([*named, *models])
        own = {*versions}
        if with_makers:
            view = Inventory(versions=versions)
            served = (view.version(text(each, "tuned_model_name")) for each in self._saved)
            makers = [self._maker(version) for version in served if version is not None]
            jobs |= {key_of(job.name): job for job in makers if job is not None}
        self._follow_back(jobs, versions, own)

        self._progress("reading the endpoints")
        endpoints = self._read(self._vertex.get_endpoint, _endpoints(jobs.values(), versions.values(), self._saved))
        found = Inventory(
            jobs={job.name: job for job in sorted(jobs.values(), key=_made)},
            versions={version.name: version for version in sorted(versions.values(), key=_made)},
            endpoints={endpoint.name: endpoint for endpoint in endpoints},
            saved=self._saved,
            listed=[*self._all_jobs.values()],
            foreign=frozenset(version.name for key, version in versions.items() if key not in own),
        )
        self._progress("reading the evaluation runs")
        runs = self._evaluations(found, {*places})
        return replace(found, evaluations=runs, gaps=self._gaps)

    def _jobs_elsewhere(self, keys: Collection[str]) -> dict[str, TuningJob]:
        """Jobs that a state holds and no list has: of another place."""
        held = [each.made for each in self._saved if each.type == JOB_TYPE and key_of(each.made) in keys]
        return {key_of(job.name): job for job in self._read(self._vertex.get_job, held)}

    def _versions_of(self, named: Iterable[str]) -> dict[str, ModelVersion]:
        """All versions of all these models, by key."""
        parsed = (names.model_name(name) for name in named)
        models = {key_of(name.model): name.model for name in parsed if name is not None}
        lists = self._read(self._vertex.list_model_versions, models.values())
        return {key_of(version.name): version for versions in lists for version in versions}

    def _follow_back(self, jobs: dict[str, TuningJob], versions: dict[str, ModelVersion], own: Collection[str]) -> None:
        """Add what jobs and copies rest on, the jobs that made it, and so on to the first link."""
        seen: set[str] = set()
        while True:
            view = Inventory(jobs=jobs, versions=versions, saved=self._saved)
            rests_on = [view.source_of(job)[0] for job in jobs.values()]
            rests_on += [version.copied_from for version in versions.values()]
            missing = {key_of(name): name for name in rests_on if names.model_name(name) and not view.version(name)}
            new = {key: name for key, name in missing.items() if key not in seen}
            if not new:
                return
            seen |= new.keys()
            for version in self._read(self._vertex.get_model_version, new.values()):
                versions[key_of(version.name)] = version
                if (maker := self._maker(version)) is not None:
                    jobs[key_of(maker.name)] = maker

    def _maker(self, version: ModelVersion) -> TuningJob | None:
        job_id = version.labels.get(JOB_LABEL)
        return next((job for job in self._all_jobs.values() if names.last_segment(job.name) == job_id), None)

    def _evaluations(self, found: Inventory, places: set[Place]) -> dict[str, EvaluationRun]:
        """The runs that judge one of the versions, and those that a state holds."""
        listed: dict[str, EvaluationRun] = {}
        for parent in sorted(names.parent(*place) for place in places):
            for run in self._tried([], partial(self._vertex.list_evaluation_runs, parent)):
                listed[key_of(run.name)] = run
        held = {key_of(each.made): each.made for each in found.of_type("EvaluationRun")}
        about = {key: run.name for key, run in listed.items() if key in held or found.judged_by(run)}
        runs = self._read(self._vertex.get_evaluation_run, {**held, **about}.values())  # a list shows no results
        return {run.name: run for run in sorted(runs, key=_made)}

    def _read(self, read: Callable[[str], _Read], wanted: Iterable[str]) -> list[_Read]:
        """What is there of these names, in their order."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = pool.map(
                lambda name: self._tried(None, partial(read, name)), [*dict.fromkeys(filter(None, wanted))]
            )
            return [each for each in found if each is not None]

    def _tried(self, otherwise: Any, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except NotFoundError:
            return otherwise
        except ApiError as error:
            self._gaps.append(str(error))
            return otherwise


def _endpoints(
    jobs: Iterable[TuningJob], versions: Iterable[ModelVersion], saved: Iterable[SavedResource]
) -> Iterable[str]:
    """Each once, whichever way its project is written: jobs and registry write numbers, programs ids."""
    named = [name for job in jobs for name in (job.endpoint, *(point.endpoint for point in job.checkpoints))]
    named += [each.endpoint for version in versions for each in version.deployed_models]
    named += [text(each, "__endpoint_name") or text(each, "endpoint") for each in saved]
    return {key_of(name): name for name in named if name}.values()


def _candidate(run: EvaluationRun) -> str:
    configs = run.request.get("inferenceConfigs")
    asked = configs.get("candidate") if isinstance(configs, Mapping) else None
    return str(asked.get("model") or "") if isinstance(asked, Mapping) else ""


def _made(thing: TuningJob | ModelVersion | EvaluationRun) -> tuple[str, str]:
    return (thing.create_time.isoformat() if thing.create_time else "", thing.name)
