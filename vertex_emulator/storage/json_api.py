"""A subset of Cloud Storage's JSON API: buckets, and objects with generations, for datasets.

Owns paths and answers; objects themselves are in `objects`, uploads in `uploads`. There are no ACLs, IAM policies,
object versions, folders or notifications.

Source: https://docs.cloud.google.com/storage/docs/json_api/v1
"""

import gzip
import re
import zlib
from typing import Any

from vertex_emulator.service import Call, Route, next_page, page_by
from vertex_emulator.storage import uploads
from vertex_emulator.storage.objects import (
    Conditions,
    Objects,
    StorageProblem,
    bucket_resource,
    generation_arg,
    object_resource,
)
from vertex_emulator.storage.uploads import base_url
from vertex_emulator.wsgi import Response

_LARGEST_PAGE = 1000
_NO_CONTENT = 204
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def insert_bucket(call: Call) -> dict[str, Any]:
    fields = call.request.json()
    record = Objects(call).create_bucket(str(fields.get("name", "")), fields)
    return bucket_resource(record, base_url(call.request))


def list_buckets(call: Call) -> dict[str, Any]:
    records = Objects(call).list_buckets(call.request.arg("prefix"))
    page, token = page_by(records, size=_page_size(call), token=call.request.arg("pageToken"), key="name")
    answer: dict[str, Any] = {
        "kind": "storage#buckets",
        "items": [bucket_resource(record, base_url(call.request)) for record in page],
    }
    return answer | next_page(token)


def get_bucket(call: Call) -> dict[str, Any]:
    return bucket_resource(Objects(call).bucket(call.param("bucket")), base_url(call.request))


def patch_bucket(call: Call) -> dict[str, Any]:
    record = Objects(call).update_bucket(call.param("bucket"), call.request.json())
    return bucket_resource(record, base_url(call.request))


def delete_bucket(call: Call) -> Response:
    Objects(call).delete_bucket(call.param("bucket"))
    return Response(b"", _NO_CONTENT)


def list_objects(call: Call) -> dict[str, Any]:
    """With `prefix`, `delimiter`, `startOffset`, `endOffset`, `maxResults` and `pageToken`."""
    objects, request = Objects(call), call.request
    bucket, prefix, delimiter = call.param("bucket"), request.arg("prefix"), request.arg("delimiter")
    start, end = request.arg("startOffset").encode(), request.arg("endOffset").encode()
    objects.bucket(bucket)
    entries: dict[str, dict[str, Any]] = {}  # objects and common prefixes share one order and one page
    for record in objects.records(bucket, prefix):
        name: str = record["name"]
        if name.encode() < start or (end and name.encode() >= end):
            continue
        head, found, tail = name.removeprefix(prefix).partition(delimiter) if delimiter else (name, "", "")
        if not found or (request.arg("includeTrailingDelimiter") == "true" and not tail):
            entries[name] = {"entry": name, "record": record}
        if found:
            folder = prefix + head + delimiter
            entries.setdefault(f"{folder}\0", {"entry": f"{folder}\0", "folder": folder})
    page, token = page_by(list(entries.values()), size=_page_size(call), token=request.arg("pageToken"), key="entry")
    items = [object_resource(entry["record"], base_url(request)) for entry in page if "record" in entry]
    folders = [entry["folder"] for entry in page if "folder" in entry]
    answer: dict[str, Any] = {"kind": "storage#objects"}
    return answer | {
        key: value for key, value in (("items", items), ("prefixes", folders), ("nextPageToken", token)) if value
    }


def get_object(call: Call) -> Response | dict[str, Any]:
    """The metadata, or the content with `alt=media` and below `/download/`."""
    objects, request = Objects(call), call.request
    record = objects.get(call.param("bucket"), call.param("object"), generation=generation_arg(request))
    conditions = Conditions.of(request)
    if conditions.not_modified(record):
        return Response(b"", 304)
    conditions.check(record)
    if request.arg("alt") == "media" or request.path.startswith("/download/"):
        content = objects.content(record)
        if "gzip" not in request.headers.get("accept-encoding", "") and (unpacked := _transcoded(content, record)):
            return _media(unpacked, {**record, "contentEncoding": ""}, "")
        return _media(content, record, request.headers.get("range", ""))
    return object_resource(record, base_url(request))


def patch_object(call: Call) -> dict[str, Any]:
    """PATCH merges metadata, PUT replaces it."""
    objects, request = Objects(call), call.request
    record = objects.get(call.param("bucket"), call.param("object"), generation=generation_arg(request))
    Conditions.of(request).check(record)
    record = objects.update(record, request.json(), whole=request.method == "PUT")
    return object_resource(record, base_url(request))


def delete_object(call: Call) -> Response:
    objects, request = Objects(call), call.request
    record = objects.get(call.param("bucket"), call.param("object"), generation=generation_arg(request))
    Conditions.of(request).check(record)
    objects.delete(record)
    return Response(b"", _NO_CONTENT)


