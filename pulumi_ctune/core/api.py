"""The API's resources as the core sees them, and the calls that the core needs.

Plain records with only the fields that something here reads, and `Vertex`, the one seam to the outside:
`vertex.client` is Google's side of it. Knows neither HTTP nor Pulumi. Every call of `Vertex` raises `ApiError` (see
`errors`) or `CredentialsError`, and nothing else.

Source:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.tuningJobs
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from pulumi_ctune.core.content import Content
from pulumi_ctune.core.errors import ApiError
from pulumi_ctune.core.names import ModelName

SUPERVISED_SPEC = "supervisedTuningSpec"
REINFORCEMENT_SPEC = "reinforcementTuningSpec"
PREFERENCE_SPEC = "preferenceOptimizationSpec"
"""The fields of a `TuningJob` that say by which method it is tuned; a job has one of them."""


@dataclass(frozen=True)
class Checkpoint:
    """One checkpoint of a tuned model. `endpoint` is empty where the answer names none (Model Registry does not)."""

    checkpoint_id: str
    epoch: int | None = None
    step: int | None = None
    endpoint: str = ""


@dataclass(frozen=True)
class JobError:
    """Why a job failed. `code` is a gRPC code (3 is INVALID_ARGUMENT), another number space than HTTP's."""

    code: int
    message: str


@dataclass(frozen=True)
class TuningJob:
    """A `TuningJob` of the v1beta1 API. Names carry the project number; absent texts are empty."""

    name: str
    state: str
    detail: str = ""  # `tuningJobState`, such as TUNING_JOB_STATE_WAITING_FOR_CAPACITY
    error: JobError | None = None
    create_time: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    update_time: datetime | None = None
    tuned_model_name: str = ""  # with `@VERSION`
    endpoint: str = ""
    checkpoints: Sequence[Checkpoint] = ()
    experiment: str = ""
    console_url: str = ""  # empty where the service has no console: on the emulator
    completed_epoch_count: int | None = None
    completed_step_count: int | None = None
    billable_token_count: int | None = None  # of the dataset: what one epoch bills
    training_token_count: int | None = None  # that, times the epochs that the service resolved
    example_count: int | None = None
    step_count: int | None = None  # that training takes in all, once the service has read the dataset
    dropped_example_count: int | None = None
    dropped_example_indices: Sequence[int] = ()  # from 1; the service may name only some
    dropped_example_reasons: Sequence[str] = ()  # one for each index
    labels: Mapping[str, str] = field(default_factory=dict)
    request: Mapping[str, Any] = field(default_factory=dict)
    """What the job was asked for, as the API echoes it: the input fields of `TuningJob`, camelCase, with defaults
    that the server filled in.
    """
    seen_s_ago: float = field(default=0.0, compare=False)
    """How long before it was handed over the job was like this: more than nothing where reads are shared."""


@dataclass(frozen=True)
class DeployedModelRef:
    """Where a model version is deployed. `checkpoint_id` is empty where the service does not say."""

    endpoint: str
    checkpoint_id: str = ""


@dataclass(frozen=True)
class ModelVersion:
    """One version of a `Model` in the Model Registry."""

    model: str  # without `@`
    version_id: str
    aliases: Sequence[str] = ()
    display_name: str = ""
    own_description: str = ""
    model_description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    checkpoints: Sequence[Checkpoint] = ()
    default_checkpoint_id: str = ""
    deployed_models: Sequence[DeployedModelRef] = ()
    kms_key_name: str = ""
    create_time: datetime | None = None
    etag: str = ""
    base_model: str = ""  # what it was tuned from in the end; empty where the registry does not say
    copied_from: str = ""  # the version that it is a copy of, with `@VERSION`; empty for what is none

    @property
    def model_name(self) -> ModelName:
        """The name taken apart. Raises ValueError for one that is odd."""
        return ModelName.parse(self.name)

    @property
    def description(self) -> str:
        """The version's own; the model's where it has none."""
        return self.own_description or self.model_description

    @property
    def name(self) -> str:
        """`projects/../models/M@V`, with the numeric version."""
        return f"{self.model}@{self.version_id}"


