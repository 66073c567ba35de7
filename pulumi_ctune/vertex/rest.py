"""Plain REST for what google-genai has no call for: Model Registry, endpoints, operations, training series, objects.

Owns requests and pages, in the API's JSON. Knows no resource's fields. Reads are tried again a little (see
`read_retry`), writes never are.

Pages: https://google.aip.dev/158
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pulumi_ctune.core import names
from pulumi_ctune.core.errors import BadRequestError, UnavailableError
from pulumi_ctune.vertex import documents, errors
from pulumi_ctune.vertex.read_retry import reading

if TYPE_CHECKING:
    import httpx2

    from pulumi_ctune.vertex.session import Session

Json = dict[str, Any]
T = TypeVar("T")
Page = list[Json]

API_VERSION = "v1beta1"  # reinforcement tuning exists in no other
_MOST_PAGES = 10_000
_FAILED = {"GET": "could not be read", "PATCH": "could not be changed", "DELETE": "could not be deleted"}


class Rest:
    """Requests by resource name: host, version and location follow from the name. All methods raise ApiError."""

    def __init__(self, session: "Session", *, sleep: Callable[[float], None]) -> None:
        self._session = session
        self._sleep = sleep

    def get(self, name: str, suffix: str = "", query: Mapping[str, str] | None = None, *, what: str = "") -> Json:
        """The document at `name` + `suffix` (`/runs`, `:listVersions`). `what` is how an error opens."""
        return reading(lambda: self._send("GET", name, suffix, query, what=what), self._sleep)

    def get_resource(self, name: str, *required: str) -> Json:
        """The document of the resource of this name, which names it and has all fields that are `required`.

        What says less, such as an empty object from somebody on the way, would be taken for a resource with nothing in
        it: an endpoint without deployments.
        """
        return _naming(self.get(name), f"{name} could not be read", *required)

    def create(self, parent: str, suffix: str, body: Mapping[str, Any]) -> Json:
        """Send one request that makes a resource, and never a second one: its document, which names it.

        An answer that does not is as good as lost. Nobody can wait for what has no name.
        """
        what = f"{parent}{suffix} gave no name"
        document = _naming(self.write("POST", parent, suffix, body=body), what)
        if f"{suffix}/" not in document["name"]:
            raise UnavailableError(what, why=f"the answer names something else, {document['name']}"[:200])
        return document

    def list(
        self, name: str, suffix: str, items: str, query: Mapping[str, str] | None = None, *, what: str = ""
    ) -> list[Json]:
        """The entries under `items` of all pages: all of them, or an error."""
        return [entry for page in self.pages(name, suffix, items, query, what=what) for entry in page]

    def pages(
        self,
        name: str,
        suffix: str,
        items: str,
        query: Mapping[str, str] | None = None,
        *,
        what: str = "",
        again: bool = True,
    ) -> Iterator[Page]:
        """The entries under `items`, page by page. Each page is a request of its own, sent when it is asked for.

        What is no JSON object among them is passed over: nothing of ours looks like that. `again`: a request that
        fails is tried again a little.
        """
        what = what or f"{name}{suffix} could not be read"
        get = self.get if again else partial(self._send, "GET")
        query = dict(query or {})
        seen: set[str] = set()
        while True:
            page = get(name, suffix, query, what=what)
            entries = page.get(items) or []
            if not isinstance(entries, list):
                raise UnavailableError(what, why=f"{items} is not a list in the answer")
            yield [entry for entry in entries if isinstance(entry, dict)]
            token = str(page.get("nextPageToken") or "")
            if not token:  # a page may be empty although more follow
                return
            if token in seen or len(seen) >= _MOST_PAGES:
                raise UnavailableError(what, why=f"the list does not end: page {len(seen) + 2} was answered before")
            seen.add(token)
            query["pageToken"] = token

    def write(
        self,
        method: str,
        name: str,
        suffix: str = "",
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Json:
        """Send one request, and never a second one."""
        return self._send(method, name, suffix, query, body)

    def ask(self, name: str, suffix: str, body: Mapping[str, Any]) -> Json:
        """The answer to a POST that changes nothing: tried again like a read."""
        return reading(lambda: self._send("POST", name, suffix, body=body), self._sleep)

    def patch(self, name: str, changes: Mapping[str, Any]) -> Json:
        """Change the fields of `changes` and no other. An `etag` among them guards the change and is none itself."""
        mask = ",".join(sorted(field for field in changes if field != "etag"))
        return self.write("PATCH", name, body=changes, query={"updateMask": mask})

    def fetch(self, url: str, what: str) -> Json:
        """The document at a URL outside Vertex AI."""
        return reading(lambda: self._request("GET", url, what), self._sleep)

    def ask_at(self, url: str, what: str, body: Mapping[str, Any]) -> Json:
        """The answer of a URL outside Vertex AI to a POST that changes nothing: tried again like a read."""
        return reading(lambda: self._request("POST", url, what, body=body), self._sleep)

    def fetch_once(
        self, url: str, what: str, *, headers: Mapping[str, str], extensions: Mapping[str, Any]
    ) -> "httpx2.Response":
        """The good answer of a URL outside Vertex AI to one request: for those who try again by rules of their own."""
        return self._answer("GET", url, what, headers=headers, extensions=extensions)

    def repeat(self, read: Callable[[], T]) -> T:
        """What `read` returns, which is tried again like any read."""
        return reading(read, self._sleep)

    def pause(self, seconds: float) -> None:
        """Sleep between two requests of a caller that tries again; may come back early."""
        self._sleep(seconds)

    def _send(
        self,
        method: str,
        name: str,
        suffix: str = "",
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        what: str = "",
    ) -> Json:
        what = what or f"{name} {_failed(method, suffix)}"
        try:
            base = self._session.api_url(names.location_of(name))
        except ValueError as error:
            raise BadRequestError(what, why=str(error), never_sent=True) from None
        return self._request(method, f"{base}/{API_VERSION}/{name}{suffix}", what, query=query, body=body)

    def _request(
        self,
        method: str,
        url: str,
        what: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Json:
        response = self._answer(method, url, what, query=query, body=body)
        with errors.translating(what):
            # A change may be answered with nothing; what was to be read may not be missing.
            is_empty = method != "GET" and not response.content.strip()
            document = {} if is_empty else documents.parse(response.text)
        if not isinstance(document, dict):
            raise UnavailableError(what, why=f"the answer is not a JSON object but {type(document).__name__}")
        return document

    def _answer(
        self,
        method: str,
        url: str,
        what: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> "httpx2.Response":
        """A good answer; anything else is raised as ours."""
        with errors.translating(what):
            response = self._session.client.request(
                method,
                url,
                params=query or None,
                json=body,
                headers={**self._session.headers(url), **(headers or {})},
                extensions=dict(extensions or {}),
            )
            if not response.is_success:
                raise errors.of_answer(
                    what, response.status_code, response.headers, response.text, response.reason_phrase
                )
            return response


def _naming(document: Json, what: str, *required: str) -> Json:
    if not names.is_resource(str(document.get("name"))) or not all(document.get(field) for field in required):
        raise UnavailableError(what, why=f"the answer is not what the API sends: {document}"[:200])
    return document


def _failed(method: str, suffix: str) -> str:
    return _FAILED[method] if method in _FAILED else f"did not carry out {suffix.lstrip(':/')}"
