"""Run the verbs of whatever kind of resource: settings, the client, the wait_context, and how a verb fails.

Knows no resource and no host: a front keeps one `VerbRunner` for each kind, and says which call it serves. What only
the long verbs need loads with the first of them: a preview has checks and diffs alone, and should be quick.
"""

import os
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from pulumi_ctune import agreement
from pulumi_ctune.config import Settings
from pulumi_ctune.core.errors import CtuneError, InvalidInputError
from pulumi_ctune.core.hidden import OWNER, SERVICE
from pulumi_ctune.core.kind import Call, Checked, CheckRun, DiffRun, Failure, Kind, Made, Values, VerbRun
from pulumi_ctune.core.outcomes import Found, Plan, Unfinished
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.core.program_facts import GCP_PROVIDER, SETTINGS, TROUBLE
from pulumi_ctune.core.values import Unknown
from pulumi_ctune.verbs import interruption, status
from pulumi_ctune.verbs.long_verb import LongVerb
from pulumi_ctune.verbs.status import Severity

if TYPE_CHECKING:
    from pulumi_ctune.core.api import Vertex

_Result = TypeVar("_Result")

_reported: set[tuple[str, str]] = set()  # by this process, whichever instance of a provider it was
_reported_lock = threading.Lock()


class VerbFailed(Exception):
    """A verb failed: `text` is the one line for the user, `kept` what must be saved nevertheless."""

    def __init__(self, text: str, kept: Made | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.kept = kept


class VerbRunner:
    """The stack's settings and a kind that works by them; one for each instance of a provider.

    `get` looks a key of the stack config up. Settings that cannot be used are told by each verb as one line; raised
    here they would be a traceback. The argument `program` is what the program told of itself (`program_facts`). All
    verbs but `check` raise `VerbFailed` for what is foreseeable. `readable` makes of an entry of the saved state one
    with our types and names, for a front whose states have others.
    """

    def __init__(
        self,
        kind: Kind,
        get: Callable[[str], str | None],
        readable: Callable[[Values], Values] = lambda resource: resource,
    ) -> None:
        self._kind = kind
        self._settings = _load(get)
        self._readable = readable

    def check(self, call: Call, old_inputs: Values, inputs: Values, program: Any) -> Checked:
        """The kind's check, and what is wrong with the settings."""
        call = self._known_by_name(call, inputs)
        facts = program if isinstance(program, Mapping) else {}
        if isinstance(self._settings, CtuneError):
            service, wrong = "", [str(self._settings)]
        else:
            service, wrong = self._settings.kind, _disagreements(self._settings, facts, old_inputs)
            if not wrong:
                _tell_once("", [f"Tuned models of this stack are at {self._settings.service}"], Severity.INFO)
        with interruption.heard_by(interruption.Watch(call)):
            checked = self._kind.check(self._check_run(call, facts, service, wrong), old_inputs, inputs)
        _tell_once(call.urn, checked.warnings, Severity.WARNING)
        _tell_once(call.urn, checked.notes, Severity.INFO)
        return replace(checked, failures=[*checked.failures, *(Failure("", line) for line in wrong)])

    def _check_run(self, call: Call, program: Values, service: str, wrong: Collection[str]) -> CheckRun:
        """A check asks the API only where nothing is wrong with the settings."""
        if wrong or isinstance(self._settings, CtuneError):
            return CheckRun(call, program, service)
        client = self._client if self._settings.looks_at_datasets else None
        return CheckRun(call, program, service, self._settings.spending, client)

    def diff(self, call: Call, id_: str, state: Values, inputs: Values) -> Plan:
        """The kind's diff. A Ctrl-C ends what it asks of the API."""
        call = self._known_by_name(call, state)
        try:
            with interruption.heard_by(interruption.Watch(call)):
                plan = self._kind.diff(DiffRun(call, self._client), id_, state, inputs)
        except CtuneError as error:
            raise VerbFailed(str(error)) from None
        _tell_once(call.urn, plan.notes, Severity.INFO)
        _tell_once(call.urn, plan.warnings, Severity.WARNING)
        return plan

    def create(self, under_way: LongVerb, inputs: Values) -> Made:
        return self._run("Create", under_way, lambda run: self._kind.create(run, inputs), entry=inputs)

    def update(self, under_way: LongVerb, id_: str, state: Values, inputs: Values) -> Values:
        return self._run("Update", under_way, lambda run: self._kind.update(run, id_, state, inputs), entry=state)

    def read(self, under_way: LongVerb, id_: str, state: Values, inputs: Values, program: Any) -> Found | None:
        """None for what is gone. Where there is no state, as for `.get()`, that would be taken for an empty resource,
        so then it is an error.
        """

        def work(run: VerbRun) -> Found | None:
            found = self._kind.read(run, id_, state, inputs)
            if found is None and not state.get(self._kind.mark_of_state):
                raise InvalidInputError(self._kind.absent, where=id_)
            return found

        return self._run("Read", under_way, work, entry=state, program=program)

    def delete(self, under_way: LongVerb, id_: str, state: Values) -> None:
        self._run("Delete", under_way, lambda run: self._kind.delete(run, id_, state), entry=state)

    def _run(
        self,
        verb: str,
        under_way: LongVerb,
        work: Callable[[VerbRun], _Result],
        *,
        entry: Values,
        program: Any = None,
    ) -> _Result:
        """Run a verb and turn what is foreseeable into one line.

        `entry` is what the state has of the resource, or is to have: a destroy and a refresh have no check before them,
        nor has `.get()`.
        """
        from pulumi_ctune.core.retry import WaitContext

        try:
            settings = self._usable_settings()
            if lines := _disagreements(settings, program, entry):
                raise VerbFailed("; ".join(lines))
            context = WaitContext(
                now=time.monotonic,
                pause=under_way.watch.pause,
                interrupted=under_way.watch.is_interrupted,
                report=_Report(under_way),
                poll_interval=settings.poll_interval,
                timeout=under_way.call.timeout or self._kind.timeout(verb),
                heartbeat=status.usual_heartbeat(),
            )
            with interruption.heard_by(under_way.watch):
                call = self._known_by_name(under_way.call, entry)
                return work(VerbRun(call, self._client, context, self._saved_resources, settings.spending))
        except Unfinished as unfinished:
            raise VerbFailed(str(unfinished.cause), Made(unfinished.resource_id, unfinished.state)) from None
        except CtuneError as error:
            raise VerbFailed(str(error)) from None

    def _saved_resources(self, owner: Owner) -> Sequence[Values] | None:
        from pulumi_ctune.verbs.saved_state import saved_resources

        found = saved_resources(owner)
        return None if found is None else [self._readable(resource) for resource in found]

    def _usable_settings(self) -> Settings:
        if isinstance(self._settings, CtuneError):
            raise self._settings
        return self._settings

    def _client(self) -> "Vertex":
        return _vertex(self._usable_settings())

    def _known_by_name(self, call: Call, entry: Values) -> Call:
        """The call with a URN: without the engine's, what the program said of the resource has to do. Tokens and marks
        are made of it, so that without any all resources would be one.
        """
        owner = Owner.of(entry.get(OWNER) or {})
        if call.urn or not owner.name:
            return call
        return replace(call, urn=f"urn:pulumi:{owner.stack}::{owner.project}::{self._kind.type}::{owner.name}")


def _load(get: Callable[[str], str | None]) -> Settings | CtuneError:
    """The settings, or what is wrong with them."""
    try:
        return Settings.load(get, os.environ)
    except CtuneError as error:
        return error


def _disagreements(settings: Settings, program: Any, entry: Values) -> list[str]:
    """What program, provider and state entry do not agree on, as far as each of them tells: two services or two
    identities are refused.
    """
    facts = program if isinstance(program, Mapping) else {}
    lines = [str(facts[TROUBLE])] if facts.get(TROUBLE) else []
    theirs = None if lines else facts.get(SETTINGS)
    refusals = [
        agreement.other_settings(theirs, settings.as_texts()) if isinstance(theirs, Mapping) else None,
        agreement.other_identity(_known(facts.get(GCP_PROVIDER)), settings),
        agreement.other_service(str((entry.get(OWNER) or {}).get(SERVICE, "")), settings),
    ]
    return lines + [str(refusal) for refusal in refusals if refusal]


def _tell_once(urn: str, texts: Iterable[str], severity: Severity) -> None:
    """Lines for the diagnostics: the engine checks and diffs a resource more than once in a run."""
    for text in texts:
        with _reported_lock:
            is_new = (urn, text) not in _reported
            _reported.add((urn, text))
        if is_new:
            status.log(text, urn=urn, severity=severity)


def _known(stated: Any) -> dict[str, Any]:
    """What is known of what was told: an explicit provider may be there only after the update."""
    entries = stated.items() if isinstance(stated, Mapping) else ()
    return {key: value for key, value in entries if not isinstance(value, Unknown)}


class _Report:
    """The core's reports as the engine's messages."""

    def __init__(self, under_way: LongVerb) -> None:
        self._verb = under_way

    def status(self, text: str, *, detail: str = "") -> None:
        self._verb.line.show(text, detail=detail)

    def info(self, text: str) -> None:
        self._verb.log(text)

    def warn(self, text: str) -> None:
        self._verb.log(text, Severity.WARNING)


def _sleep(seconds: float) -> None:
    """The client's sleep between attempts to read: an interruption ends it, and the next attempt is not sent."""
    interruption.current().pause(seconds)


def _on_interruption(release: Callable[[], None]) -> Callable[[], None]:
    """How the client hears of an interruption while a request is under way."""
    return interruption.current().listen(release)


_clients: "dict[Settings, Vertex]" = {}
_clients_lock = threading.Lock()


def _vertex(settings: Settings) -> "Vertex":
    """One client for each settings: connections and tokens are shared by all resources of the process."""
    from pulumi_ctune.vertex.client import VertexClient  # loads Google's SDK: not before it is needed

    with _clients_lock:
        if settings not in _clients:
            _clients[settings] = VertexClient(settings, sleep=_sleep, on_interruption=_on_interruption)
        return _clients[settings]