@dataclass(frozen=True)
class DeployedModel:
    """One entry of `Endpoint.deployedModels`. `model` is without `@`."""

    deployed_model_id: str
    model: str
    version_id: str = ""
    checkpoint_id: str = ""
    display_name: str = ""
    create_time: datetime | None = None

    @property
    def model_version(self) -> str:
        """`projects/../models/M@V`."""
        return f"{self.model}@{self.version_id}" if self.version_id else self.model


@dataclass(frozen=True)
class Endpoint:
    """An `Endpoint`. `traffic_split` is deployed model id -> percent."""

    name: str
    display_name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    deployed_models: Sequence[DeployedModel] = ()
    traffic_split: Mapping[str, int] = field(default_factory=dict)
    etag: str = ""


@dataclass(frozen=True)
class Operation:
    """A long-running operation. `error` is why it failed, once it is done; `made` the model version that it made, where
    it tells of one.
    """

    name: str
    done: bool = False
    error: ApiError | None = None
    made: str = ""


@dataclass(frozen=True)
class SeriesPoint:
    """One point of a training series."""

    step: int
    value: float


@dataclass(frozen=True)
class StorageObject:
    """What Cloud Storage says of one generation of an object; absent texts are empty."""

    size_bytes: int  # as it is stored
    generation: str = ""
    md5_hash: str = ""  # base64; composed objects have none
    content_encoding: str = ""  # `gzip` for an object that is stored packed
    update_time: datetime | None = None


@dataclass(frozen=True)
class EvaluationRun:
    """An `EvaluationRun`. `summary` are all aggregates by the API's keys, `candidate/exact_match/AVERAGE`; `request` is
    what was asked for (camelCase).
    """

    name: str
    state: str
    display_name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    request: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, float] = field(default_factory=dict)
    total_items: int = 0
    failed_items: int = 0
    evaluation_set: str = ""
    result_set: str = ""
    error: JobError | None = None
    create_time: datetime | None = None
    completion_time: datetime | None = None


@dataclass(frozen=True)
class EvaluationSet:
    """An `EvaluationSet`: rows by name."""

    name: str
    display_name: str = ""
    items: Sequence[str] = ()


