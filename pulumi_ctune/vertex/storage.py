"""Cloud Storage: what lies at a `gs://` URI, and how it begins.

Source: https://cloud.google.com/storage/docs/json_api/v1/objects/get
"""

from urllib.parse import quote

from pulumi_ctune.core import names
from pulumi_ctune.core.api import StorageObject
from pulumi_ctune.core.errors import BadRequestError, UnavailableError
from pulumi_ctune.vertex.rest import Rest


def get_object(rest: Rest, storage_url: str, uri: str) -> StorageObject:
    """The object at `uri`. Raises NotFoundError if there is none, PermissionDeniedError if the caller may not look."""
    what = f"{uri} could not be read"
    document = rest.fetch(object_url(storage_url, uri, what), what)
    try:
        return StorageObject(size_bytes=int(document.get("size") or 0))
    except (TypeError, ValueError):
        raise UnavailableError(what, why=f"its size is no number: {document['size']!r}") from None


def read_head(rest: Rest, storage_url: str, uri: str, limit_bytes: int) -> bytes:
    """The first bytes of the object at `uri`, so many at most. Raises as `get_object` does."""
    what = f"{uri} could not be read"
    url = f"{object_url(storage_url, uri, what)}?alt=media"
    return rest.fetch_bytes(url, what, headers={"range": f"bytes=0-{limit_bytes - 1}"})[:limit_bytes]


def object_url(storage_url: str, uri: str, what: str) -> str:
    """Where the object's metadata are. Raises BadRequestError for what is no `gs://BUCKET/OBJECT`."""
    found = names.object_in(uri)
    if found is None:
        raise BadRequestError(what, why="it is not of the form gs://BUCKET/OBJECT")
    bucket, name = found
    return f"{storage_url}/storage/v1/b/{quote(bucket, safe='')}/o/{quote(name, safe='')}"
