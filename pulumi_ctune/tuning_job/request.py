"""What a job is asked for: its inputs, parsed once after the check, and the request that is made of them.

From `Request.parse` on, nothing looks an input up by its key. `Request.body` is what is submitted. `Submitted` is what
a job that was found had been asked for. Inputs of which some are not known yet are a `Draft`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self, cast

from pulumi_ctune.core import names, ownership
from pulumi_ctune.core.api import PREFERENCE_SPEC, REINFORCEMENT_SPEC, SUPERVISED_SPEC, TuningJob
from pulumi_ctune.core.canonical import canonical_inputs, canonical_triggers, inputs_of_wire, request_body
from pulumi_ctune.core.deletion_policy import ABANDON
from pulumi_ctune.core.fields import SPECS
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.core.source import Source
from pulumi_ctune.data.limits import Method
from pulumi_ctune.tuning_job.attributes import Inputs

_REWARDS = ("single_reward_config", "composite_reward_config")
_METHOD_OF_WIRE_SPEC: Mapping[str, Method] = {
    SUPERVISED_SPEC: "sft",
    REINFORCEMENT_SPEC: "rft",
    PREFERENCE_SPEC: "dpo",
}


@dataclass(frozen=True)
class Spec:
    """The tuning method: the input that chooses it, the datasets, and the key of the reward, where it has one."""

    name: str
    training_dataset_uri: str
    validation_dataset_uri: str = ""
    reward: str = ""

    @classmethod
    def of(cls, inputs: Mapping[str, Any]) -> Self:
        """That of inputs in canonical form, which have exactly one."""
        name = next(name for name in SPECS if name in inputs)
        given = inputs[name]
        reward = next((key for key in _REWARDS if key in given), "")
        return cls(name, given["training_dataset_uri"], given.get("validation_dataset_uri", ""), reward)

    @property
    def datasets(self) -> dict[str, str]:
        """URIs by the path of their input."""
        found = {
            "training_dataset_uri": self.training_dataset_uri,
            "validation_dataset_uri": self.validation_dataset_uri,
        }
        return {f"{self.name}.{key}": uri for key, uri in found.items() if uri}


@dataclass(frozen=True)
class Request:
    """The inputs of a job, all of them known. Absent texts are empty; `source` is as it is written."""

    written: Mapping[str, Any]
    canonical: Mapping[str, Any]
    project: str
    location: str
    source: Source | None
    base_model: str
    spec: Spec
    tuned_model_display_name: str
    description: str
    labels: Mapping[str, str]
    kms_key_name: str
    service_account: str
    triggers: Any
    adopt_job: str
    deletion_policy: str
    owner: Mapping[str, Any]
    token: str

    @classmethod
    def parse(cls, inputs: Mapping[str, Any]) -> Self:
        """The inputs of a verb, which a check has found nothing wrong with."""
        canonical, given = canonical_inputs(inputs), cast("Inputs", inputs)
        return cls(
            written=inputs,
            canonical=canonical,
            project=str(given["project"]),
            location=str(given["location"]),
            source=Source.of(canonical.get("pre_tuned_model")),
            base_model=canonical.get("base_model", ""),
            spec=Spec.of(canonical),
            tuned_model_display_name=canonical.get("tuned_model_display_name", ""),
            description=canonical.get("description", ""),
            labels=canonical.get("labels", {}),
            kms_key_name=canonical.get("encryption_spec", {}).get("kms_key_name", ""),
            service_account=canonical.get("service_account", ""),
            triggers=canonical_triggers(given.get("triggers") or []),
            adopt_job=str(given.get("adopt_job") or ""),
            deletion_policy=str(given.get("deletion_policy") or ABANDON),
            owner=inputs.get(OWNER) or {},
            token=ownership.token_of(inputs),
        )

    @cached_property
    def key(self) -> str:
        """The hash by which a job for the same work is found again."""
        return ownership.inputs_key(self.canonical, self.triggers)

    def key_with(self, display_name: str) -> str:
        """The hash of the same work under another display name; empty: none."""
        others = {key: value for key, value in self.canonical.items() if key != "tuned_model_display_name"}
        named = {"tuned_model_display_name": display_name} if display_name else {}
        return ownership.inputs_key({**others, **named}, self.triggers)

    def body(self, owner: Owner, token: str, source: Source | None) -> dict[str, Any]:
        """The request for a new job of this owner and state entry. `source` is resolved."""
        labels = ownership.labels_of(owner, token, self.key, source)
        wanted = {**self.written, "labels": {**self.labels, **labels}}
        if source:
            wanted["pre_tuned_model"] = source.pre_tuned_model
        return request_body(wanted)

    @property
    def reward(self) -> dict[str, Any]:
        """The reward as the API wants it, by its key there; empty without one."""
        spec = request_body(self.written).get(REINFORCEMENT_SPEC, {})
        return {key: spec[key] for key in ("singleRewardConfig", "compositeRewardConfig") if key in spec}

    @property
    def adopted_name(self) -> str:
        """The full name of the job that `adopt_job` names."""
        if "/" in self.adopt_job:
            return self.adopt_job
        return f"{names.parent(self.project, self.location)}/tuningJobs/{self.adopt_job}"


@dataclass(frozen=True)
class Submitted:
    """What a job was asked for, by the request that its record repeats."""

    request: Mapping[str, Any]

    @classmethod
    def of(cls, job: TuningJob) -> Self:
        return cls(job.request)

    @cached_property
    def canonical(self) -> Mapping[str, Any]:
        """The inputs that the request stands for."""
        return inputs_of_wire(self.request)

    @property
    def source(self) -> Source | None:
        """What the job says it continues from; None for one that starts from a base model."""
        named = self.request.get("preTunedModel")
        if not isinstance(named, Mapping) or not named:
            return None
        return Source(str(named.get("tunedModelName") or ""), str(named.get("checkpointId") or ""))

    @property
    def base_model(self) -> str:
        """What the job is tuned from in the end, by its short name; empty where its record does not say."""
        source = self.request.get("preTunedModel")
        named = self.request.get("baseModel") or (source.get("baseModel") if isinstance(source, Mapping) else "")
        return str(named or "").rpartition("/")[2]

    @property
    def method(self) -> Method | None:
        """How the job tunes; None for a kind that is none of ours."""
        return next((method for spec, method in _METHOD_OF_WIRE_SPEC.items() if self.request.get(spec)), None)

    @property
    def spec(self) -> Mapping[str, Any]:
        """The spec of the tuning method, as the API writes it; empty where the record has none."""
        found = (self.request.get(name) for name in _METHOD_OF_WIRE_SPEC)
        return next((spec for spec in found if isinstance(spec, Mapping)), {})

    @property
    def datasets(self) -> dict[str, str]:
        """URIs by role: `training`, `validation`."""
        roles = {"training": "trainingDatasetUri", "validation": "validationDatasetUri"}
        return {role: str(self.spec[key]) for role, key in roles.items() if self.spec.get(key)}

    @property
    def labels(self) -> Mapping[str, str]:
        """Those of the request, ours among them."""
        return self.request.get("labels") or {}

    @property
    def description(self) -> str:
        return str(self.request.get("description") or "")

    @property
    def tuned_model_display_name(self) -> str:
        """Empty where the service was to choose one."""
        return str(self.request.get("tunedModelDisplayName") or "")

    @property
    def hyper_parameters(self) -> Mapping[str, Any]:
        """Those of the tuning method, as the API names them."""
        specs = (spec for name, spec in self.request.items() if name.endswith("Spec") and isinstance(spec, Mapping))
        found: Mapping[str, Any] = next((spec["hyperParameters"] for spec in specs if "hyperParameters" in spec), {})
        return found

    @property
    def service_account(self) -> str:
        """Empty also for a job that is a few seconds old, whose record does not tell yet."""
        return str(self.request.get("serviceAccount") or "")
