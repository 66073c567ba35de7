"""The names of what a resource's state holds. Imports next to nothing of ours: the program needs them too.

The state is flat: the inputs as they were checked, the outputs, and hidden entries, which Pulumi shows to nobody.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from pulumi_ctune.core.type_tokens import type_of

if TYPE_CHECKING:
    from pulumi_ctune.core.values import Unknown

NAME = "ContinuousTuningJob"
"""The name of the resource's class."""

TYPE = type_of(NAME)
"""The type of the resource in states and URNs."""


class SourceInput(TypedDict, total=False):
    """The input `pre_tuned_model`."""

    tuned_model_name: "str | Unknown"
    checkpoint_id: "str | float | Unknown"


class Inputs(TypedDict, total=False):
    """The inputs as they are written: plain values, of which a preview may not know all. `checks` has their rules."""

    project: "str | Unknown"
    location: "str | Unknown"
    base_model: "str | Unknown"
    pre_tuned_model: "SourceInput | Unknown"
    supervised_tuning_spec: "Mapping[str, Any] | Unknown"
    reinforcement_tuning_spec: "Mapping[str, Any] | Unknown"
    preference_optimization_spec: "Mapping[str, Any] | Unknown"
    tuned_model_display_name: "str | Unknown"
    description: "str | Unknown"
    labels: "Mapping[str, Any] | Unknown"
    encryption_spec: "Mapping[str, Any] | Unknown"
    service_account: "str | Unknown"
    triggers: "Sequence[Any] | Unknown"
    adopt_job: "str | Unknown"
    deletion_policy: "str | Unknown"
    budget: "Mapping[str, Any] | Unknown"


INPUTS = tuple(Inputs.__annotations__)
"""Every input of the resource; each reads back as an attribute of the same name."""


class CheckpointOutput(TypedDict):
    """One of the output `checkpoints`."""

    checkpoint_id: str
    epoch: int | None
    step: int | None
    endpoint: str


class Outputs(TypedDict, total=False):
    """The outputs. Those of a job that was not followed to its end are there as far as they are known."""

    name: str
    state: str
    tuned_model_name: str
    model: str
    version_id: str | None
    endpoint: str
    endpoint_id: str
    endpoint_location: str
    checkpoints: Sequence[CheckpointOutput]
    default_checkpoint_id: str | None
    experiment: str | None
    source_model_name: str | None
    source_checkpoint_id: str | None
    create_time: str | None
    start_time: str | None
    end_time: str | None
    billable_token_count: int | None
    training_token_count: int | None
    dropped_example_count: int | None
    console_url: str
    metrics: Mapping[str, float]


OUTPUTS = tuple(Outputs.__annotations__)
"""Every output of the resource."""

OPTIONAL_OUTPUTS = (
    "default_checkpoint_id",
    "experiment",
    "source_model_name",
    "source_checkpoint_id",
    "start_time",
    "end_time",
    "billable_token_count",
    "training_token_count",
    "dropped_example_count",
)
"""The outputs that may be None."""


class Properties(Inputs, Outputs, total=False):
    """What a state holds, but for the hidden entries."""


MADE_MODEL = "__made_model"
"""Whether the job made a model of its own, rather than the next version of its source's."""

PUT_BEFORE = "__put_before"
"""What an update has still to take out at Google: keys of labels, a description. Only in the state of one that failed;
`metadata` reads it.
"""
