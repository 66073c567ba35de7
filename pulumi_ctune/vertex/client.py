"""Google's side of the core's one seam: `VertexClient` is `core.api.Vertex`.

Hands each call to the module that knows the resource. Importing this, and making a client, opens nothing and loads
neither google-genai nor httpx2: that happens with the first call, google-genai with the first on a tuning job.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_ctune.config import Settings
from pulumi_ctune.core.api import (
    Checkpoint,
    Endpoint,
    EvaluationRun,
    EvaluationSet,
    ModelVersion,
    Operation,
    SeriesPoint,
    StorageObject,
    TuningJob,
)
from pulumi_ctune.core.errors import BadRequestError
from pulumi_ctune.vertex import (
    billing_catalog,
    endpoints,
    evaluations,
    generation,
    metrics,
    models,
    operations,
    rewards,
    storage,
    token_counts,
)
from pulumi_ctune.vertex.jobs import Jobs
from pulumi_ctune.vertex.rest import Rest
from pulumi_ctune.vertex.shared_reads import SharedReads
from pulumi_ctune.vertex.shared_waits import SharedWaits
from pulumi_ctune.vertex.stored_dataset import StoredDataset

if TYPE_CHECKING:
    import httpx2

    from pulumi_ctune.vertex.cloud import GoogleCloud
    from pulumi_ctune.vertex.session import Session


class _Opened(NamedTuple):
    """What the first call opens."""

    session: "Session"
    jobs: Jobs
    rest: Rest


class VertexClient:
    """Vertex AI and Cloud Storage by the settings. Safe for threads; keep one for the life of the process.

    `sleep` (seconds) is that between attempts to read, and may come back early; `clock` is what waits go by.
    `on_interruption` has a function called once an interruption comes, and returns what takes that back: it releases
    the threads whose requests are under way, and nothing more is sent. `on_answer` sees every answer, for whoever
    records them. `transport` replaces the network, in tests.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        on_interruption: Callable[[Callable[[], None]], Callable[[], None]] = lambda _: lambda: None,
        on_answer: "Callable[[httpx2.Response], None] | None" = None,
        transport: "httpx2.BaseTransport | None" = None,
    ) -> None:
        self._settings = settings
        self._sleep = sleep
        self._on_interruption = on_interruption
        self._on_answer = on_answer
        self._transport = transport
        self._lock = threading.Lock()
        self._opened: _Opened | None = None
        self._lists: SharedReads[Sequence[TuningJob]] = SharedReads(on_interruption)
        self._waits = SharedWaits(self.get_job, lambda *of_place: self._jobs.pages(*of_place), on_interruption, clock)

    def submit(self, project: str, location: str, request: Mapping[str, Any]) -> TuningJob:
        return self._jobs.submit(project, location, request)

    def get_job(self, name: str) -> TuningJob:
        return self._jobs.get(name)

    def list_jobs(self, project: str, location: str) -> Sequence[TuningJob]:
        """Shared with all who ask at the same time: never a list that began before this call."""
        return self._lists.read((project, location), lambda: self._jobs.list(project, location))

    def watched_job(self, name: str) -> AbstractContextManager[Callable[[], TuningJob]]:
        return self._waits.watching(name)

    def cancel_job(self, name: str) -> None:
        self._jobs.cancel(name)

    def get_model_version(self, name: str) -> ModelVersion:
        return models.get_version(self._rest, name)

    def list_checkpoints(self, model_version_name: str) -> Sequence[Checkpoint]:
        return models.list_checkpoints(self._rest, model_version_name)

    def list_model_versions(self, model: str) -> Sequence[ModelVersion]:
        return models.list_versions(self._rest, model)

    def update_model_version(self, name: str, *, changes: Mapping[str, Any]) -> ModelVersion:
        return models.update_version(self._rest, name, changes)

    def update_model(self, model: str, *, changes: Mapping[str, Any]) -> None:
        models.update(self._rest, model, changes)

    def merge_version_aliases(self, name: str, aliases: Sequence[str]) -> ModelVersion:
        return models.merge_aliases(self._rest, name, aliases)

    def start_model_copy(self, project: str, location: str, request: Mapping[str, Any]) -> Operation:
        return models.start_copy(self._rest, project, location, request)

    def list_copy_operations(self, model: str) -> Sequence[Operation]:
        return operations.list_copies(self._rest, model)

    def start_model_version_deletion(self, name: str) -> Operation:
        return models.start_version_deletion(self._rest, name)

    def start_model_deletion(self, model: str) -> Operation:
        return models.start_deletion(self._rest, model)

    def get_endpoint(self, name: str) -> Endpoint:
        return endpoints.get(self._rest, name)

    def update_endpoint(self, name: str, *, changes: Mapping[str, Any]) -> Endpoint:
        return endpoints.update(self._rest, name, changes)

    def start_deployment(
        self, endpoint: str, deployed_model: Mapping[str, Any], traffic_split: Mapping[str, int]
    ) -> Operation:
        return endpoints.start_deployment(self._rest, endpoint, deployed_model, traffic_split)

    def start_undeployment(self, endpoint: str, deployed_model_id: str) -> Operation:
        return endpoints.start_undeployment(self._rest, endpoint, deployed_model_id)

    def start_endpoint_deletion(self, name: str) -> Operation:
        return endpoints.start_deletion(self._rest, name)

    def get_operation(self, name: str) -> Operation:
        return operations.get(self._rest, name)

    def list_deployment_operations(self, endpoint: str) -> Sequence[Operation]:
        return operations.list_deployments(self._rest, endpoint)

    def read_metrics(self, experiment: str, only: Collection[str] | None = None) -> Mapping[str, Sequence[SeriesPoint]]:
        return metrics.read(self._rest, experiment, only)

    def get_object(self, uri: str) -> StorageObject | None:
        session, _, rest = self._open()
        return None if session.storage_url is None else storage.get_object(rest, session.storage_url, uri)

    def read_object_head(self, uri: str, limit_bytes: int) -> bytes | None:
        session, _, rest = self._open()
        return None if session.storage_url is None else storage.read_head(rest, session.storage_url, uri, limit_bytes)

    def open_object(self, uri: str, known: StorageObject | None = None) -> StoredDataset | None:
        session, _, rest = self._open()
        return None if session.storage_url is None else StoredDataset(rest, session.storage_url, uri, known)

    def try_reward(self, project: str, location: str, trial: Mapping[str, Any]) -> Sequence[str]:
        return rewards.try_reward(self._rest, project, location, trial)

    def compute_reward(self, project: str, location: str, trial: Mapping[str, Any]) -> rewards.RewardAnswer:
        """As `try_reward`, with the rewards themselves."""
        return rewards.compute_reward(self._rest, project, location, trial)

    def generate(self, name: str, request: Mapping[str, Any]) -> generation.Generated:
        """One answer of a model or endpoint (`generation.model_name`) to the API's `GenerateContentRequest`."""
        return generation.generate(self._rest, name, request)

    def answer(self, model: str, request: Mapping[str, Any]) -> str:
        return self.generate(model, request).text

    def create_evaluation_run(self, parent: str, body: Mapping[str, Any]) -> EvaluationRun:
        return evaluations.create_run(self._rest, parent, body)

    def get_evaluation_run(self, name: str) -> EvaluationRun:
        return evaluations.get_run(self._rest, name)

    def list_evaluation_runs(self, parent: str) -> Sequence[EvaluationRun]:
        return evaluations.list_runs(self._rest, parent)

    def cancel_evaluation_run(self, name: str) -> None:
        evaluations.cancel_run(self._rest, name)

    def delete_evaluation_run(self, name: str) -> None:
        evaluations.delete(self._rest, name)

    def create_evaluation_item(self, parent: str, body: Mapping[str, Any]) -> str:
        return evaluations.create_item(self._rest, parent, body)

    def create_evaluation_set(self, parent: str, body: Mapping[str, Any]) -> EvaluationSet:
        return evaluations.create_set(self._rest, parent, body)

    def list_evaluation_sets(self, parent: str) -> Sequence[EvaluationSet]:
        return evaluations.list_sets(self._rest, parent)

    def get_evaluation_set(self, name: str) -> EvaluationSet:
        return evaluations.get_set(self._rest, name)

    def delete_evaluation_set(self, name: str) -> None:
        evaluations.delete(self._rest, name)

    def delete_evaluation_item(self, name: str) -> None:
        evaluations.delete(self._rest, name)

    def count_tokens(self, project: str, location: str, model: str, contents: Sequence[Mapping[str, Any]]) -> int:
        """The tokens of all contents together, as a base model counts them."""
        return token_counts.count_tokens(self._rest, project, location, model, contents)

    def list_skus(self) -> Sequence[Mapping[str, Any]]:
        """What Google's public price list has of Vertex AI."""
        session, _, rest = self._open()
        if session.billing_url is None:
            raise BadRequestError("the billing catalog could not be read", why="the embedded emulator has none")
        return billing_catalog.list_skus(rest, session.billing_url)

    def cloud(self) -> "GoogleCloud":
        """What Google Cloud tells about projects, besides Vertex AI."""
        from pulumi_ctune.vertex.cloud import GoogleCloud

        session, _, rest = self._open()
        return GoogleCloud(session, rest)

    def close(self) -> None:
        """Close connections, and the embedded emulator's store. A later call opens them again."""
        with self._lock:
            if self._opened is not None:
                self._opened.session.close()
                self._opened = None

    @property
    def _jobs(self) -> Jobs:
        return self._open().jobs

    @property
    def _rest(self) -> Rest:
        return self._open().rest

    def _open(self) -> _Opened:
        with self._lock:
            if self._opened is None:
                from pulumi_ctune.vertex.session import Session

                session = Session(
                    self._settings,
                    on_interruption=self._on_interruption,
                    on_answer=self._on_answer,
                    transport=self._transport,
                )
                rest = Rest(session, sleep=self._sleep)
                self._opened = _Opened(session, Jobs(session, rest), rest)
            return self._opened
