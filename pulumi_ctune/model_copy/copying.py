"""Copy a version under a model exactly once.

`models:copy` has no request id and takes no labels. So before anything is sent, and again after each answer that was
lost, copies under way are waited for and the model's versions are looked through for one of this source: our own, or
one that nobody has marked. What a request came to:

    no connection, 429            nothing was made: it is sent again
    403                           nothing was made; grants take minutes to arrive, so it is tried again for a while
    ALREADY_EXISTS                an earlier request has made the model, or is about to: looked for
    other refusals                nothing was made: final
    5xx, no answer                it may have been made: looked for, then sent again

Knows neither HTTP nor Pulumi.
Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/model-registry/copy-model
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pulumi_ctune.core import operations
from pulumi_ctune.core.api import ModelVersion, Operation, Vertex
from pulumi_ctune.core.errors import (
    ApiError,
    CtuneError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    UnavailableError,
)
from pulumi_ctune.core.names import last_segment, same_resource
from pulumi_ctune.core.ownership import Owner, holder_in_words
from pulumi_ctune.core.registry_edits import edit_version
from pulumi_ctune.core.retry import Retries, WaitContext, patiently
from pulumi_ctune.core.retry_policies import GRANTS, LATE_LIST, OUT_OF_REACH, REQUEST_ON_ITS_WAY, TAKEN_ID_UNSEEN
from pulumi_ctune.model_copy import marks

_TAKEN = "ALREADY_EXISTS"

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Wanted:
    """What is to be copied where, and whose it is to be. `target` is a model's name, `is_new` whether it is of our
    making; `hold` is the mark of the state entry.
    """

    source: ModelVersion
    project: str
    location: str
    target: str
    is_new: bool
    kms_key_name: str
    owner: Owner
    hold: str

    @property
    def body(self) -> dict[str, Any]:
        key = {"encryptionSpec": {"kmsKeyName": self.kms_key_name}} if self.kms_key_name else {}
        model = {"modelId": last_segment(self.target)} if self.is_new else {"parentModel": self.target}
        return {"sourceModel": self.source.name, **model, **key}

    def is_met_by(self, version: ModelVersion) -> bool:
        """Whether this is a copy as it is wanted, whoever has it."""
        same_key = same_resource(version.kms_key_name, self.kms_key_name) is not False
        return same_key and same_resource(version.copied_from, self.source.name) is not False


class Grants:
    """The patience with a refusal that grants which are minutes old explain; it begins with the first one."""

    def __init__(self, context: WaitContext, *, are_needed: bool) -> None:
        self._context = context
        self._are_needed = are_needed
        self._retries: Retries | None = None

    def waited_for(self, call: Callable[[], _Result]) -> _Result:
        """What the call returns, which may be repeated."""
        while True:
            try:
                return patiently(call, self._context)
            except PermissionDeniedError as error:
                self.pause_or_raise(error)

    def pause_or_raise(self, error: ApiError) -> None:
        """Pause after a refusal. Raises it where no grant is needed, or none can be on its way any more."""
        if not self._are_needed or error.is_unauthenticated:
            raise error
        if self._retries is None:
            self._retries = Retries(GRANTS, self._context)
            self._context.report.warn(
                f"Google refuses the copy, which grants that are minutes old explain: trying again for "
                f"{round(GRANTS.within_s / 60)} minutes ({error.why})"
            )
        if self._retries.elapsed_s() >= GRANTS.within_s:
            raise error
        self._context.report.status(f"waiting for the grants: {error.why}")
        self._retries.pause(error)


class Copying:
    """One verb's work on one copy. `may_exist`: a request was sent of which nobody knows that it made nothing."""

    def __init__(self, vertex: Vertex, context: WaitContext, wanted: Wanted, grants: Grants) -> None:
        self._vertex = vertex
        self._context = context
        self._wanted = wanted
        self._grants = grants
        self._outages = Retries(OUT_OF_REACH, context)
        self._taken: Retries | None = None
        self.may_exist = False

    def run(self) -> ModelVersion:
        """The version, marked as ours. Raises `ApiError` and `CtuneError`."""
        found = self.there()
        if found is not None:
            self._context.report.info(f"took over {found.name}, a copy of {self._wanted.source.name} that was there")
            return found
        while True:
            made = self._send()
            if made is not None:
                self._context.report.info(f"copied {self._wanted.source.name} to {made.name}")
                return made

    def there(self) -> ModelVersion | None:
        """A copy that is there already, marked as ours now."""
        self._settle()
        fitting = [version for version in self._versions() if self._wanted.is_met_by(version)]
        own = [version for version in fitting if marks.is_owned(version, self._wanted.owner)]
        for version in [*own, *(version for version in fitting if not marks.is_marked(version))]:
            if taken := self._take(version):
                return taken
        return None

    def _settle(self) -> None:
        """Wait for every copy under way to the model: one of a run that was killed is in no state."""
        try:
            listed = patiently(lambda: self._vertex.list_copy_operations(self._wanted.target), self._context)
        except ApiError:  # not there yet, or not ours to list: what has come of them is seen all the same
            return
        for operation in listed:
            if not operation.done:
                text = f"waiting for a copy to {self._wanted.target}, which somebody began"
                operations.finish(self._vertex, self._context, operation, text, signed_in=True)

    def _versions(self) -> Sequence[ModelVersion]:
        """The versions of the model, the newest first; none where it is not there."""
        try:
            listed = patiently(lambda: self._vertex.list_model_versions(self._wanted.target), self._context)
        except NotFoundError:
            return ()
        return sorted(listed, key=lambda version: int(version.version_id), reverse=True)

    def _take(self, version: ModelVersion) -> ModelVersion | None:
        """Mark a version as ours; None where somebody else was faster."""
        wanted = self._wanted

        def changes_of(now: ModelVersion) -> dict[str, Any]:
            if marks.is_marked(now) and not marks.is_owned(now, wanted.owner):
                return {}
            labels = marks.labels_of(now, wanted.owner, wanted.hold)
            return {"labels": labels} if labels != dict(now.labels) else {}

        after = edit_version(self._vertex, self._context, version.name, changes_of)
        return after if marks.is_owned(after, wanted.owner) else None

    def _send(self) -> ModelVersion | None:
        """Ask for the copy once; None where it is to be asked for again."""
        wanted, before = self._wanted, self.may_exist
        self.may_exist = True
        try:
            operation = self._vertex.start_model_copy(wanted.project, wanted.location, wanted.body)
        except ApiError as error:
            if error.proves_nothing_was_made:
                self.may_exist = before
            return self._after(error)
        except CtuneError as error:
            self.may_exist = before or not error.never_sent
            raise
        return self._ended(operation)

    def _ended(self, operation: Operation) -> ModelVersion | None:
        text = f"copying {self._wanted.source.name} to {self._wanted.target}"
        ended = operations.finish(self._vertex, self._context, operation, text, signed_in=True)
        if ended.error is not None:
            self.may_exist = False
            return self._after_operation(ended.error)
        if ended.made and (taken := self._take_named(ended.made)):
            return taken
        return self.there()

    def _take_named(self, name: str) -> ModelVersion | None:
        try:
            version = patiently(lambda: self._vertex.get_model_version(name), self._context)
        except NotFoundError:  # lists and reads may lag behind
            return None
        return self._take(version) if self._wanted.is_met_by(version) else None

    def _after_operation(self, error: ApiError) -> ModelVersion | None:
        """A copy that was begun and has failed has made nothing."""
        if error.status == _TAKEN and self._wanted.is_new:
            return self._look_for_taken(error)
        if isinstance(error, PermissionDeniedError):
            self._grants.pause_or_raise(error)
        elif isinstance(error, UnavailableError | QuotaExceededError):
            self._out_of_reach(error)
        else:
            raise error
        return None

    def _after(self, error: ApiError) -> ModelVersion | None:
        if isinstance(error, QuotaExceededError) or (error.never_sent and isinstance(error, UnavailableError)):
            self._out_of_reach(error)
            return None
        if error.status == _TAKEN and self._wanted.is_new:
            return self._look_for_taken(error)
        if isinstance(error, PermissionDeniedError):
            self._grants.pause_or_raise(error)
            return None
        if error.proves_nothing_was_made:
            raise error
        if found := self._look_for_lost(error):
            return found
        if not isinstance(error, UnavailableError):
            raise error
        self._out_of_reach(error)
        return None

    def _out_of_reach(self, error: ApiError) -> None:
        self._context.report.status(f"Vertex AI is out of reach, still trying: {error.why}")
        self._outages.pause(error)

    def _look_for_lost(self, error: ApiError) -> ModelVersion | None:
        """What the lost request has made, or None once it can be on its way no more."""
        self._context.report.status(f"the answer was lost, looking for the copy: {error.why}")
        policy = LATE_LIST if error.from_google else REQUEST_ON_ITS_WAY
        looks = Retries(policy, self._context)
        while not looks.is_last:
            looks.pause(error)
            if found := self.there():
                return found
        return None

    def _look_for_taken(self, error: ApiError) -> ModelVersion | None:
        """The model of the id that is taken, if it is our copy. Raises `InvalidInputError` if it is something else."""
        if found := self.there():
            return found
        if versions := self._versions():
            self.may_exist = False
            raise self._is_other(versions[0], error)
        if self._taken is None:
            self._taken = Retries(TAKEN_ID_UNSEEN, self._context)
        if self._taken.elapsed_s() >= TAKEN_ID_UNSEEN.within_s:
            raise error
        self._context.report.status(f"{self._wanted.target} is being made, looking for it")
        self._taken.pause(error)
        return None

    def _is_other(self, version: ModelVersion, error: ApiError) -> CtuneError:
        if not version.copied_from:
            there = "is no copy"
        elif same_resource(version.copied_from, self._wanted.source.name) is False:
            there = f"is a copy of {version.copied_from}"
        elif marks.is_marked(version) and not marks.is_owned(version, self._wanted.owner):
            there = f"is the copy of {holder_in_words(version.labels)}"
        else:
            there = f"is encrypted with {version.kms_key_name or 'no key of yours'}"
        return InvalidInputError(
            "",
            where="model_id",
            why=f"there is {version.model} already, and it {there} ({error.why})",
            next_step="Give another model_id, or name that model in parent_model to make the copy its next version.",
        )
