"""The three ways to upload an object: media (the content alone), multipart (with metadata), resumable (in chunks).

Owns the upload protocols and the state of unfinished resumable uploads; `objects` owns what an object is.

Source: https://docs.cloud.google.com/storage/docs/uploads-downloads
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from email.message import Message
from typing import Any

from vertex_emulator.service import Call
from vertex_emulator.storage.objects import (
    MAX_OBJECT_BYTES,
    Conditions,
    Objects,
    StorageProblem,
    check_object_name,
    object_resource,
)
from vertex_emulator.wsgi import Request, Response

_RESUME_INCOMPLETE = 308
_CLIENT_CLOSED = 499  # what Cloud Storage answers to a cancelled upload
# `bytes 0-*/*` is a stream whose end is the object's: what Google's client for Node sends.
_CONTENT_RANGE = re.compile(r"bytes (?:(?P<first>\d+)-(?P<last>\d+|\*)|\*)/(?P<total>\d+|\*)")


def base_url(request: Request) -> str:
    """Where the client reached the emulator: links in answers must lead back to it."""
    return f"http://{request.headers.get('host', 'localhost')}"


def insert(call: Call) -> Response | dict[str, Any]:
    """POST on `/upload/../o?uploadType=media|multipart|resumable`, and on `../o` without upload (an empty object)."""
    kind = call.request.arg("uploadType", "media" if call.request.path.startswith("/upload/") else "")
    if kind == "resumable":
        return _start(call)
    if kind == "multipart":
        fields, content = _multipart(call.request)
    elif kind == "media":
        fields, content = {"contentType": call.request.headers["content-type"]}, call.request.body
    elif not kind:
        fields, content = call.request.json(), b""
    else:
        raise StorageProblem(400, f"Invalid upload type: {kind}")
    return _write(call, call.param("bucket"), fields, content, Conditions.of(call.request))


def resume(call: Call) -> Response | dict[str, Any]:
    """PUT on a resumable upload's own URL: the next chunk, or the question how far the upload has come."""
    upload = _unfinished(call)
    if finished := upload.get("finished"):
        return object_resource(finished, base_url(call.request))
    first, total = _chunk_range(call.request)
    received: int = upload["received"]
    body = call.request.body
    if first is not None:
        if first > received:
            raise StorageProblem(400, f"Invalid request. The chunk starts at byte {first}, byte {received} comes next.")
        body = body[received - first :]
        received += len(body)
    else:
        body = b""
    if received > MAX_OBJECT_BYTES:
        raise StorageProblem(413, f"The object is larger than {MAX_OBJECT_BYTES} bytes.")
    if total is not None and received > total:
        raise StorageProblem(400, f"Invalid request. {received} bytes were sent of an object of {total} bytes.")
    chunks: int = upload["chunks"]
    if body:
        call.tx.put_blob(_chunk_key(call, chunks), body)
        chunks += 1
    upload = {**upload, "received": received, "chunks": chunks}
    if total == received:
        return _finish(call, upload)
    call.tx.put("storage_upload", call.request.arg("upload_id"), upload)
    headers = (("Range", f"bytes=0-{received - 1}"),) if received else ()
    return Response(b"", _RESUME_INCOMPLETE, headers)


def cancel(call: Call) -> Response:
    """DELETE on a resumable upload's own URL."""
    upload = _unfinished(call)
    _forget_chunks(call, upload["chunks"])
    call.tx.delete("storage_upload", call.request.arg("upload_id"))
    return Response(b"", _CLIENT_CLOSED)


def _start(call: Call) -> Response:
    request, bucket = call.request, call.param("bucket")
    fields = request.json()
    fields.setdefault("contentType", request.headers.get("x-upload-content-type") or None)
    name = str(fields.get("name") or request.arg("name"))
    check_object_name(name)
    objects, conditions = Objects(call), Conditions.of(request)
    objects.bucket(bucket)
    conditions.check(objects.find(bucket, name))
    upload_id = secrets.token_urlsafe(24)
    upload = {
        "bucket": bucket,
        "fields": {**fields, "name": name},
        "conditions": asdict(conditions),
        "received": 0,
        "chunks": 0,
    }
    call.tx.put("storage_upload", upload_id, upload)
    location = f"{base_url(request)}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={upload_id}"
    return Response(b"", 200, (("Location", location), ("X-GUploader-UploadID", upload_id)))