class Vertex(Protocol):
    """The calls to Google that the core makes.

    Names may carry a project id or number; the location is read from the name. What takes long is started with one
    request, which is never repeated, and waited for by `core.operations`.
    """

    def submit(self, project: str, location: str, request: Mapping[str, Any]) -> TuningJob:
        """Create a tuning job: one HTTP request, never repeated.

        `request` is the body of `tuningJobs.create` (camelCase).
        """

    def get_job(self, name: str) -> TuningJob: ...

    def watched_job(self, name: str) -> AbstractContextManager[Callable[[], TuningJob]]:
        """For the length of a wait, what looks at a job: `get_job`, or what serves many waits at once.

        A job that has ended was always read. Any other may have been seen a little before (`seen_s_ago`), but never
        before the last look of the same wait.
        """

    def list_jobs(self, project: str, location: str) -> Sequence[TuningJob]:
        """All jobs of a location, in the server's order."""

    def cancel_job(self, name: str) -> None:
        """Ask for cancellation; the job goes on for a while, and may still succeed."""

    def get_model_version(self, name: str) -> ModelVersion:
        """`models/M@ID`, `models/M@alias` or `models/M` (the version with alias `default`)."""

    def list_checkpoints(self, model_version_name: str) -> Sequence[Checkpoint]: ...

    def list_model_versions(self, model: str) -> Sequence[ModelVersion]: ...

    def update_model_version(self, name: str, *, changes: Mapping[str, Any]) -> ModelVersion:
        """Change `labels`, `versionDescription` or `defaultCheckpointId` of one version in place (with `etag`)."""

    def update_model(self, model: str, *, changes: Mapping[str, Any]) -> None:
        """Change fields that all versions of a model share: `displayName`, `description`."""

    def merge_version_aliases(self, name: str, aliases: Sequence[str]) -> ModelVersion:
        """Put aliases on one numeric version, taking them off another; `-ALIAS` takes one off this version.

        May be sent again: the second time changes nothing.
        """

    def start_model_copy(self, project: str, location: str, request: Mapping[str, Any]) -> Operation:
        """Start to copy a version to this place. `request` is the body of `models.copy` (camelCase)."""

    def list_copy_operations(self, model: str) -> Sequence[Operation]:
        """The operations that copy something into a model, whoever began them, ended or not."""

    def start_model_version_deletion(self, name: str) -> Operation:
        """Start to delete one numeric version. Not for the only version: delete the model then."""

    def start_model_deletion(self, model: str) -> Operation:
        """Start to delete a model with all its versions."""

    def get_endpoint(self, name: str) -> Endpoint: ...

    def update_endpoint(self, name: str, *, changes: Mapping[str, Any]) -> Endpoint:
        """Change `labels`, `displayName`, `description` or `trafficSplit` (with `etag`) in place."""

    def start_deployment(
        self, endpoint: str, deployed_model: Mapping[str, Any], traffic_split: Mapping[str, int]
    ) -> Operation:
        """Start to deploy.

        `deployed_model` is the API's `DeployedModel` (camelCase). An empty split leaves the endpoint's as it is; in
        any other, which takes its place, `"0"` is the new deployment.
        """

    def start_undeployment(self, endpoint: str, deployed_model_id: str) -> Operation:
        """Start to undeploy what gets no traffic, or is alone on its endpoint."""

    def start_endpoint_deletion(self, name: str) -> Operation:
        """Start to delete an endpoint without deployments."""

    def get_operation(self, name: str) -> Operation: ...

    def list_deployment_operations(self, endpoint: str) -> Sequence[Operation]:
        """The operations that deploy something on an endpoint, whoever began them, ended or not."""

    def read_metrics(self, experiment: str, only: Collection[str] | None = None) -> Mapping[str, Sequence[SeriesPoint]]:
        """All points of each training series of an experiment, in order of steps, by the API's series name
        (`/eval_total_loss`). With `only`, the points of these are read, and the others are there without any.
        """

    def get_object(self, uri: str) -> StorageObject | None:
        """What lies at `gs://bucket/object`; None where objects are not looked at (see `config`)."""

    def read_object_head(self, uri: str, limit_bytes: int) -> bytes | None:
        """The first bytes of the object at `uri`, so many at most, unpacked; None where objects are not looked at."""

    def open_object(self, uri: str, known: StorageObject | None = None) -> Content | None:
        """The object at `uri`, to be read: the generation that is `known` from `get_object`, or the one that it has
        now. None where objects are not looked at.
        """

    def try_reward(self, project: str, location: str, trial: Mapping[str, Any]) -> Sequence[str]:
        """Let the service compute a reward; returns what went wrong, nothing if it gave a number.

        `trial` is the body of `validateReinforcementTuningReward` (camelCase).
        """

    def create_evaluation_run(self, parent: str, body: Mapping[str, Any]) -> EvaluationRun:
        """Create an evaluation run: one HTTP request, never repeated. `parent` is `projects/P/locations/L`."""

    def get_evaluation_run(self, name: str) -> EvaluationRun: ...

    def list_evaluation_runs(self, parent: str) -> Sequence[EvaluationRun]:
        """All runs of a location, in the server's order. A list may show neither labels nor results."""

    def cancel_evaluation_run(self, name: str) -> None:
        """Ask for cancellation; the run goes on for a moment."""

    def delete_evaluation_run(self, name: str) -> None:
        """Delete a run that has ended; the set of its results stays."""

    def create_evaluation_item(self, parent: str, body: Mapping[str, Any]) -> str:
        """Create one row, which can never be changed; returns its name. One HTTP request, never repeated."""

    def create_evaluation_set(self, parent: str, body: Mapping[str, Any]) -> EvaluationSet: ...

    def list_evaluation_sets(self, parent: str) -> Sequence[EvaluationSet]: ...

    def get_evaluation_set(self, name: str) -> EvaluationSet: ...

    def delete_evaluation_set(self, name: str) -> None: ...

    def delete_evaluation_item(self, name: str) -> None: ...

    def answer(self, model: str, request: Mapping[str, Any]) -> str:
        """The text that a model or endpoint, by its full name, answers to a `GenerateContentRequest`; empty for none.
        Raises `ApiError`.
        """