def copy_object(call: Call) -> dict[str, Any]:
    return object_resource(_copied(call), base_url(call.request))


def rewrite_object(call: Call) -> dict[str, Any]:
    """As a copy; never so large that a second call would be needed."""
    record = _copied(call)
    return {
        "kind": "storage#rewriteResponse",
        "totalBytesRewritten": record["size"],
        "objectSize": record["size"],
        "done": True,
        "resource": object_resource(record, base_url(call.request)),
    }


def _copied(call: Call) -> dict[str, Any]:
    objects, request = Objects(call), call.request
    source = objects.get(
        call.param("bucket"), call.param("object"), generation=generation_arg(request, "sourceGeneration")
    )
    Conditions.of(request, "ifSource").check(source)
    fields = request.json() or source
    # The copy's checksums are computed; those of the source in a client's body would be checked against it for nothing.
    fields = {key: value for key, value in fields.items() if key not in ("md5Hash", "crc32c")}
    return objects.write(
        call.param("to_bucket"),
        call.param("to_object"),
        objects.content(source),
        {"contentType": source["contentType"], **fields},
        conditions=Conditions.of(request),
    )


def _transcoded(content: bytes, record: dict[str, Any]) -> bytes:
    """The content of an object that is stored as gzip, for those who do not take that: nothing for any other object.

    Source: https://docs.cloud.google.com/storage/docs/transcoding
    """
    if record.get("contentEncoding") != "gzip" or "no-transform" in record.get("cacheControl", ""):
        return b""
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return b""


def _media(content: bytes, record: dict[str, Any], wanted: str) -> Response:
    headers = [
        ("Content-Type", record["contentType"]),
        ("Accept-Ranges", "bytes"),
        ("X-Goog-Generation", record["generation"]),
        ("X-Goog-Metageneration", record["metageneration"]),
        ("X-Goog-Stored-Content-Length", record["size"]),
        ("X-Goog-Hash", f"md5={record['md5Hash']}" + (f",crc32c={record['crc32c']}" if "crc32c" in record else "")),
        ("ETag", f'"{record["etag"]}"'),
    ]
    for field, header in (
        ("contentEncoding", "Content-Encoding"),
        ("contentDisposition", "Content-Disposition"),
        ("contentLanguage", "Content-Language"),
        ("cacheControl", "Cache-Control"),
    ):
        if record.get(field):
            headers.append((header, record[field]))
    match = _RANGE.fullmatch(wanted.strip())
    if match is None or match.groups() == ("", ""):
        return Response(content, 200, tuple(headers))
    size = len(content)
    first, last = match.groups()
    start = int(first) if first else max(size - int(last), 0)
    stop = min(int(last) + 1, size) if first and last else size
    if start >= size or start >= stop:
        return Response(b"", 416, (("Content-Range", f"bytes */{size}"),))
    headers.append(("Content-Range", f"bytes {start}-{stop - 1}/{size}"))
    return Response(content[start:stop], 206, tuple(headers))


def _page_size(call: Call) -> int:
    text = call.request.arg("maxResults", str(_LARGEST_PAGE))
    if not text.isdigit() or int(text) == 0:
        raise StorageProblem(400, f"Invalid value for maxResults: '{text}'", reason="invalidParameter")
    return min(int(text), _LARGEST_PAGE)


_BUCKET = "/storage/v1/b/{bucket=*}"
_OBJECT = "/storage/v1/b/{bucket=*}/o/{object=**}"

ROUTES: list[Route] = [
    ("POST", "/storage/v1/b", insert_bucket),
    ("GET", "/storage/v1/b", list_buckets),
    ("GET", _BUCKET, get_bucket),
    ("PATCH", _BUCKET, patch_bucket),
    ("DELETE", _BUCKET, delete_bucket),
    ("GET", f"{_BUCKET}/o", list_objects),
    ("POST", f"{_BUCKET}/o", uploads.insert),
    ("POST", f"/upload{_BUCKET}/o", uploads.insert),
    ("PUT", f"/upload{_BUCKET}/o", uploads.resume),
    ("DELETE", f"/upload{_BUCKET}/o", uploads.cancel),
    ("POST", "/storage/v1/b/{bucket=*}/o/{object=*}/copyTo/b/{to_bucket=*}/o/{to_object=**}", copy_object),
    ("POST", "/storage/v1/b/{bucket=*}/o/{object=*}/rewriteTo/b/{to_bucket=*}/o/{to_object=**}", rewrite_object),
    ("GET", _OBJECT, get_object),
    ("GET", f"/download{_OBJECT}", get_object),
    ("PATCH", _OBJECT, patch_object),
    ("PUT", _OBJECT, patch_object),
    ("DELETE", _OBJECT, delete_object),
]
