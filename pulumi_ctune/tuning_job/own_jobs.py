"""Find the job that an earlier run left behind, so that it is taken over instead of paid for twice.

A job is this resource's own by its labels (see `ownership`): made under this name, or under an earlier one for an
entry that this one has come of; or an entry of the saved state that has this resource's name holds it. Only evidence
counts: the token on the job, what the states hold, and whether the work is the same. Going through the own jobs from
the newest back:

    another resource holds it                           passed over, and named where the work is the same
    the predecessor's, still going                      cancelled: the resource is being replaced; left to whom it was
                                                        adopted from, or who holds it as well
    older than the one that the state recorded last     the search ends: it was replaced
    the predecessor's, and recorded                     the search ends: it is being replaced
    the predecessor's, never recorded                   passed over: what it was to replace may be taken back
    being cancelled                                     passed over
    still going, same work                              adopted
    still going, other work, this entry's token         cancelled: no state holds it
    still going, other work, another token              named with the command that cancels it
    succeeded, its model version is gone                passed over
    succeeded, same work, an older one for it waits     passed over, and named: the state recorded that one last
    succeeded, same work, no mark or a destroy's        adopted
    succeeded, same work, marked by this resource       adopted: its holder is gone
    succeeded, same work, marked by somebody else       adopted and shared: neither deletes it
    succeeded, other work, no mark or this entry's      named in a warning: a model that nobody holds
    succeeded, other work, a destroy's mark             passed over: what it replaced may have been taken back
    succeeded, other work, another mark                 passed over: a state that tells what was recorded last decides;
                                                        without one the search ends: what is older was replaced by it
    failed                                              passed over; named where it left a model version

The *predecessor* is the state entry that a create replaces. A diff tells of it, but not before a forced replacement
(`--replace`), which the engine announces like a new resource. So once there is a job that is or may be the resource's
own, the saved state is asked: it tells the predecessor, what other resources hold, and what the resource recorded
last: the predecessor's job, or that of an entry of this resource that still waits for its deletion, where the
predecessor has recorded nothing. Whose an entry is, its name tells; its token tells only where no resource has that
name now, since a resource that takes the old name of a renamed one starts with the same token. A mark on a version that
no entry holds says that its holder is gone: its save failed, it was deleted from the state, or it is in another state
file with the same names. A mark whose token is none of this resource's is somebody else's: another stack has adopted
the job by name. Where the saved state cannot be had, nothing is cancelled but the predecessor's job, and a marked job
is neither adopted nor doubled: the create fails, and says which input decides.

When work is the same, `same_work` says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum

from pulumi_ctune.core import job_states, names, ownership
from pulumi_ctune.core.api import TuningJob, Vertex
from pulumi_ctune.core.errors import NOT_SUBMITTED, CtuneError
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.core.source import Source
from pulumi_ctune.tuning_job.request import Request
from pulumi_ctune.tuning_job.same_work import SameWork, version_of
from pulumi_ctune.tuning_job.state_entries import HeldJob, KnownEntries

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Finding(Enum):
    """Why a job may be adopted."""

    GOING = "going"
    UNRECORDED = "unrecorded"
    ABANDONED = "abandoned"
    HOLDER_GONE = "holder gone"
    HELD_ELSEWHERE = "held elsewhere"


@dataclass(frozen=True)
class OwnJobs:
    """What was found.

    `stale` jobs still run and have to be cancelled, `unattended` ones still run and may belong to somebody else.
    `orphaned` jobs succeeded for other work and nobody holds their models; `failed_with_model` failed and left a model
    version; `held` are jobs for the same work that other resources of the run hold, with their URNs.
    """

    adoptable: TuningJob | None = None
    finding: Finding = Finding.GOING
    stale: Sequence[TuningJob] = ()
    unattended: Sequence[TuningJob] = ()
    orphaned: Sequence[TuningJob] = ()
    failed_with_model: Sequence[TuningJob] = ()
    held: Sequence[tuple[TuningJob, str]] = ()


def find_own_jobs(
    vertex: Vertex, owner: Owner, token: str, request: Request, source: Source | None, known: KnownEntries
) -> OwnJobs:
    """Look for jobs of this resource. `source` is what the inputs continue from, resolved.

    One list call, and one read for each succeeded job until the search ends. Raises `ApiError`.
    """
    listed = vertex.list_jobs(request.project, request.location)
    return _Search(vertex, owner, token, request, source, known).through(listed)


class _Search:
    def __init__(
        self,
        vertex: Vertex,
        owner: Owner,
        token: str,
        request: Request,
        source: Source | None,
        known: KnownEntries,
    ) -> None:
        self._vertex = vertex
        self._owner = owner
        self._resource = owner.key
        self._token = token
        self._request = request
        self._known = known
        self._is_same_work = SameWork(vertex, request, source).is_of
        self._predecessor = known.predecessor
        self._recorded_last: HeldJob | None = None
        self._note_recorded(self._predecessor)
        self._others = list(known.others)
        self._was_asked = False
        self._is_saved_state_known = False
        self._saved_here: set[str] = set()
        self._is_saved_by_its_name = False
        self._names_of_others: set[str] = set()
        self._stale: list[TuningJob] = []
        self._unattended: list[TuningJob] = []
        self._orphaned: list[TuningJob] = []
        self._failed_with_model: list[TuningJob] = []
        self._held: list[tuple[TuningJob, str]] = []

    def through(self, listed: Sequence[TuningJob]) -> OwnJobs:
        if self._only_the_saved_state_tells(listed):
            self._ask_saved_state()
        own = [job for job in listed if self._is_own(job)]
        for job in sorted(own, key=lambda job: job.create_time or _LONG_AGO, reverse=True):
            if self._predecessor and job.name == self._predecessor.job:
                if not job_states.is_final(job.state) and not self._is_held_by_another(self._predecessor):
                    self._stale.append(job)
                if self._predecessor.recorded:
                    break
                continue
            if self._is_replaced(job):
                break
            self._ask_saved_state()
            if holder := self._holder(job):
                if self._is_same_work(job):
                    self._held.append((job, holder.urn))
                continue
            if not job_states.is_final(job.state):
                if job.state == "JOB_STATE_CANCELLING":
                    continue
                if self._is_same_work(job):
                    return self._found(job, Finding.GOING)
                self._note_other_work_going(job)
            elif job_states.meaning(job.state) is job_states.Meaning.FAILED:
                if job.tuned_model_name and self._is_same_work(job):
                    self._failed_with_model.append(job)
            elif job.tuned_model_name:
                mark = _mark(self._vertex, job)
                if mark is None:
                    continue
                if self._is_same_work(job) and not self._is_older_one_held(job, own):
                    return self._found(job, self._finding(job, mark))
                if mark == ownership.ABANDONED:
                    continue
                if mark and ownership.token_of_hold(mark) != self._token:
                    if self._recorded_last is None:
                        break
                    continue
                self._orphaned.append(job)
        return self._found(None, Finding.GOING)

    def _only_the_saved_state_tells(self, listed: Sequence[TuningJob]) -> bool:
        """Whether there are jobs of which neither labels nor a diff say all."""
        if self._predecessor:
            return not self._predecessor.recorded and any(self._may_be_own(job) for job in listed)
        return any(self._is_own(job) or self._may_be_own(job) for job in listed)

    def _ask_saved_state(self) -> None:
        if self._was_asked:
            return
        self._was_asked = True
        saved = self._known.saved()
        self._is_saved_state_known = saved is not None
        current = [entry for entry in saved or () if not entry.leaving]
        self._is_saved_by_its_name = any(entry.urn == self._owner.urn for entry in current)
        self._names_of_others = {entry.urn for entry in current if not self._is_of_today(entry)}
        for entry in saved or ():
            if entry.urn == self._owner.urn:
                self._saved_here.add(entry.job)
                if self._predecessor is None and not entry.leaving:
                    self._predecessor = entry
            elif not self._is_of_earlier_name(entry):
                self._others.append(entry)
                continue
            self._note_recorded(entry)

    def _is_held_by_another(self, predecessor: HeldJob) -> bool:
        if predecessor.shared:
            return True
        self._ask_saved_state()
        return any(other.job == predecessor.job for other in self._others)

    def _note_recorded(self, entry: HeldJob | None) -> None:
        if entry and entry.recorded and (self._recorded_last is None or _made(entry) > _made(self._recorded_last)):
            self._recorded_last = entry

    def _is_older_one_held(self, job: TuningJob, own: Sequence[TuningJob]) -> bool:
        """Whether what the state recorded last is another job for the same work that now waits for its deletion.

        An edit is taken back then, and what a run that died has made meanwhile does not take that job's place. What
        another resource holds as well cannot be taken back.
        """
        last = self._recorded_last
        if last is None or not last.leaving or last.job == job.name:
            return False
        held = next((each for each in own if each.name == last.job), None)
        if held is None or self._holder(held) or not held.tuned_model_name or not self._is_same_work(held):
            return False
        return _mark(self._vertex, held) is not None

    def _is_of_earlier_name(self, entry: HeldJob) -> bool:
        """Whether an entry with another URN is this resource's nevertheless, which was renamed.

        A resource that has taken the old name of a renamed one starts with the same token as that one did. So a token
        tells only of what no other resource has the name of.
        """
        if self._is_of_today(entry):
            return True
        if not entry.leaving or entry.urn in self._names_of_others or self._key_of(entry) in self._known.keys:
            return False
        return self._is_of_predecessor(entry) or self._is_of_lineage(entry.token)

    def _is_of_today(self, entry: HeldJob) -> bool:
        """Whether an entry that does not wait for its deletion is this resource's, perhaps under its earlier name."""
        if self._is_saved_by_its_name:
            return entry.urn == self._owner.urn
        return not entry.leaving and self._is_of_predecessor(entry)

    def _is_of_predecessor(self, entry: HeldJob) -> bool:
        return self._predecessor is not None and entry.job == self._predecessor.job

    def _key_of(self, entry: HeldJob) -> str:
        return replace(self._owner, urn=entry.urn).key

    def _found(self, job: TuningJob | None, finding: Finding) -> OwnJobs:
        return OwnJobs(job, finding, self._stale, self._unattended, self._orphaned, self._failed_with_model, self._held)

    def _is_own(self, job: TuningJob) -> bool:
        """By its labels, or as an entry of this resource holds it, which was renamed since."""
        return (
            job.labels.get(ownership.RESOURCE) == self._resource
            or self._is_of_lineage(job.labels.get(ownership.TOKEN, ""))
            or job.name in self._saved_here
            or bool(self._predecessor and job.name == self._predecessor.job)
        )

    def _may_be_own(self, job: TuningJob) -> bool:
        """Whether the job was made in this stack under a name that no resource of the run has, or for the same work."""
        if not ownership.is_of_stack(job.labels, self._owner) or self._is_own(job) or self._holder(job):
            return False
        if job.labels.get(ownership.INPUTS) == self._request.key:
            return True
        return not job_states.is_final(job.state) and job.labels.get(ownership.RESOURCE) not in self._known.keys

    def _is_of_lineage(self, token: str) -> bool:
        """Whether this resource's entry, or the one that it replaces, has come of the entry with this token."""
        if not token:
            return False
        line = ownership.recent_line(token)
        tokens = (self._token, self._predecessor.token) if self._predecessor else (self._token,)
        return any(f" {each} " in line for each in tokens)

    def _holder(self, job: TuningJob) -> HeldJob | None:
        return next((other for other in self._others if other.job == job.name), None)

    def _finding(self, job: TuningJob, mark: str) -> Finding:
        if not mark:
            return Finding.UNRECORDED
        if mark == ownership.ABANDONED:
            return Finding.ABANDONED
        if job.name not in self._saved_here and not self._is_this_resources(ownership.token_of_hold(mark), job):
            return Finding.HELD_ELSEWHERE
        if (
            self._is_saved_state_known or self._predecessor
        ):  # with a predecessor that a diff has told, no other entry has this URN
            return Finding.HOLDER_GONE
        raise CtuneError(
            NOT_SUBMITTED,
            where=job.name,
            why="it did the same work, its model version is marked as recorded, and the stack's saved state could not "
            "be read (`pulumi stack export`) to tell by whom",
            next_step=f"Set adopt_job to '{names.last_segment(job.name)}' to keep it, or change triggers to train "
            "anew.",
        )

    def _is_this_resources(self, token: str, job: TuningJob) -> bool:
        return (
            self._is_of_lineage(token)
            or ownership.is_of_line(token, self._owner)
            or ownership.is_of_its_maker(token, job.labels, self._owner)
        )

    def _is_replaced(self, job: TuningJob) -> bool:
        """Whether the resource recorded a job that was made later, in another location even."""
        return self._recorded_last is not None and (job.create_time or _LONG_AGO) < _made(self._recorded_last)

    def _note_other_work_going(self, job: TuningJob) -> None:
        tokens = (self._token, self._predecessor.token) if self._predecessor else (self._token,)
        is_nobodys = self._is_saved_state_known and job.labels.get(ownership.TOKEN) in tokens
        (self._stale if is_nobodys else self._unattended).append(job)


def _made(entry: HeldJob) -> datetime:
    return entry.create_time or _LONG_AGO


def _mark(vertex: Vertex, job: TuningJob) -> str | None:
    """The mark on the job's model version; empty without one, None when the version is gone."""
    version = version_of(vertex, job)
    return None if version is None else version.labels.get(ownership.RECORDED, "")
