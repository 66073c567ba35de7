"""Tuning jobs, by google-genai's synchronous client.

The SDK sends; what comes back is read from the JSON of the answer, because the SDK's types lose fields
(`supervisedTuningSpec.evaluationConfig`) and change enum values that they do not know. How the SDK is held, and why
(google-genai 3.4):

- The config of `tune` is an object: out of a dict the checkpoint id is lost without a word.
- The request goes into `extra_body` as it is. The SDK's own parameters cannot say all of it (service account, step
  count) and put some fields into another method's spec; merged over them, the given values win.
- One attempt: a create whose answer was lost may have made a job, and there is no key to make it idempotent.
- The synchronous client: the other one resends by itself after connection errors where aiohttp is installed.
- Clients are kept: one that is collected closes its connections under a running call.
- The list does not go through the SDK, but is read by plain GETs over the same connections (`rest`): the SDK's pager
  ends at an empty page and at a job that its types refuse, which need not be ours, and tells neither from the end.
- It gets an asynchronous client that connects to nothing: the one that it would make reads proxies and certificates
  from the environment and fails on those that it cannot use. So does its mode of recording and replaying.

Source: https://googleapis.github.io/python-genai/
"""

import gc
import logging
import ssl
import sys
import threading
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pulumi_ctune.core import names
from pulumi_ctune.core.api import PREFERENCE_SPEC, REINFORCEMENT_SPEC, SUPERVISED_SPEC, TuningJob
from pulumi_ctune.core.errors import BadRequestError, UnavailableError, WaitInterruptedError
from pulumi_ctune.core.names import JobName, ModelName
from pulumi_ctune.vertex import documents, errors, records
from pulumi_ctune.vertex.rest import API_VERSION, Rest
from pulumi_ctune.vertex.shared_waits import PAGE_SIZE

if TYPE_CHECKING:
    import httpx2
    from google import genai

    from pulumi_ctune.vertex.session import Session

_METHODS = {
    SUPERVISED_SPEC: "SUPERVISED_FINE_TUNING",
    PREFERENCE_SPEC: "PREFERENCE_TUNING",
    REINFORCEMENT_SPEC: "REINFORCEMENT_TUNING",
}
_PAGE_SIZE = str(PAGE_SIZE)


class Jobs:
    """The calls of `Vertex` on tuning jobs. Safe for threads."""

    def __init__(self, session: "Session", rest: Rest) -> None:
        self._session = session
        self._rest = rest
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], genai.Client] = {}

    def submit(self, project: str, location: str, request: Mapping[str, Any]) -> TuningJob:
        """Create a tuning job with exactly one POST.

        Raises:
            UnavailableError: nobody knows whether the job was made.
            ApiError: no job was made.
        """
        what = f"submitting a tuning job in {names.parent(project, location)} failed"
        tuning = self._tunings(project, location, what)
        with errors.translating(what):
            try:
                arguments = _arguments_of(request)
            except ValueError as error:
                raise BadRequestError(what, why=str(error), never_sent=True) from None
            try:
                answers = _answers_to(lambda: tuning.tune(**arguments))
            except WaitInterruptedError as error:
                if error.never_sent:
                    raise
                raise error.but(
                    what=what,
                    why="interrupted before the answer came: nobody knows whether a job was made",
                    next_step="`pulumi up` looks for it.",
                ) from None
            return self._record(_document(answers[-1], what))

    def get(self, name: str) -> TuningJob:
        """The job, by one GET."""
        what = f"{name} could not be read"
        job = _parsed(name, what)
        tuning = self._tunings(job.project, job.location, what)
        with errors.translating(what):
            answers = _answers_to(lambda: tuning.get(name=name))
            return self._record(_document(answers[-1], what))

    def list(self, project: str, location: str) -> Sequence[TuningJob]:
        """All jobs of a location, in the server's order: all of them, or an error."""
        parent = names.parent(project, location)
        what = f"the tuning jobs of {parent} could not be read"
        found = self._rest.list(parent, "/tuningJobs", "tuningJobs", {"pageSize": _PAGE_SIZE}, what=what)
        return [self._record(job) for job in found]

    def pages(self, project: str, location: str, wanted: Collection[str]) -> Iterator[Sequence[TuningJob]]:
        """The jobs of these names on each page of the list; each page is one request, sent when it is asked for."""
        parent = names.parent(project, location)
        what = f"the tuning jobs of {parent} could not be read"
        pages = self._rest.pages(parent, "/tuningJobs", "tuningJobs", {"pageSize": _PAGE_SIZE}, what=what, again=False)
        for page in pages:
            yield [self._record(job) for job in page if job.get("name") in wanted]

    def cancel(self, name: str) -> None:
        """Ask for cancellation, by one POST."""
        what = f"{name} could not be cancelled"
        job = _parsed(name, what)
        tuning = self._tunings(job.project, job.location, what)
        with errors.translating(what):
            _answers_to(lambda: tuning.cancel(name=name))

    def _record(self, document: Any) -> TuningJob:
        job = records.tuning_job(document)
        if not self._session.has_console:
            return job
        try:
            return replace(job, console_url=names.console_url(job.name))
        except ValueError:  # a stranger's odd job, in a list
            return job

    def _tunings(self, project: str, location: str, what: str) -> Any:
        with errors.translating(what), self._lock:
            client = self._clients.get((project, location))
            if client is None:
                client = self._clients[project, location] = self._new_client(project, location, what)
        _silence_sdk()
        return client.tunings

    def _new_client(self, project: str, location: str, what: str) -> "genai.Client":
        with _loading():
            import httpx2
            from google import genai
            from google.genai import types
            from google.genai.client import DebugConfig

        _silence_sdk()
        try:
            url = self._session.api_url(names.location_of(names.parent(project, location)))
        except ValueError as error:
            raise BadRequestError(what, why=str(error), never_sent=True) from None
        # Project and location are said here although each name has them: the SDK takes a base URL without them for a
        # gateway that needs no paths, and requests `/`.
        try:
            return genai.Client(
                vertexai=True,
                project=project,
                location=location,
                credentials=self._session.credentials(url),
                debug_config=DebugConfig(client_mode="", replays_directory="", replay_id=""),
                http_options=types.HttpOptions(
                    base_url=url,
                    api_version=API_VERSION,
                    headers={"user-agent": self._session.user_agent},
                    httpx_client=self._session.client,
                    httpx_async_client=httpx2.AsyncClient(transport=httpx2.MockTransport(_nothing), trust_env=False),
                    async_client_args={"ssl": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)},
                    retry_options=types.HttpRetryOptions(attempts=1),
                ),
            )
        except (ImportError, OSError, ValueError) as error:
            why = f"google-genai cannot be set up ({type(error).__name__}: {error})"
            step = "Look at the environment variables GOOGLE_GENAI_* and SSL_CERT_*."
            raise BadRequestError(what, why=why, next_step=step, never_sent=True) from error


