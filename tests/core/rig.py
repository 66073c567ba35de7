"""One resource's verbs over the unmodified google-genai SDK and the emulator, in simulated time."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import httpx2

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.api import Operation
from pulumi_ctune.core.hidden import OWNER, RECORDED, SHARED
from pulumi_ctune.core.operations import finish
from pulumi_ctune.core.ownership import Owner, first_token, next_token
from pulumi_ctune.tuning_job.creation import Verbs
from pulumi_ctune.tuning_job.state_entries import HeldJob, KnownEntries
from pulumi_ctune.vertex.client import VertexClient
from tests.unit.clock import START, Clock, RecordedReport
from vertex_emulator.app import Emulator
from vertex_emulator.transport import EmbeddedTransport

TRAINING, VALIDATION, PROMPTS = "gs://data/train.jsonl", "gs://data/validation.jsonl", "gs://data/prompts.jsonl"
SFT: dict[str, Any] = {
    "base_model": "gemini-3.5-flash",
    "supervised_tuning_spec": {"training_dataset_uri": TRAINING, "hyper_parameters": {"epoch_count": 3}},
    "tuned_model_display_name": "support",
}

RFT_SPEC: dict[str, Any] = {
    "training_dataset_uri": PROMPTS,
    "hyper_parameters": {"epoch_count": 1, "batch_size": 8, "samples_per_prompt": 4},
    "single_reward_config": {
        "reward_name": "answer",
        "string_match_reward_scorer": {
            "string_match_expression": {"match_operation": "PARTIAL_MATCH", "expression": "{{references.answer}}"},
            "correct_answer_reward": 1,
        },
    },
}
"""A spec of reinforcement tuning, for `reinforcement_tuning_spec`."""


def supervised_examples(count: int, first: int = 0) -> bytes:
    """So many lines of a supervised dataset; those of another `first` are others."""
    return _lines(
        {
            "contents": [
                {"role": "user", "parts": [{"text": f"Where is order {number}?"}]},
                {"role": "model", "parts": [{"text": f"Order {number} leaves our warehouse today."}]},
            ]
        }
        for number in range(first, first + count)
    )


def prompts(count: int) -> bytes:
    """So many lines of a reinforcement dataset."""
    return _lines(
        {
            "contents": [{"role": "user", "parts": [{"text": f"What is {number} plus 1?"}]}],
            "references": {"answer": str(number + 1)},
        }
        for number in range(count)
    )


def owner_in(stack: str) -> Owner:
    """The resource `support` of a stack."""
    urn = f"urn:pulumi:{stack}::infra::pulumi-python:dynamic/ctune:ContinuousTuningJob::support"
    return Owner("acme-org", "infra", stack, "support", urn)


def _lines(documents: Iterator[dict[str, Any]]) -> bytes:
    return "\n".join(json.dumps(document) for document in documents).encode()


@dataclass
class Rig:
    """`clock.pause` moves the emulator's time; `token` is that of the state entry that the verbs work for."""

    clock: Clock
    emulator: Emulator
    client: VertexClient
    report: RecordedReport
    owner: Owner = field(default_factory=lambda: owner_in("dev"))
    token: str = ""
    saved: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.token = self.token or first_token(self.owner.organization, self.owner.urn)

    @classmethod
    @contextmanager
    def start(cls, folder: Path) -> Iterator[Self]:
        clock = Clock()
        with Emulator(folder, clock=lambda: START.timestamp() + clock.now_s) as emulator:
            emulator.put_object("data", "train.jsonl", supervised_examples(40))
            emulator.put_object("data", "validation.jsonl", supervised_examples(8, first=1_000))
            emulator.put_object("data", "prompts.jsonl", prompts(40))
            emulator.configure(job_duration_s=600)
            settings = Settings(project="acme", api_endpoint=ApiEndpoint("embedded"))
            client = VertexClient(
                settings,
                transport=EmbeddedTransport(emulator),
                sleep=lambda seconds: _sleep(clock, seconds),
            )
            yield cls(clock, emulator, client, RecordedReport())

    def verbs(self, **options: Any) -> Verbs:
        """Verbs for one call of the engine; the timeout counts from here."""
        return Verbs(self.client, self.clock.wait_context(self.report, **options), self.owner)

    def inputs(self, **changes: Any) -> dict[str, Any]:
        """Inputs of an SFT job from a base model, with changes (None takes an input away)."""
        owner = {"organization": "acme-org", "project": "infra", "stack": "dev", "name": "support", "token": self.token}
        inputs = {"project": "acme", "location": "us-central1", OWNER: owner, **SFT, **changes}
        return {key: value for key, value in inputs.items() if value is not None}

    def create(self, inputs: dict[str, Any], run: KnownEntries | None = None) -> dict[str, Any]:
        """Create and save the state. Without `run`, what was created before belongs to other resources of the run."""
        others = [HeldJob(f"urn:pulumi:dev::infra::t::saved-{job}", job) for job in self.saved]
        state = self.verbs().create(inputs, KnownEntries(others=others, saved=list) if run is None else run)
        self.saved.append(state["name"])
        return state

    def replacing(self, state: dict[str, Any]) -> KnownEntries:
        """What the run knows when the entry with this state is replaced; later inputs are the replacement's."""
        replaced = self._saved(state)
        self.token = next_token(self.token)
        return KnownEntries(replaced, saved=lambda: [replaced])

    def forced(self, state: dict[str, Any]) -> KnownEntries:
        """What the run knows of an entry that is replaced by force (`--replace`): the saved state tells alone."""
        return KnownEntries(saved=lambda: [self._saved(state)])

    def nothing_saved(self) -> KnownEntries:
        """What the run knows where the saved state has no entry."""
        return KnownEntries(saved=list)

    def _saved(self, state: dict[str, Any]) -> HeldJob:
        made = datetime.fromisoformat(state["create_time"])
        shared = bool(state.get(SHARED))
        return HeldJob(self.owner.urn, state["name"], self.token, bool(state[RECORDED]), made, shared=shared)

    def continued(self, source: str, **changes: Any) -> dict[str, Any]:
        """Inputs of an SFT job that continues from a model version."""
        return self.inputs(
            **{
                "base_model": None,
                "tuned_model_display_name": None,
                "pre_tuned_model": {"tuned_model_name": source},
                **changes,
            }
        )

    def finish(self, operation: Operation) -> None:
        """Wait for an operation that somebody else has started."""
        finish(self.client, self.verbs().context, operation, "waiting")

    def live_jobs(self) -> list[str]:
        """Names of the jobs that cost money now."""
        final = ("SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED", "CANCELLING")
        return [job["name"] for job in self.emulator.jobs() if not job["state"].endswith(final)]

    def everything_left(self) -> dict[str, int]:
        """How many models and endpoints there are in any location."""
        http = httpx2.Client(transport=EmbeddedTransport(self.emulator), base_url="http://embedded.localhost/v1beta1")
        with http:
            return {
                kind: sum(
                    len(http.get(f"/projects/acme/locations/{location}/{kind}").json().get(kind, []))
                    for location in ("us-central1", "us")
                )
                for kind in ("models", "endpoints")
            }

    def submissions(self) -> list[dict[str, Any]]:
        """Bodies of the requests that create a job."""
        return [
            entry["body"]
            for entry in self.emulator.requests()
            if entry["method"] == "POST" and entry["path"].endswith("/tuningJobs")
        ]


def _sleep(clock: Clock, seconds: float) -> None:
    clock.pause(seconds)
