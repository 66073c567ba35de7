"""One evaluation run's verbs on the emulator: a tuned version, held-out rows, and the runs that there are."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self

import httpx2

from pulumi_ctune.core.api import Vertex
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.outcomes import Found, Plan, Unfinished
from pulumi_ctune.core.ownership import Owner, first_token, next_token, token_of
from pulumi_ctune.evaluation_run import deletion, diff, reading
from pulumi_ctune.evaluation_run.creation import Verbs
from pulumi_ctune.evaluation_run.wait import DEFAULT_TIMEOUT
from tests.core.rig import Rig
from vertex_emulator.transport import EmbeddedTransport

HELD_OUT = "gs://data/held-out.jsonl"
EXACT: dict[str, Any] = {"metric": "exact_match", "computation_based_metric_spec": {"type": "EXACT_MATCH"}}
BASE_MODEL = "gemini-3.5-flash"
PLACES = ("us-central1", "us")


def urn_of(name: str) -> str:
    return f"urn:pulumi:dev::infra::pulumi-python:dynamic/ctune:EvaluationRun::{name}"


def lines(*rows: Mapping[str, Any]) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


def made_by_hand(rig: Rig, models: dict[str, str], answers: dict[str, str]) -> str:
    """The name of a run of the console over one row, which has ended: `models` are called, `answers` come along."""
    parent = "projects/acme/locations/us-central1"
    metrics = [{"metric": "exact_match", "computationBasedMetricSpec": {"type": "EXACT_MATCH"}}]
    responses = [{"candidate": name, "text": text} for name, text in answers.items()]
    request = {"prompt": {"text": "2+2?"}, "goldenResponse": {"text": "4"}, "candidateResponses": responses}
    row = {"displayName": "theirs", "evaluationItemType": "REQUEST", "evaluationRequest": request}
    item = rig.client.create_evaluation_item(parent, row)
    rows = rig.client.create_evaluation_set(parent, {"displayName": "theirs", "evaluationItems": [item]})
    run = rig.client.create_evaluation_run(
        parent,
        {
            "displayName": "theirs",
            "dataSource": {"evaluationSet": rows.name},
            "inferenceConfigs": {name: {"model": model} for name, model in models.items()},
            "evaluationConfig": {"metrics": metrics, "allowCrossRegionModel": True},
        },
    )
    rig.clock.pause(3600)
    return run.name


@dataclass
class Evaluating:
    """`versions` are those of one model, the later ones with more training. `token` is that of the state entry that the
    verbs work for; `saved` are the states of the stack.
    """

    rig: Rig
    http: httpx2.Client
    versions: tuple[str, ...]
    name: str = "quality"
    token: str = ""
    saved: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    @contextmanager
    def start(cls, rig: Rig, versions: int = 1) -> Iterator[Self]:
        url = "http://embedded.localhost/v1beta1/"
        with httpx2.Client(transport=EmbeddedTransport(rig.emulator), base_url=url) as http:
            made = [rig.create(rig.inputs())["tuned_model_name"]]
            for _ in range(1, versions):
                made.append(rig.create(rig.continued(made[-1]))["tuned_model_name"])
            rows = [
                {"prompt": f"Where is order {n}?", "reference": f"Order {n} leaves our warehouse today."}
                for n in range(4)
            ]
            rig.emulator.put_object("data", "held-out.jsonl", lines(*rows))
            rig.emulator.configure(evaluation_duration_s=300)
            rig.emulator.forget_requests()
            evaluating = cls(rig, http, tuple(made))
            evaluating.token = first_token("acme-org", urn_of(evaluating.name))
            yield evaluating

    def owner(self) -> Owner:
        return Owner("acme-org", "infra", "dev", self.name, urn_of(self.name))

    def inputs(self, **changes: Any) -> dict[str, Any]:
        """Inputs of an evaluation of the newest version, with changes (None takes an input away)."""
        reported = {
            "organization": "acme-org",
            "project": "infra",
            "stack": "dev",
            "name": self.name,
            "token": self.token,
        }
        given = {
            "tuned_model_name": self.versions[-1],
            "data_source": {"dataset_uri": HELD_OUT},
            "evaluation_config": {"metrics": [EXACT], "allow_cross_region_model": True},
            OWNER: reported,
            **changes,
        }
        return {key: value for key, value in given.items() if value is not None}

    def verbs(self, *, client: Vertex | None = None, timeout: timedelta = DEFAULT_TIMEOUT) -> Verbs:
        context = self.rig.clock.wait_context(self.rig.report, timeout=timeout)
        held = {state["name"]: token_of(state) for state in self.saved}
        return Verbs(client or self.rig.client, context, self.owner(), lambda: held)

    def create(self, **changes: Any) -> dict[str, Any]:
        """Create, as the stack's engine saves it."""
        state = self.verbs().create(self.inputs(**changes))
        self.saved.append(state)
        return state

    def unfinished(self, timeout: timedelta = timedelta(seconds=100), **changes: Any) -> Unfinished:
        """A create that the timeout cut short while its run goes on."""
        try:
            self.verbs(timeout=timeout).create(self.inputs(**changes))
        except Unfinished as unfinished:
            return unfinished
        raise AssertionError("the create has finished")

    def update(self, state: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
        return self.verbs().update(state, self.inputs(**changes))

    def plan(self, state: Mapping[str, Any], **changes: Any) -> Plan:
        return diff.plan(state, self.inputs(**changes))

    def replace(self, state: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
        """The replacement of an entry, which a diff has asked for."""
        self.token = next_token(token_of(state))
        new = self.create(**changes)
        self.saved.remove(dict(state))
        return new

    def read(self, state: Mapping[str, Any], name: str = "") -> Found | None:
        """A refresh; by `name` alone what `.get()` does."""
        context = self.rig.clock.wait_context(self.rig.report)
        return reading.read(self.rig.client, context, name or str(state["name"]), state, self.inputs())

    def delete(self, state: Mapping[str, Any], *, client: Vertex | None = None, is_replaced: bool = False) -> None:
        context = self.rig.clock.wait_context(self.rig.report, timeout=deletion.DEFAULT_TIMEOUT)
        deletion.delete(client or self.rig.client, context, str(state["name"]), state, is_replaced=is_replaced)

    def runs(self) -> list[dict[str, Any]]:
        """Every run there is, from old to new."""
        return self.rig.emulator.evaluation_runs()

    def names(self) -> list[str]:
        return [run["name"] for run in self.runs()]

    def left(self) -> dict[str, int]:
        """How many sets and items there are."""
        found = {}
        for kind in ("evaluationSets", "evaluationItems"):
            asked = f"projects/acme/locations/us-central1/{kind}?pageSize=1000"
            found[kind] = len(self.http.get(asked).raise_for_status().json().get(kind, []))
        return found

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Somebody else's request."""
        answer = self.http.request(method, path, json=body).raise_for_status()
        document: dict[str, Any] = answer.json()
        return document

    def endpoint(self, *versions: str, split: Mapping[str, int] | None = None) -> str:
        """An endpoint of the user's with these versions on it, the first one at 100 % if `split` (by id) is absent."""
        name = "projects/acme/locations/us/endpoints/bot"
        self.ask("POST", "projects/acme/locations/us/endpoints?endpointId=bot", {"displayName": "bot"})
        self.rig.clock.pause(2)
        for number, version in enumerate(versions, 1):
            deployed = {"id": str(number), "model": version, "displayName": "by hand"}
            body = {"deployedModel": deployed, "trafficSplit": {"0": 100} if number == 1 else {"1": 100, "0": 0}}
            self.ask("POST", f"{name}:deployModel", body)
            self.rig.clock.pause(2)
        if split is not None:
            self.ask("PATCH", f"{name}?updateMask=trafficSplit", {"trafficSplit": split})
        return name

    def posts(self, collection: str) -> int:
        """How many requests to make one there were."""
        return sum(
            entry["method"] == "POST" and entry["path"].endswith(f"/{collection}")
            for entry in self.rig.emulator.requests()
        )
