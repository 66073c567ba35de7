"""What a state holds of a job, parsed once: the inputs as they were checked, the outputs, the hidden entries.

States of earlier releases, and of runs that were cut short, lack some of it: what is absent is empty. Values that are
not of their form are read as absent too. `outputs` writes what is read here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, cast

from pulumi_ctune.core import names, ownership
from pulumi_ctune.core.canonical import canonical_inputs, canonical_value
from pulumi_ctune.core.deletion_policy import ABANDON
from pulumi_ctune.core.fields import input_fields
from pulumi_ctune.core.hidden import ECHOED, OWNER, RECORDED, SHARED
from pulumi_ctune.core.source import Source
from pulumi_ctune.tuning_job.attributes import MADE_MODEL, PUT_BEFORE, Inputs, Properties

if TYPE_CHECKING:
    from pulumi_ctune.core.api import TuningJob  # not loaded for a check or a diff


def named_source(properties: Mapping[str, Any]) -> Source | None:
    """The input `pre_tuned_model` of a state, or of the inputs beside one."""
    written = cast("Inputs", properties).get("pre_tuned_model")
    named = canonical_value(input_fields()["pre_tuned_model"], written)
    return Source.of(named) if isinstance(named, Mapping) else None


@dataclass(frozen=True)
class PutBefore:
    """What inputs put at Google before an update: keys of labels, and whether a description.

    What is gone from the program has to go there. `recorded`: the job was recorded, so its submission is history.
    """

    labels: frozenset[str] = frozenset()
    description: bool = False
    recorded: bool = False

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        return cls(frozenset(entry.get("labels", ())), bool(entry.get("description")), bool(entry.get("recorded")))

    @property
    def entry(self) -> dict[str, Any]:
        """As a state holds it."""
        return {"labels": sorted(self.labels), "description": self.description, "recorded": self.recorded}


@dataclass(frozen=True)
class State:
    """`held` is the state as Pulumi holds it. `source` is the version and checkpoint that the job continues from, as
    recorded; `named_source` is how the inputs name it.
    """

    held: Mapping[str, Any]
    name: str
    job_state: str
    project: str
    location: str
    tuned_model_name: str
    tuned_model_display_name: str
    description: str
    source: Source | None
    triggers: Any
    deletion_policy: str
    create_time: datetime | None
    owner: Mapping[str, Any]
    token: str
    hold: str
    is_recorded: bool
    is_shared: bool
    is_echoed: bool
    made_model: bool
    put_before: PutBefore

    @classmethod
    def parse(cls, held: Mapping[str, Any]) -> Self:
        given = cast("Properties", held)
        source_name = _text(given.get("source_model_name"))
        return cls(
            held=held,
            name=_text(given.get("name")),
            job_state=_text(given.get("state")),
            project=_text(given.get("project")),
            location=_text(given.get("location")),
            tuned_model_name=_text(given.get("tuned_model_name")),
            tuned_model_display_name=_text(given.get("tuned_model_display_name")),
            description=_text(given.get("description")),
            source=Source(source_name, _text(given.get("source_checkpoint_id"))) if source_name else None,
            triggers=given.get("triggers") or [],
            deletion_policy=str(given.get("deletion_policy") or ABANDON),
            create_time=_moment(given.get("create_time")),
            owner=held.get(OWNER) or {},
            token=ownership.token_of(held),
            hold=ownership.hold_of(held),
            is_recorded=bool(held.get(RECORDED)),
            is_shared=bool(held.get(SHARED)),
            is_echoed=bool(held.get(ECHOED)),
            made_model=bool(held.get(MADE_MODEL)),
            put_before=PutBefore.of(held.get(PUT_BEFORE) or {}),
        )

    @cached_property
    def canonical(self) -> Mapping[str, Any]:
        """The inputs in canonical form."""
        return canonical_inputs(self.held)

    @property
    def labels(self) -> Mapping[str, str]:
        """Those that the inputs put on what the job made."""
        found: Mapping[str, str] = self.canonical.get("labels", {})
        return found

    @cached_property
    def named_source(self) -> Source | None:
        return named_source(self.held)

    @cached_property
    def projects(self) -> tuple[str, ...]:
        """Id and number of the job's project, as far as they are known: the job's name has the number."""
        number = (names.JobName.parse(self.name).project,) if self.name else ()
        return (*number, *((self.project,) if self.project else ()))

    @cached_property
    def job(self) -> "TuningJob":
        """The job as it is recorded. What it was asked for is in the inputs."""
        from pulumi_ctune.core.api import Checkpoint, TuningJob

        given = cast("Properties", self.held)
        checkpoints = [
            Checkpoint(
                checkpoint_id=_text(entry.get("checkpoint_id")),
                epoch=_whole(entry.get("epoch")),
                step=_whole(entry.get("step")),
                endpoint=_text(entry.get("endpoint")),
            )
            for entry in given.get("checkpoints") or ()
        ]
        return TuningJob(
            name=self.name,
            state=self.job_state,
            create_time=self.create_time,
            start_time=_moment(given.get("start_time")),
            end_time=_moment(given.get("end_time")),
            tuned_model_name=self.tuned_model_name,
            endpoint=_text(given.get("endpoint")),
            checkpoints=tuple(checkpoints),
            experiment=_text(given.get("experiment")),
            billable_token_count=_whole(given.get("billable_token_count")),
            training_token_count=_whole(given.get("training_token_count")),
            dropped_example_count=_whole(given.get("dropped_example_count")),
        )

    def remembering(self) -> PutBefore:
        """What an update of this state has to remember: what its inputs put, and what an earlier update left to do."""
        return PutBefore(
            labels=self.put_before.labels | self.labels.keys(),
            description=self.put_before.description or bool(self.description),
            recorded=self.is_recorded,
        )


def _text(value: Any) -> str:
    return str(value or "")


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
