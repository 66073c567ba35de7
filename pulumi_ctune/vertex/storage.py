"""Cloud Storage: what lies at a `gs://` URI, and how it begins.

Source: https://cloud.google.com/storage/docs/json_api/v1/objects/get
"""

from urllib.parse import quote

from pulumi_ctune.core import names
from pulumi_ctune.core.api import StorageObject
from pulumi_ctune.core.errors import BadRequestError, UnavailableError
from pulumi_ctune.core.printable import shown
from pulumi_ctune.vertex import gzip_stream
from pulumi_ctune.vertex.object_parts import GZIP, read_part
from pulumi_ctune.vertex.records import moment
from pulumi_ctune.vertex.rest import Rest


def get_object(rest: Rest, storage_url: str, uri: str) -> StorageObject:
    """The object at `uri`. Raises NotFoundError if there is none, PermissionDeniedError if the caller may not look."""
    what = failed(uri)
    document = rest.fetch(object_url(storage_url, uri), what)
    try:
        return StorageObject(
            size_bytes=int(document["size"]),
            generation=str(document.get("generation") or ""),
            md5_hash=str(document.get("md5Hash") or ""),
            content_encoding=str(document.get("contentEncoding") or "").strip().lower(),
            update_time=moment(document.get("updated")),
        )
    except KeyError:
        raise UnavailableError(what, why="the answer has no size") from None
    except (TypeError, ValueError):
        raise UnavailableError(what, why=f"its size is no number: {shown(document['size'])}") from None


def read_head(rest: Rest, storage_url: str, uri: str, limit_bytes: int) -> bytes:
    """The first bytes of the object at `uri`, so many at most, unpacked. Raises as `get_object` does."""
    url = f"{object_url(storage_url, uri)}?alt=media"
    part = rest.repeat(lambda: read_part(rest, url, failed(uri), 0, limit_bytes, encoding=GZIP))
    content = gzip_stream.head(part.content) if part.encoding == GZIP else part.content
    return content[:limit_bytes]


def failed(uri: str) -> str:
    """How an error about an object opens."""
    return f"{uri} could not be read"


def object_url(storage_url: str, uri: str) -> str:
    """Where the object's metadata are. Raises BadRequestError for what is no `gs://BUCKET/OBJECT`."""
    found = names.object_in(uri)
    if found is None:
        raise BadRequestError(failed(uri), why="it is not of the form gs://BUCKET/OBJECT")
    bucket, name = found
    return f"{storage_url}/storage/v1/b/{quote(bucket, safe='')}/o/{quote(name, safe='')}"
