"""Record what a finished job has made: its state, the mark on its model version, labels and names in line.

The mark says which state entry claims the version, see `core.ownership`; metadata itself is `metadata`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_ctune.core import ownership
from pulumi_ctune.core.api import ModelVersion, TuningJob, Vertex
from pulumi_ctune.core.errors import ApiError
from pulumi_ctune.core.hidden import HOLD, SHARED
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.core.registry_edits import changed_labels, edit_version
from pulumi_ctune.core.retry import WaitContext, patiently
from pulumi_ctune.core.series import read_metrics
from pulumi_ctune.core.source import Source
from pulumi_ctune.tuning_job.attributes import MADE_MODEL
from pulumi_ctune.tuning_job.metadata import bring_in_line
from pulumi_ctune.tuning_job.outputs import state_of
from pulumi_ctune.tuning_job.request import Request
from pulumi_ctune.tuning_job.state import PutBefore


@dataclass(frozen=True)
class Hold:
    """How a state entry holds its job: the mark that it puts on the model version, whether another resource had the job
    before it, and whether the version becomes this entry's whoever claimed it before (`claims`). `mark_is_judged`:
    whether another has it is known from the mark that is on the version.
    """

    mark: str
    is_shared: bool
    claims: bool
    mark_is_judged: bool = False

    @property
    def entry(self) -> dict[str, Any]:
        """What the state says of it."""
        return {HOLD: self.mark, **({SHARED: True} if self.is_shared else {})}


@dataclass(frozen=True)
class Recorder:
    """Records jobs of one resource."""

    vertex: Vertex
    context: WaitContext
    owner: Owner

    def record(
        self, request: Request, job: TuningJob, source: Source | None, hold: Hold, put_before: PutBefore
    ) -> dict[str, Any]:
        """Return the state of a job that has made a model version. Raises `ApiError`."""
        if job.state == "JOB_STATE_PARTIALLY_SUCCEEDED":
            self.context.report.warn(f"tuning job {job.name} succeeded only in part: its model may be incomplete")
        metrics = read_metrics(self.vertex, job, self.context)
        version = patiently(lambda: self.vertex.get_model_version(job.tuned_model_name), self.context)
        state = state_of(request.written, job, source=source, version=version, metrics=metrics) | hold.entry
        if hold.claims or version.labels.get(ownership.RECORDED, "") in ("", ownership.ABANDONED):
            if not hold.mark_is_judged and self._was_claimed_meanwhile(job, version, hold.mark):
                state[SHARED] = True
                self.context.report.warn(
                    f"another resource holds tuning job {job.name} too: a destroy of either leaves what it has made"
                )
            version = self._mark(version, hold.mark)
        bring_in_line(
            self.vertex,
            self.context,
            request,
            job,
            version,
            made_model=bool(state.get(MADE_MODEL)),
            put_before=put_before,
        )
        return state

    def _was_claimed_meanwhile(self, job: TuningJob, version: ModelVersion, own_mark: str) -> bool:
        """Whether somebody else has claimed a job that is not this resource's own, such as one made by hand, while it
        ran.
        """
        mark = version.labels.get(ownership.RECORDED, "")
        holder = ownership.token_of_hold(mark)
        return (
            mark not in ("", ownership.ABANDONED)
            and job.labels.get(ownership.RESOURCE) != self.owner.key
            and not ownership.descends(ownership.token_of_hold(own_mark), holder)
            and not ownership.is_of_line(holder, self.owner)
        )

    def _mark(self, version: ModelVersion, mark: str) -> ModelVersion:
        """Say on the model version which state entry claims it. Not being allowed to is a warning."""
        if version.labels.get(ownership.RECORDED) == mark:
            return version

        def claimed(now: ModelVersion) -> Mapping[str, Any]:
            return changed_labels(now.labels, {ownership.RECORDED: mark})

        try:
            return edit_version(self.vertex, self.context, version.name, claimed, just_read=version)
        except ApiError as error:
            self.context.report.warn(
                f"{version.name} could not be marked as held by this stack, so nobody else can tell: {error.why}"
            )
            return version
