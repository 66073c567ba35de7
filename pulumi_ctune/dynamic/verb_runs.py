"""Run the verbs of whatever kind of resource: settings, the client, the surroundings, and how a verb fails.

Knows no resource: the modules that translate one (`tuning_jobs`, `aliases`, `deployments`) each keep a `VerbRunner`.
What only the long verbs need loads with the first of them: a preview has checks and diffs alone, and should be quick.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from pulumi.dynamic import CheckFailure

from pulumi_ctune import agreement
from pulumi_ctune.config import Settings
from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.core.hidden import OWNER, SERVICE
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.core.values import Unknown
from pulumi_ctune.dynamic import calls, interruption, operation, status
from pulumi_ctune.dynamic.failure import PartialState
from pulumi_ctune.dynamic.status import Severity

if TYPE_CHECKING:
    from pulumi_ctune.core.api import Vertex
    from pulumi_ctune.core.retry import Surroundings

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class VerbRun:
    """One verb under way: the engine's call, and what the core needs to carry it out."""

    call: calls.Call
    vertex: "Vertex"
    world: "Surroundings"


def _known(told: Any) -> dict[str, Any]:
    """What is known of what was told: an explicit provider may be there only after the update."""
    entries = told.items() if isinstance(told, Mapping) else ()
    return {key: value for key, value in entries if not isinstance(value, Unknown)}


_told: set[tuple[str, str]] = set()  # by this process, whichever instance of a provider it was


class VerbRunner:
    """The stack's settings and what is done with them; one for each instance of a provider.

    `get` looks a key of the stack config up. Settings that cannot be used are told by each verb as one line; raised
    here they would be a traceback.
    """

    def __init__(self, get: Callable[[str], str | None]) -> None:
        self._trouble: CtuneError | None = None
        try:
            self._settings = Settings.load(get, os.environ)
        except CtuneError as error:
            self._trouble = error

    def trouble(self, program: Any, entry: Mapping[str, Any]) -> list[CheckFailure]:
        """What is wrong with the settings, for the answer to a check.

        `program` is what the program told of its own (`PROGRAM`), `entry` what the state has of the resource: two
        services or two identities are refused.
        """
        if self._trouble:
            return [CheckFailure("", str(self._trouble))]
        lines = self._disagreements(program, entry)
        if not lines:
            self.tell_once("", [f"Tuned models of this stack are at {self._settings.service}"], Severity.INFO)
        return [CheckFailure("", line) for line in lines]

    def settled(self, owner: Mapping[str, Any]) -> dict[str, Any]:
        """The owner of a resource that is to be made, with the kind of service that it is made at."""
        made_at = "" if self._trouble else self._settings.kind
        return {**owner, SERVICE: made_at} if made_at else {**owner}

    def _disagreements(self, program: Any, entry: Mapping[str, Any]) -> list[str]:
        """What program, provider and state entry do not agree on, as far as each of them tells."""
        told = program if isinstance(program, Mapping) else {}
        lines = [str(told["trouble"])] if told.get("trouble") else []
        settings = None if lines else told.get("settings")
        refusals = [
            agreement.other_settings(settings, self._settings.told()) if isinstance(settings, Mapping) else None,
            agreement.other_identity(_known(told.get("gcp_provider")), self._settings),
            agreement.other_service(str((entry.get(OWNER) or {}).get(SERVICE, "")), self._settings),
        ]
        return lines + [str(refusal) for refusal in refusals if refusal]

    def tell_once(self, urn: str, texts: Iterable[str], severity: Severity) -> None:
        """Lines for the diagnostics: the engine checks and diffs a resource more than once in a run."""
        for text in texts:
            if (urn, text) not in _told:
                _told.add((urn, text))
                status.log(text, urn=urn, severity=severity)

    def look(self, work: Callable[["Vertex"], _Result]) -> _Result:
        """Ask the API for one thing in a check or a diff; a Ctrl-C ends the request. Raises `CtuneError`."""
        if self._trouble:
            raise self._trouble
        with interruption.heard_by(interruption.Watch(calls.current())):
            return work(_vertex(self._settings))

    def run(
        self, work: Callable[[VerbRun], _Result], *, timeout: timedelta, entry: Mapping[str, Any], program: Any = None
    ) -> _Result:
        """Run a verb and turn what is foreseeable into one line. `timeout` holds where the program sets none.

        `entry` and `program` as of `trouble`: a destroy and a refresh have no check before them, nor has `.get()`.
        """
        from pulumi_ctune.core.retry import Surroundings

        with operation.begin() as under_way:
            try:
                if self._trouble:
                    raise self._trouble
                if lines := self._disagreements(program, entry):
                    raise under_way.failure("; ".join(lines))
                world = Surroundings(
                    now=time.monotonic,
                    pause=under_way.watch.pause,
                    interrupted=under_way.watch.is_interrupted,
                    report=_Report(under_way),
                    poll_interval=self._settings.poll_interval,
                    timeout=under_way.call.timeout or timeout,
                    heartbeat=status.usual_heartbeat(),
                )
                with interruption.heard_by(under_way.watch):
                    return work(VerbRun(under_way.call, _vertex(self._settings), world))
            except Unfinished as unfinished:
                kept = PartialState(unfinished.resource_id, unfinished.state)
                raise under_way.failure(str(unfinished.cause), kept) from None
            except CtuneError as error:
                raise under_way.failure(str(error)) from None


class _Report:
    """The core's reports as the engine's messages."""

    def __init__(self, under_way: operation.Operation) -> None:
        self._operation = under_way

    def status(self, text: str, *, detail: str = "") -> None:
        self._operation.line.show(text, detail=detail)

    def info(self, text: str) -> None:
        self._operation.log(text)

    def warn(self, text: str) -> None:
        self._operation.log(text, Severity.WARNING)


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
    from pulumi_ctune.vertex.client import VertexClient  # loads Google's SDK: not for check and diff

    with _clients_lock:
        if settings not in _clients:
            _clients[settings] = VertexClient(settings, sleep=_sleep, on_interruption=_on_interruption)
        return _clients[settings]
