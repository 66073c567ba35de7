"""The inputs of an evaluation run as typed values, parsed once, and what they mean as requests.

Whoever compares, hashes or sends inputs does it on these.

Source:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.evaluationRuns
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from pulumi_ctune.core import names, ownership
from pulumi_ctune.core.canonical import canonical_message, canonical_triggers, wire_message
from pulumi_ctune.core.deletion_policy import ABANDON
from pulumi_ctune.core.names import ModelName
from pulumi_ctune.core.values import text_of
from pulumi_ctune.evaluation_run.attributes import PROVIDER, SERVICE
from pulumi_ctune.gate.evaluation_result import BASELINE, CANDIDATE

MESSAGES: Mapping[str, str] = {
    "evaluation_config": "EvaluationRunEvaluationConfig",
    "generation_config": "GenerationConfig",
    "prompt_template": "EvaluationRunEvaluationConfigPromptTemplate",
    "encryption_spec": "EncryptionSpec",
}
"""Inputs that are messages of the API."""

SET_SOURCES = ("evaluation_set", "evaluation_set_revision", "bigquery_request_set")
SOURCES = ("dataset_uri", *SET_SOURCES)
"""Where rows come from: a dataset of the user's, or what is at Google already."""


@dataclass(frozen=True)
class Request:
    """What a run is asked to do. Texts are empty where an input is left out."""

    written: Mapping[str, Any]
    project: str
    location: str
    version: ModelName
    checkpoint_id: str
    baseline: str
    data_source: Mapping[str, Any]
    messages: Mapping[str, Any]
    """Inputs that are messages of the API, in canonical form."""
    answers: str
    experiment: str
    labels: Mapping[str, str]
    triggers: Any
    adopt_run: str
    deletion_policy: str

    @classmethod
    def parse(cls, inputs: Mapping[str, Any]) -> Self:
        """The inputs of a verb, which a check has found nothing wrong with."""
        version = ModelName.parse(str(inputs["tuned_model_name"]))
        return cls(
            written=inputs,
            project=str(inputs.get("project") or version.project),
            location=str(inputs.get("location") or version.location),
            version=version,
            checkpoint_id=checkpoint_of(inputs),
            baseline=str((inputs.get("baseline") or {}).get("model") or ""),
            data_source=source_of(inputs),
            messages=messages_of(inputs),
            answers=str(inputs.get("answers") or SERVICE),
            experiment=str(inputs.get("evaluation_experiment") or ""),
            labels={key: str(text_of(value)) for key, value in (inputs.get("labels") or {}).items()},
            triggers=canonical_triggers(inputs.get("triggers") or []),
            adopt_run=str(inputs.get("adopt_run") or ""),
            deletion_policy=str(inputs.get("deletion_policy") or ABANDON),
        )

    @property
    def parent(self) -> str:
        return names.parent(self.project, self.location)

    @property
    def dataset_uri(self) -> str:
        return str(self.data_source.get("dataset_uri") or "")

    @property
    def crosses_regions(self) -> bool:
        """Whether the user allows models of other places."""
        return bool(self.messages["evaluation_config"].get("allow_cross_region_model"))

    @property
    def asks_itself(self) -> bool:
        """Whether the provider asks the models, and not the run."""
        return self.answers == PROVIDER

    @property
    def candidates(self) -> tuple[str, ...]:
        return (CANDIDATE, BASELINE) if self.baseline else (CANDIDATE,)

    @property
    def prompt_template(self) -> str:
        return str(self.messages["prompt_template"].get("prompt_template") or "")

    @cached_property
    def generation_config(self) -> dict[str, Any]:
        """As the API wants it."""
        return wire_message(MESSAGES["generation_config"], self.written.get("generation_config") or {})

    @cached_property
    def key(self) -> str:
        """The hash by which a run for the same work is found again: equal for inputs that ask for the same."""
        work = (
            *(self.version.location, self.version.model_id, self.version.version, self.checkpoint_id, self.baseline),
            *(self.data_source, self.messages, self.answers, self.experiment, self.triggers),
        )
        return ownership.hash_of(work)

    @property
    def adopted_name(self) -> str:
        """The full name of the run that `adopt_run` names."""
        return self.adopt_run if "/" in self.adopt_run else f"{self.parent}/evaluationRuns/{self.adopt_run}"

    def body(
        self, evaluation_set: str, models: Mapping[str, str], labels: Mapping[str, str], name: str
    ) -> dict[str, Any]:
        """The request for a new run: `models` are what is called for each candidate, by full name; none where the
        answers come with the rows. `name` is for people, and closes with what finds the run again.
        """
        body: dict[str, Any] = {
            "displayName": name,
            "labels": {**self.labels, **labels},
            "dataSource": {"evaluationSet": evaluation_set} if evaluation_set else self._wire_source(),
            "evaluationConfig": wire_message(MESSAGES["evaluation_config"], self.written["evaluation_config"]),
        }
        if models:
            body["inferenceConfigs"] = {candidate: self._inference(model) for candidate, model in models.items()}
        if self.experiment:
            body["evaluationExperiment"] = self.experiment
        if key := self.messages["encryption_spec"]:
            body["encryptionSpec"] = wire_message(MESSAGES["encryption_spec"], key)
        return body

    def _inference(self, model: str) -> dict[str, Any]:
        config: dict[str, Any] = {"model": model}
        if template := self.messages["prompt_template"]:
            config["promptTemplate"] = wire_message(MESSAGES["prompt_template"], template)
        if self.generation_config:
            config["generationConfig"] = self.generation_config
        return config

    def _wire_source(self) -> dict[str, Any]:
        return wire_message("EvaluationRunDataSource", self.data_source)


def checkpoint_of(properties: Mapping[str, Any]) -> str:
    """The checkpoint asked for, as text; empty for the default one. The engine makes a float of a number."""
    checkpoint_id = properties.get("checkpoint_id")
    if isinstance(checkpoint_id, float) and checkpoint_id.is_integer():
        checkpoint_id = int(checkpoint_id)
    return "" if checkpoint_id is None else str(checkpoint_id)


def source_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    """`data_source` in canonical form."""
    given = properties.get("data_source") or {}
    found = canonical_message("EvaluationRunDataSource", given)
    return found | ({"dataset_uri": given["dataset_uri"]} if given.get("dataset_uri") else {})


def messages_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that are messages of the API, in canonical form; `allow_cross_region_model` absent is false."""
    found = {key: canonical_message(message, properties.get(key) or {}) for key, message in MESSAGES.items()}
    if not found["evaluation_config"].get("allow_cross_region_model", True):
        del found["evaluation_config"]["allow_cross_region_model"]
    return found


def content_hash(value: Any) -> str:
    """Of rows: equal for equal ones."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:20]