@contextmanager
def _loading() -> Iterator[None]:
    """Load the SDK without Python's collector of cycles, and keep what was loaded out of its later runs.

    The SDK is sixty thousand objects that live as long as the process, and the collector stops all threads each time
    that it goes through them.
    """
    if "google.genai" in sys.modules:
        yield
        return
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if was_enabled:
            gc.enable()


def _nothing(request: "httpx2.Request") -> "httpx2.Response":
    raise NotImplementedError("nothing is sent asynchronously")


def _arguments_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of `tunings.tune` that put `request`, and nothing else, on the wire."""
    from google.genai import types

    spec = next((field for field in _METHODS if field in request), SUPERVISED_SPEC)
    source = request.get("preTunedModel") or {}
    data = (request.get(spec) or {}).get("trainingDatasetUri")
    tuned_model = str(ModelName.parse(source["tunedModelName"])) if source else ""
    return {
        # The SDK tells the two kinds of source apart by `projects/` in front, which a publisher's full path has as well
        # and a short name of a tuned model has not.
        "base_model": tuned_model or names.last_segment(request["baseModel"]),
        "training_dataset": types.TuningDataset(
            **{"vertex_dataset_resource" if data and names.is_dataset(data) else "gcs_uri": data}
        ),
        "config": types.CreateTuningJobConfig(
            method=types.TuningMethod(_METHODS[spec]),
            pre_tuned_model_checkpoint_id=source.get("checkpointId"),
            http_options=types.HttpOptions(extra_body=dict(request), retry_options=types.HttpRetryOptions(attempts=1)),
        ),
    }


def _answers_to(call: Callable[[], object]) -> "list[httpx2.Response]":
    """The answers that the SDK got in a call.

    An error after a good answer is the SDK's own trouble with reading it, and no reason to lose a job.
    """
    from pulumi_ctune.vertex.session import kept_answers

    with kept_answers() as answers:
        try:
            call()
        except Exception:
            if not (answers and answers[-1].is_success):
                raise
    return answers


def _document(answer: "httpx2.Response", what: str) -> Mapping[str, Any]:
    document = documents.parse(answer.text)
    if not isinstance(document, dict) or not _is_job_name(document.get("name")):
        raise UnavailableError(what, why=f"the answer is not what the API sends: {answer.text[:200]!r}")
    return document


def _is_job_name(name: object) -> bool:
    try:
        return isinstance(name, str) and bool(JobName.parse(name))
    except ValueError:
        return False


def _parsed(name: str, what: str) -> JobName:
    try:
        return JobName.parse(name)
    except ValueError as error:
        raise BadRequestError(what, why=str(error), never_sent=True) from None


def _silence_sdk() -> None:
    # At each call, since filters may have been reset; a filter that is there already is only moved. `catch_warnings`
    # would not do: it swaps the filters of all threads.
    from google.genai.errors import ExperimentalWarning

    warnings.filterwarnings("ignore", category=ExperimentalWarning)
    logging.getLogger("google_genai._api_client").addFilter(_is_not_about_api_keys)
    warnings.filterwarnings("ignore", message=r".* is not a valid \w+$", module=r"google\.genai\._common$")


def _is_not_about_api_keys(record: logging.LogRecord) -> bool:
    """No API key is used here, so which of two the SDK would take is noise in the diagnostics of a stack."""
    return "GEMINI_API_KEY" not in str(record.msg)
