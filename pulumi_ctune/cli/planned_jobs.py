"""The tuning jobs of a preview: which of them `pulumi up` would submit, and with which inputs.

Reads the document of `pulumi preview --json` and asks nobody. A job that an interrupted run left is resumed, and one
that is adopted exists already: neither is paid for again. Jobs that continue from a resumed one are still to be paid,
so they count here; `docs/workflows/training_runs.py`, which asks what nobody has agreed to yet, passes them over.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pulumi_ctune.cli.pulumi_cli import SECRET, UNKNOWN_VALUE
from pulumi_ctune.core.type_tokens import type_of
from pulumi_ctune.core.values import UNKNOWN, Unknown
from pulumi_ctune.native import saved_entries

TYPE = type_of("ContinuousTuningJob")
TYPES = (TYPE, "ctune:index:ContinuousTuningJob")  # of the dynamic provider, and of the plugin
MAY_TRAIN = "may train again"  # how a line of the preview starts where only the update can tell
Fate = Literal["create", "replace", "possible", "resumed", "adopted"]
"""What the update does: submit a first job, or another one; maybe submit one; wait for one, or take one over."""


class Secret(Unknown):
    """A value that the preview does not show."""


@dataclass(frozen=True)
class PlannedJob:
    """`inputs` as the provider has checked them, with `UNKNOWN` for what is known only after the update. `sources` are
    the URNs of jobs that `pre_tuned_model` comes from.
    """

    urn: str
    fate: Fate
    inputs: Mapping[str, Any] = field(repr=False)
    sources: Sequence[str] = ()
    why: str = ""

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]

    @property
    def is_submitted(self) -> bool:
        """Whether the update makes a job, or may make one."""
        return self.fate in ("create", "replace", "possible")


@dataclass(frozen=True)
class Preview:
    """`jobs` in the order in which they would be made; `base_models` of all jobs whose program names one, by URN."""

    jobs: Sequence[PlannedJob]
    base_models: Mapping[str, str]

    def base_model(self, job: PlannedJob) -> str:
        """What the job is tuned from in the end; empty where the preview does not tell."""
        if isinstance(named := job.inputs.get("base_model"), str):
            return named
        return next((self.base_models[urn] for urn in job.sources if urn in self.base_models), "")


def read(preview: Mapping[str, Any]) -> Preview:
    """The jobs of a preview's document."""
    possible = dict(_possible(preview.get("diagnostics") or ()))
    jobs: list[PlannedJob] = []
    base_models: dict[str, str] = {}
    for step in preview.get("steps") or ():
        urn, state = str(step.get("urn")), saved_entries.readable(step.get("newState") or {})
        if not _is_job(urn) or not state:
            continue
        inputs = _known(state.get("inputs") or {})
        dependencies = state.get("propertyDependencies") or {}
        sources = [each for each in dependencies.get("pre_tuned_model") or () if _is_job(each)]
        base_model = inputs.get("base_model") or next(
            (base_models[each] for each in sources if each in base_models), ""
        )
        if isinstance(base_model, str) and base_model:
            base_models[urn] = base_model
        fate = _fate(step, inputs, urn in possible)
        if fate and urn not in {job.urn for job in jobs}:  # a replacement is more than one step
            jobs.append(PlannedJob(urn, fate, inputs, sources, possible.get(urn, "")))
    return Preview(jobs, base_models)


def _fate(step: Mapping[str, Any], inputs: Mapping[str, Any], possible: bool) -> Fate | None:
    match step.get("op"):
        case "create" | "replace" | "create-replacement" if inputs.get("adopt_job"):
            return "adopted"
        case "create":
            return "create"
        case "replace" | "create-replacement":
            return "replace"
        case "update" if (step.get("oldState") or {}).get("initErrors"):
            return "resumed"
        case _:
            return "possible" if possible else None


def _possible(diagnostics: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for line in diagnostics:
        urn, message = str(line.get("urn")), str(line.get("message"))
        if MAY_TRAIN in message and _is_job(urn):
            yield urn, message[message.index(MAY_TRAIN) :].strip()  # after the severity


def _is_job(urn: str) -> bool:
    """By the resource's own type: before it are those of its parents."""
    parts = urn.split("::")
    own = parts[2].rpartition("$")[2] if len(parts) > 3 else ""
    return own in TYPES


def _known(value: Any) -> Any:
    if value == UNKNOWN_VALUE:
        return UNKNOWN
    if value == SECRET:
        return Secret()
    if isinstance(value, Mapping):
        return {key: _known(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_known(item) for item in value]
    return value
