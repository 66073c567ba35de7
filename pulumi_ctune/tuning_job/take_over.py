"""What a create takes over instead of submitting: the job of an earlier run, if there is one, and the resolved source.

Cancels what an earlier run left running for other inputs, and tells of jobs that cost and that nobody may hold. Which
jobs are the resource's own, `own_jobs` says; a job that the program names is `named_job`'s.
"""

from dataclasses import dataclass

from pulumi_ctune.core import job_states, names, ownership
from pulumi_ctune.core.api import TuningJob, Vertex
from pulumi_ctune.core.errors import SourceNotFoundError
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.core.retry import WaitContext, patiently
from pulumi_ctune.core.source import Source
from pulumi_ctune.tuning_job.job_cancellation import cancel
from pulumi_ctune.tuning_job.own_jobs import Finding, OwnJobs, find_own_jobs
from pulumi_ctune.tuning_job.request import Request, Submitted
from pulumi_ctune.tuning_job.source_lookup import resolve_source
from pulumi_ctune.tuning_job.state_entries import KnownEntries


@dataclass(frozen=True)
class Claim:
    """What a create claims its job by, and what is known of others."""

    token: str
    mark: str
    known: KnownEntries


@dataclass(frozen=True)
class Existing:
    """A job that is there already, if there is one, and the resolved source.

    `is_shared`: another resource holds the job as well; `mark_is_judged`: its mark has told whether one does.
    """

    job: TuningJob | None
    source: Source | None
    is_shared: bool = False
    mark_is_judged: bool = False


@dataclass(frozen=True)
class TakeOver:
    """The look for a job of an earlier run that does what the inputs of a create ask for."""

    vertex: Vertex
    context: WaitContext
    owner: Owner
    request: Request
    claim: Claim

    def existing(self) -> Existing:
        """A job of an earlier run that does what the inputs ask for, if there is one."""
        gone: SourceNotFoundError | None = None
        try:
            source = self._resolve(self.request.source)
        except SourceNotFoundError as error:  # the job that continues from it may be there nevertheless
            gone, source = error, self.request.source
        found = patiently(lambda: self._find(source), self.context)
        self._tell_of_others(found)
        for job in found.stale:
            self.context.report.warn(f"tuning job {job.name} was left running for other inputs: it is cancelled")
            cancel(self.vertex, self.context, job.name)
        if found.adoptable is None and gone is not None:
            raise gone
        if found.adoptable is not None:
            self.context.report.info(_taken_over(found.adoptable, found.finding))
            return Existing(
                found.adoptable,
                Submitted.of(found.adoptable).source,
                is_shared=found.finding is Finding.HELD_ELSEWHERE,
                mark_is_judged=found.finding in (Finding.HELD_ELSEWHERE, Finding.HOLDER_GONE),
            )
        return Existing(None, source)

    def submitted(self, source: Source | None) -> TuningJob | None:
        """The job that a request has made whose answer was lost, if it is there."""
        return self._find(source).adoptable

    def _resolve(self, asked: Source | None) -> Source | None:
        if asked is None:
            return None
        return patiently(lambda: resolve_source(self.vertex, asked, self.context.report), self.context)

    def _find(self, source: Source | None) -> OwnJobs:
        return find_own_jobs(self.vertex, self.owner, self.claim.token, self.request, source, self.claim.known)

    def _tell_of_others(self, found: OwnJobs) -> None:
        warn = self.context.report.warn
        for job, urn in found.held:
            self.context.report.info(
                f"tuning job {job.name} does the same, but resource '{urn.rpartition('::')[2]}' holds it"
            )
        for job in found.unattended:
            warn(
                f"tuning job {job.name} runs for other inputs of {ownership.holder_in_words(job.labels)}, and it is "
                f"not certain that nobody waits for it; to cancel it: {names.cancel_command(job.name)}"
            )
        for job in found.orphaned:
            warn(f"{job.tuned_model_name} was made in a run that died, and no stack holds it")
        for job in found.failed_with_model:
            warn(
                f"tuning job {job.name} for the same inputs failed but left {job.tuned_model_name}; to keep that "
                f"instead of training anew, set adopt_job to '{names.last_segment(job.name)}'"
            )


def _taken_over(job: TuningJob, finding: Finding) -> str:
    anew = "to train anew instead, change `triggers`"
    what = f"took over tuning job {job.name} ({job_states.words(job.state)})"
    match finding:
        case Finding.HOLDER_GONE:
            return (
                f"{what}, which an earlier run recorded for these inputs and no state of this run holds (a state that "
                f"was not saved, or an entry that was deleted); {anew}"
            )
        case Finding.ABANDONED:
            return f"{what}, which an earlier `pulumi destroy` left for these inputs; {anew}"
        case Finding.HELD_ELSEWHERE:
            return (
                f"{what}, which another resource has adopted meanwhile and holds: a destroy of either leaves what it "
                f"has made; {anew}"
            )
    return f"{what}, which this resource's inputs made before; {anew}"
