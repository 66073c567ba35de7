"""Cloud Storage: what lies at a `gs://` URI, and how it begins.

Source: https://cloud.google.com/storage/docs/json_api/v1/objects/get
"""

import re
from urllib.parse import quote

from pulumi_ctune.core.api import StorageObject
from pulumi_ctune.core.errors import BadRequestError, UnavailableError
from pulumi_ctune.vertex.rest import Rest

# A colon as in buckets of domains, example.com:bucket.
_URI = re.compile(r"gs://(?P<bucket>[a-z0-9][a-z0-9._:-]*)/(?P<object>.+)", re.DOTALL)


def get_object(rest: Rest, storage_url: str, uri: str) -> StorageObject:
    """The object at `uri`. Raises NotFoundError if there is none, PermissionDeniedError if the caller may not look."""
    what = f"{uri} could not be read"
    document = rest.fetch(storage_url + _path(uri, what), what)
    try:
        return StorageObject(size_bytes=int(document.get("size") or 0))
    except (TypeError, ValueError):
        raise UnavailableError(what, why=f"its size is no number: {document['size']!r}") from None


def read_head(rest: Rest, storage_url: str, uri: str, limit_bytes: int) -> bytes:
    """The first bytes of the object at `uri`, so many at most. Raises as `get_object` does."""
    what = f"{uri} could not be read"
    url = f"{storage_url}{_path(uri, what)}?alt=media"
    return rest.fetch_bytes(url, what, headers={"range": f"bytes=0-{limit_bytes - 1}"})[:limit_bytes]


def _path(uri: str, what: str) -> str:
    match = _URI.fullmatch(uri)
    if match is None:
        raise BadRequestError(what, why="it is not of the form gs://BUCKET/OBJECT")
    return f"/storage/v1/b/{quote(match['bucket'], safe='')}/o/{quote(match['object'], safe='')}"
