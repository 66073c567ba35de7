"""The emulator as a WSGI app, and its control surface in Python.

Owns the way of a request: faults, one transaction, what has come due since the last one, the handler, the log. Knows no
area's rules; `control` serves the same surface over HTTP, `server` and `transport` bring requests here.
"""

import logging
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any

from vertex_emulator import (
    clock,
    control,
    faults,
    grants,
    oauth,
    request_log,
    settings,
    status_page,
    withheld,
)
from vertex_emulator.cloud import keys, projects, services
from vertex_emulator.evaluation import definitions, items, run_progress, runs, sets
from vertex_emulator.evaluation_course import EvaluationCourse
from vertex_emulator.faults import NO_EFFECTS, ConnectionDropped, Effects, Fault
from vertex_emulator.job_course import JobCourse
from vertex_emulator.plain_text import cut, plain
from vertex_emulator.registry import endpoints, generate, models, operations
from vertex_emulator.schema import Schema
from vertex_emulator.service import Call, Handler, timestamp
from vertex_emulator.settings import Settings
from vertex_emulator.storage import bucket_access, json_api
from vertex_emulator.storage.objects import put_object
from vertex_emulator.store import Store, Transaction
from vertex_emulator.tuning import experiments, job_progress, jobs, rewards
from vertex_emulator.wsgi import (
    ApiProblem,
    Request,
    Response,
    Router,
    request_of,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_AREAS = (
    *(jobs, rewards, experiments),
    *(runs, sets, items, definitions),
    *(models, endpoints, generate, operations),
    *(json_api, bucket_access, oauth),
    *(projects, services, keys),
)
_API_VERSIONS = ("v1beta1", "v1")
_ENUMS_AS_NUMBERS = "enum-encoding=int"  # in the query of generated clients: `$alt=json;enum-encoding=int`
_LONGEST_LOG_LINE = 500  # characters
_log = logging.getLogger(__name__)


class Emulator:
    """An emulator of Vertex AI with its state in `state_dir` (a temporary directory, removed by `close`, if None).

    Several of them, in one process or more, may share a state directory. `clock` gives seconds since the epoch.
    `allow_code_rewards` lets code of rewards and metrics out of requests run on this machine.
    """

    def __init__(
        self,
        state_dir: Path | None = None,
        *,
        allow_code_rewards: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._temporary = None if state_dir else Path(tempfile.mkdtemp(prefix="ctune-emulator-"))
        self.state_dir = state_dir or self._temporary or Path()
        self._machine_clock = clock
        self._process = Settings(state_dir=self.state_dir, allow_code_rewards=allow_code_rewards)
        self._store = Store(self.state_dir)
        self._schemas = {
            (version, numbers): Schema(version, enums_as_numbers=numbers)
            for version in _API_VERSIONS
            for numbers in (False, True)
        }
        self._router = _router()
        self.faults = FaultPlan(self._store)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request. Raises `ConnectionDropped`, here or from the answer's body, where a fault says so."""
        try:
            request = request_of(environ)
        except ApiProblem as problem:
            return _sent(_error(problem), start_response)
        if request.path.startswith(control.PREFIX):
            with self._store.transaction() as tx:
                return _sent(self._handled(self._call(tx, request), control.ROUTER), start_response)
        if request.path == "/" and request.method in ("GET", "HEAD"):
            return _sent(self._status_page(request), start_response)
        with self._store.transaction() as tx:
            effects = faults.meet(tx, request)
        if effects.delay_s:
            time.sleep(effects.delay_s)
        response = self._carried_out(request, effects)
        if effects.drop:
            raise ConnectionDropped
        return _sent(response, start_response, cut_after=effects.cut_after_bytes)

    def advance(self, by: timedelta) -> None:
        """Move the clock forward, for every process on the same state directory."""
        with self._store.transaction() as tx:
            clock.advance(tx, by)

    def configure(self, **changes: float) -> None:
        """Change settings by the names in `Settings`, for every process on the same state directory."""
        with self._store.transaction() as tx:
            settings.change(tx, self._process, changes)

    def requests(self) -> list[dict[str, Any]]:
        """The latest requests, from old to new: see `request_log.read`."""
        with self._store.transaction() as tx:
            return request_log.read(tx)

    def forget_requests(self) -> None:
        with self._store.transaction() as tx:
            request_log.clear(tx)

    def jobs(self) -> list[dict[str, Any]]:
        """All tuning jobs as the API shows them now, from old to new."""
        with self._settled() as call:
            return jobs.all_jobs(call)

    def evaluation_runs(self) -> list[dict[str, Any]]:
        """All evaluation runs as the API shows them now, from old to new."""
        with self._settled() as call:
            return runs.all_runs(call)

    def put_object(self, bucket: str, name: str, content: bytes) -> None:
        """Put an object into Cloud Storage; the bucket is made if there is none."""
        with self._settled() as call:
            put_object(call, bucket, name, content)

    def grant(self, project: str, role: str, member: str) -> None:
        """Give a member (`serviceAccount:...`) a role on a project, as `gcp.projects.IAMMember` does."""
        with self._store.transaction() as tx:
            grants.add(tx, project, role, member)

    def revoke(self, project: str, role: str, member: str) -> None:
        """Take such a role away again."""
        with self._store.transaction() as tx:
            grants.remove(tx, project, role, member)

    def withhold(self, name: str) -> None:
        """Take a service (`cloudkms.googleapis.com`) or a permission (`storage.objects.get`) from everybody: shown by
        the answers about services and permissions, enforced by no other.
        """
        with self._store.transaction() as tx:
            withheld.add(tx, name)

    def reset(self) -> None:
        """Forget everything: jobs, models, objects, faults, settings, the moved clock. Preloaded files stay."""
        with self._store.transaction() as tx:
            tx.clear()

    def close(self) -> None:
        self._store.close()
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def __enter__(self) -> "Emulator":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(self, tx: Transaction, request: Request, effects: Effects = NO_EFFECTS) -> Call:
        version = request.path.split("/")[1]
        numbers = _ENUMS_AS_NUMBERS in request.arg("$alt").split(";")
        return Call(
            request=request,
            tx=tx,
            now=clock.now(tx, self._machine_clock),
            settings=settings.read(tx, self._process),
            schema=self._schemas[version if version in _API_VERSIONS else _API_VERSIONS[0], numbers],
            effects=effects,
        )

    @contextmanager
    def _settled(self) -> Iterator[Call]:
        with self._store.transaction() as tx:
            call = self._call(tx, Request("GET", "/", {}, {}, b""))
            _settle(call)
            yield call

    def _status_page(self, request: Request) -> Response:
        with self._settled() as call:
            return status_page.page(
                address=f"http://{request.headers.get('host', 'in process')}",
                state_dir=str(self.state_dir.resolve()),
                time=timestamp(call.now),
                ahead=clock.ahead(call.tx),
                settings=settings.stored_values(call.settings),
                faults=faults.listed(call.tx),
                jobs=jobs.all_jobs(call),
                runs=runs.all_runs(call),
            )

    def _carried_out(self, request: Request, effects: Effects) -> Response:
        with self._store.transaction() as tx:
            if effects.problem or effects.drop == "before":
                response = _error(effects.problem, effects.retry_after_s) if effects.problem else Response()
            else:
                call = self._call(tx, request, effects)
                _settle(call)
                response = self._handled(call, self._router)
            request_log.write(tx, request, 0 if effects.drop else response.status)
        return response

    def _handled(self, call: Call, router: Router[Handler]) -> Response:
        try:
            with call.tx.savepoint():
                handler, params = router.find(call.request.method, call.request.path)
                answer = handler(replace(call, request=replace(call.request, params=params)))
        except ApiProblem as problem:
            return _error(problem)
        except Exception:
            log_bug(f"{call.request.method} {call.request.path}")
            return _error(ApiProblem(500, "Internal error encountered (a bug of the emulator; see its log)."))
        return answer if isinstance(answer, Response) else Response.of_json(answer)


def _settle(call: Call) -> None:
    """Let happen what has come due since the last request."""
    job_progress.settle(call)
    run_progress.settle(call)


def log_bug(what: str) -> None:
    """Log the exception that is being handled, fit for a terminal: it may hold text out of a request."""
    lines = traceback.format_exc().split("\n")
    trace = "\n".join(f"  {cut(plain(line), _LONGEST_LOG_LINE)}" for line in lines if line)
    _log.error("%s failed inside the emulator:\n%s", cut(plain(what), _LONGEST_LOG_LINE), trace)


class FaultPlan:
    """The faults that are on order for a store; see `Fault`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, **fault: Any) -> str:
        """Order a fault by the fields of `Fault`; returns its id. Courses are objects, or their fields in a dict."""
        given = {
            name: asdict(value) if isinstance(value, JobCourse | EvaluationCourse) else value
            for name, value in fault.items()
        }
        with self._store.transaction() as tx:
            return faults.add(tx, Fault.of(given))

    def clear(self) -> None:
        with self._store.transaction() as tx:
            faults.remove(tx)

    def list(self) -> list[dict[str, Any]]:
        """Each fault with how many requests it matched and hit."""
        with self._store.transaction() as tx:
            return faults.listed(tx)


def _router() -> Router[Handler]:
    router: Router[Handler] = Router()
    for area in _AREAS:
        for method, pattern, handler in area.ROUTES:
            for prefix in ("",) if pattern.startswith("/") else _prefixes(area):
                router.add(method, prefix + pattern, handler)
    return router


def _prefixes(area: ModuleType) -> list[str]:
    versions = [f"/{version}/" for version in _API_VERSIONS]
    # Clients that Google generates from the protos poll operations below /ui/.
    return [*versions, "/ui/"] if area is operations else versions


def _error(problem: ApiProblem, retry_after_s: float | None = None) -> Response:
    response = Response.of_json(problem.body(), problem.code)
    if retry_after_s is None:
        return response
    return replace(response, headers=(*response.headers, ("Retry-After", f"{retry_after_s:g}")))


def _sent(response: Response, start_response: "StartResponse", *, cut_after: int | None = None) -> Iterable[bytes]:
    phrase = HTTPStatus(response.status).phrase if response.status in _KNOWN_STATUSES else "Unknown"
    headers = [("Content-Length", str(len(response.body))), ("Server", "ctune-emulator"), *response.headers]
    start_response(f"{response.status} {phrase}", headers)
    return [response.body] if cut_after is None else _cut(response.body[:cut_after])


_KNOWN_STATUSES: Mapping[int, HTTPStatus] = {status.value: status for status in HTTPStatus}


def _cut(body: bytes) -> Iterator[bytes]:
    yield body
    raise ConnectionDropped
