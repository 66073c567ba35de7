"""The product's client with a recorder in it, its verbs, and the requests that no resource of the product makes.

Buckets, objects and endpoints are pulumi-gcp's in a stack. Here they are made by REST, in the forms that it sends.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pulumi_ctune.config import Settings
from pulumi_ctune.conformance.recorder import Recorder
from pulumi_ctune.conformance.workload import Plan
from pulumi_ctune.core.api import Operation
from pulumi_ctune.core.errors import ApiError, BadRequestError, NotFoundError, UnavailableError
from pulumi_ctune.core.kind import Call, Kind, VerbRun
from pulumi_ctune.core.operations import run as run_operation
from pulumi_ctune.core.ownership import Owner, first_token
from pulumi_ctune.core.retry import Report, WaitContext, while_busy
from pulumi_ctune.core.spending import Budget, Spending
from pulumi_ctune.vertex import errors
from pulumi_ctune.vertex.client import VertexClient
from pulumi_ctune.vertex.rest import Rest
from pulumi_ctune.vertex.session import Session

if TYPE_CHECKING:
    import httpx2

ORGANIZATION, PROJECT = "conformance", "conformance"
"""Of the URNs and labels: those of a stack that nobody has."""

Interruption = Callable[[Callable[[], None]], Callable[[], None]]


class Service:
    """Open until it is closed. `pause(seconds)` sleeps and returns whether somebody interrupts; `now` is in seconds."""

    def __init__(
        self,
        settings: Settings,
        plan: Plan,
        run_id: str,
        recorder: Recorder,
        report: Report,
        *,
        pause: Callable[[float], bool],
        interrupted: Callable[[], bool] = lambda: False,
        on_interruption: Interruption = lambda _: lambda: None,
        now: Callable[[], float] = time.monotonic,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
        transport: "httpx2.BaseTransport | None" = None,
    ) -> None:
        def sleep(seconds: float) -> None:
            pause(seconds)

        self.plan, self.run_id, self.report = plan, run_id, report
        self._settings, self._now, self._utc_now = settings, now, utc_now
        self._pause, self._interrupted = pause, interrupted
        self.vertex = VertexClient(
            settings, sleep=sleep, on_interruption=on_interruption, on_answer=recorder, transport=transport
        )
        self._session = Session(settings, on_interruption=on_interruption, on_answer=recorder, transport=transport)
        self._rest = Rest(self._session, sleep=sleep)

    def close(self) -> None:
        self.vertex.close()
        self._session.close()

    def owner(self, kind: Kind, name: str) -> Owner:
        stack = f"run-{self.run_id}"
        return Owner(ORGANIZATION, PROJECT, stack, name, f"urn:pulumi:{stack}::{PROJECT}::{kind.type}::{name}")

    def owner_entry(self, kind: Kind, name: str) -> dict[str, str]:
        """The hidden entry of inputs: who the resource belongs to."""
        owner = self.owner(kind, name)
        entry = {"organization": owner.organization, "project": owner.project, "stack": owner.stack, "name": owner.name}
        return {**entry, "urn": owner.urn, "token": first_token(owner.organization, owner.urn)}

    def verb(
        self,
        kind: Kind,
        name: str,
        verb: str,
        *,
        saved: Callable[[Owner], Sequence[Mapping[str, Any]]],
        until: Callable[[], bool] | None = None,
    ) -> VerbRun:
        """One verb of a resource under way. `saved` is what has been saved; `until` ends its waits early."""
        context = self.context(kind.timeout(verb), until)
        budget = Budget(max_usd=self.plan.budget_usd, where="--budget-usd")
        spending = Spending(budget, prices=self._settings.spending.prices)
        return VerbRun(Call(verb, self.owner(kind, name).urn), lambda: self.vertex, context, saved, spending)

    def context(
        self, timeout: timedelta = timedelta(minutes=30), until: Callable[[], bool] | None = None
    ) -> WaitContext:
        def pause(seconds: float) -> bool:
            return (until is not None and until()) or self._pause(seconds)

        return WaitContext(
            now=self._now,
            pause=pause,
            interrupted=self._interrupted,
            report=self.report,
            timeout=timeout,
            poll_interval=self._settings.poll_interval,
            utc_now=self._utc_now,
        )

    def get(self, name: str, suffix: str = "") -> dict[str, Any]:
        return self._rest.get(name, suffix)

    def ask(self, name: str, suffix: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._rest.write("POST", name, suffix, body=body)

    def operate(self, text: str, start: Callable[[], dict[str, Any]]) -> None:
        """Start a long-running operation and wait for it."""

        def started() -> Operation:
            document = start()
            name = str(document.get("name") or "")
            return Operation(name, bool(document.get("done")))

        run_operation(self.vertex, self.context(), started, text)

    def make_endpoint(self, name: str, body: Mapping[str, Any]) -> str:
        """The endpoint of this name, as Google writes it: one that an earlier attempt made, or still makes, counts."""
        parent, _, endpoint_id = name.partition("/endpoints/")

        def create() -> dict[str, Any]:
            try:
                return self._rest.write("POST", parent, "/endpoints", body=body, query={"endpointId": endpoint_id})
            except BadRequestError as error:  # it is there, and not yet to be read: to be waited for
                raise error.but(status="ABORTED") if error.code == 409 else error from error

        def made() -> str:
            try:
                return str(self.get(name)["name"])
            except NotFoundError:
                self.operate("making the endpoint", create)
            return str(self.get(name)["name"])

        return while_busy(made, self.context())

    def delete_endpoint(self, name: str) -> None:
        with suppress(NotFoundError):
            self.operate("deleting the endpoint", lambda: self._rest.write("DELETE", name))

    def delete_rows(self, display_names: Collection[str]) -> None:
        """Rows of evaluations by their display names: those whose names no answer has told."""
        rows = self._rest.list(self.plan.parent, "/evaluationItems", "evaluationItems") if display_names else []
        for row in rows:
            if row.get("displayName") in display_names:
                with suppress(NotFoundError):
                    self.vertex.delete_evaluation_item(str(row["name"]))

    def make_bucket(self, bucket: str) -> None:
        """A bucket in the run's location; one of this name that is there already is ours: the name has the run's id."""
        body = {
            "name": bucket,
            "location": self.plan.location,
            "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}},
        }
        try:
            self._storage("POST", f"/storage/v1/b?project={quote(self.plan.project, safe='')}", json=body)
        except ApiError as error:
            if error.code != 409:
                raise

    def put_object(self, bucket: str, name: str, text: str) -> None:
        path = f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name={quote(name, safe='')}"
        self._storage("POST", path, content=text.encode(), headers={"content-type": "application/jsonl"})

    def delete_bucket(self, bucket: str, objects: tuple[str, ...]) -> None:
        for path in (*(f"/storage/v1/b/{bucket}/o/{quote(name, safe='')}" for name in objects), ""):
            with suppress(NotFoundError):
                self._storage("DELETE", path or f"/storage/v1/b/{bucket}")

    def _storage(self, method: str, path: str, headers: Mapping[str, str] | None = None, **content: Any) -> None:
        base, what = self._session.storage_url, f"{path.partition('?')[0]} was not answered well"
        if base is None:
            raise BadRequestError(what, why="nothing says where the Cloud Storage of this service is", never_sent=True)
        with errors.translating(what):
            answer = self._session.client.request(
                method, f"{base}{path}", headers={**self._session.headers(base), **(headers or {})}, **content
            )
        if not answer.is_success:
            raise errors.of_answer(what, answer.status_code, answer.headers, answer.text, answer.reason_phrase)


def is_refusal(error: BaseException) -> bool:
    """Whether Google has said no, rather than nothing, or something that will pass."""
    return isinstance(error, ApiError) and error.from_google and not isinstance(error, UnavailableError)