def _finish(call: Call, upload: dict[str, Any]) -> dict[str, Any]:
    content = b"".join(call.tx.get_blob(_chunk_key(call, index)) or b"" for index in range(upload["chunks"]))
    conditions = Conditions(**upload["conditions"])
    resource = _write(call, upload["bucket"], upload["fields"], content, conditions)
    _forget_chunks(call, upload["chunks"])
    # Kept, so that a client whose answer was lost and who asks again is told that all is there.
    record = Objects(call).get(upload["bucket"], upload["fields"]["name"])
    call.tx.put("storage_upload", call.request.arg("upload_id"), {**upload, "chunks": 0, "finished": record})
    return resource


def _write(
    call: Call, bucket: str, fields: Mapping[str, Any], content: bytes, conditions: Conditions
) -> dict[str, Any]:
    name = str(fields.get("name") or call.request.arg("name"))
    fields = {**fields, "contentType": fields.get("contentType") or call.request.arg("contentType") or None}
    fields["contentEncoding"] = fields.get("contentEncoding") or call.request.arg("contentEncoding") or None
    record = Objects(call).write(
        bucket, name, content, fields, conditions=conditions, checksums=_checksums(call.request.headers)
    )
    return object_resource(record, base_url(call.request))


def _unfinished(call: Call) -> dict[str, Any]:
    if upload := call.tx.get("storage_upload", call.request.arg("upload_id")):
        return upload
    raise StorageProblem(404, "Unable to find the upload: it does not exist, or was cancelled.")


def _chunk_range(request: Request) -> tuple[int | None, int | None]:
    """(the first byte's position, None in a question; the object's size, None where it is not known yet)."""
    text = request.headers.get("content-range", "")
    if not text:
        return 0, len(request.body)
    match = _CONTENT_RANGE.fullmatch(text.strip())
    if match is None:
        raise StorageProblem(400, f"Failed to parse Content-Range header: {text}")
    total = None if match["total"] == "*" else int(match["total"])
    if match["first"] is None:
        return None, total
    first = int(match["first"])
    if match["last"] == "*":
        return first, first + len(request.body) if total is None else total
    last = int(match["last"])
    if last - first + 1 != len(request.body):
        message = (
            f"Invalid request. There were {len(request.body)} byte(s) in the request body, the header says {text}."
        )
        raise StorageProblem(400, message)
    return first, total


def _multipart(request: Request) -> tuple[dict[str, Any], bytes]:
    header = Message()
    header["content-type"] = request.headers["content-type"]
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise StorageProblem(400, "Failed to parse the multipart request: no boundary.")
    # By hand and on bytes: `email` would turn line ends of the content into its own.
    parts = (b"\r\n" + request.body).split(b"\r\n--" + boundary.encode())
    if len(parts) != 4 or not parts[3].startswith(b"--"):
        raise StorageProblem(400, "Failed to parse the multipart request: it must have two parts and an end.")
    (_, metadata), (content_type, content) = _part(parts[1]), _part(parts[2])
    try:
        fields = json.loads(metadata) if metadata.strip() else {}
    except ValueError as error:
        raise StorageProblem(400, f"Failed to parse the object's metadata: {error}", reason="parseError") from None
    if not isinstance(fields, dict):
        raise StorageProblem(400, "The object's metadata must be a JSON object.", reason="parseError")
    fields.setdefault("contentType", content_type or None)
    return fields, content


def _part(text: bytes) -> tuple[str, bytes]:
    """(its content type, its content)."""
    head, found, content = text.partition(b"\r\n\r\n")
    if not found:
        raise StorageProblem(400, "Failed to parse the multipart request: a part has no end of its header.")
    for line in head.decode("latin-1").splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-type":
            return value.strip(), content
    return "", content


def _checksums(headers: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for part in headers.get("x-goog-hash", "").split(","):
        name, _, value = part.strip().partition("=")
        if name in ("md5", "crc32c"):
            found["md5Hash" if name == "md5" else name] = value
    return found


def _chunk_key(call: Call, index: int) -> str:
    return f"upload/{call.request.arg('upload_id')}/{index}"


def _forget_chunks(call: Call, count: int) -> None:
    for index in range(count):
        call.tx.delete_blob(_chunk_key(call, index))
