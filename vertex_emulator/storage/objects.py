"""Objects and buckets of the Cloud Storage emulator: records, generations, preconditions, checksums.

Knows the store and the preloaded files; knows no paths of the HTTP API (`json_api`) and no upload protocol (`uploads`).
A bucket keeps the live generation of each object only, as a bucket without Object Versioning does.

Source: https://docs.cloud.google.com/storage/docs/json_api/v1/objects
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from vertex_emulator.names import project_number
from vertex_emulator.service import Call
from vertex_emulator.storage import sample_datasets
from vertex_emulator.storage.crc32c import crc32c_base64
from vertex_emulator.storage.preload import PreloadedBuckets
from vertex_emulator.wsgi import ApiProblem, Request

MAX_OBJECT_BYTES = 1_000_000_000  # what SQLite holds in one cell, and Google's limit for a training file
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_EDITABLE = (
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "contentType",
    "customTime",
    "eventBasedHold",
    "metadata",
    "temporaryHold",
)
_REASON_OF = {
    400: "invalid",
    404: "notFound",
    409: "conflict",
    412: "conditionNotMet",
    416: "requestedRangeNotSatisfiable",
}


class StorageProblem(ApiProblem):
    """An error answer of Cloud Storage's JSON API, which has `errors[]` with a reason and no canonical status."""

    def __init__(self, code: int, message: str, *, reason: str = "") -> None:
        super().__init__(code, message)
        self.reason = reason or _REASON_OF.get(code, "invalid")

    def body(self) -> dict[str, Any]:
        cause = {"message": self.message, "domain": "global", "reason": self.reason}
        return {"error": {"code": self.code, "message": self.message, "errors": [cause]}}


@dataclass(frozen=True)
class Conditions:
    """The preconditions of a request; None is no condition."""

    generation_match: int | None = None
    generation_not_match: int | None = None
    metageneration_match: int | None = None
    metageneration_not_match: int | None = None

    @staticmethod
    def of(request: Request, prefix: str = "if") -> "Conditions":
        """From the query parameters `ifGenerationMatch` and so on; `prefix` is `ifSource` for the source of a copy."""
        return Conditions(
            _number_arg(request, f"{prefix}GenerationMatch"),
            _number_arg(request, f"{prefix}GenerationNotMatch"),
            _number_arg(request, f"{prefix}MetagenerationMatch"),
            _number_arg(request, f"{prefix}MetagenerationNotMatch"),
        )

    def check(self, current: Mapping[str, Any] | None) -> None:
        """Raises 412 where a condition does not hold. Generation 0 is 'no object'."""
        generation = int(current["generation"]) if current else 0
        metageneration = int(current["metageneration"]) if current else 0
        matches = self.generation_match in (None, generation) and self.metageneration_match in (None, metageneration)
        if not matches or self.generation_not_match == generation or self.metageneration_not_match == metageneration:
            raise StorageProblem(412, "At least one of the pre-conditions you specified did not hold.")

    def not_modified(self, current: Mapping[str, Any]) -> bool:
        """Whether a read gets 304, as it asks for another generation or metageneration than the one there is."""
        return (self.generation_not_match, self.metageneration_not_match) != (None, None) and (
            self.generation_not_match == int(current["generation"])
            or self.metageneration_not_match == int(current["metageneration"])
        )


class Objects:
    """The buckets and objects of one request's transaction."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._tx = call.tx
        self._files = PreloadedBuckets(call.settings.state_dir)

    def create_bucket(self, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Raises 400 for a name outside the grammar and 409 for one in use."""
        if not _BUCKET_NAME.fullmatch(name):
            raise StorageProblem(400, f"Invalid bucket name: '{name}'")
        if self.find_bucket(name):
            raise StorageProblem(
                409, "Your previous request to create the named bucket succeeded and you already own it."
            )
        return self._put_new_bucket(name, fields)

    def find_bucket(self, name: str) -> dict[str, Any] | None:
        """The bucket's record; a directory of preloaded files is a bucket from the first look at it."""
        record = self._tx.get("storage_bucket", name)
        if (
            record is None
            and (name == sample_datasets.BUCKET or self._files.has(name))
            and _BUCKET_NAME.fullmatch(name)
        ):
            return self._put_new_bucket(name, {})
        return record

    def bucket(self, name: str) -> dict[str, Any]:
        if record := self.find_bucket(name):
            return record
        raise StorageProblem(404, "The specified bucket does not exist.")

    def list_buckets(self, prefix: str) -> list[dict[str, Any]]:
        for name in self._files.names():
            self.find_bucket(name)
        return [record for _, record in sorted(self._tx.list("storage_bucket", prefix))]

    def update_bucket(self, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        record = self.bucket(name)
        fixed = {key: record[key] for key in ("name", "timeCreated", "projectNumber", "location")}
        changed = {key: value for key, value in {**record, **fields}.items() if value is not None}
        updated = {"metageneration": str(int(record["metageneration"]) + 1), "updated": storage_time(self._call.now)}
        record = {**changed, **fixed, **updated}
        self._tx.put("storage_bucket", name, record)
        return record

    def delete_bucket(self, name: str) -> None:
        self.bucket(name)
        if self.records(name):
            raise StorageProblem(409, "The bucket you tried to delete is not empty.")
        if self._files.has(name):
            raise StorageProblem(409, f"The bucket {name} is a directory of preloaded files: remove that instead.")
        self._tx.delete("storage_bucket", name)

    def find(self, bucket: str, name: str) -> dict[str, Any] | None:
        """The live object's record."""
        self._take_file(bucket, name)
        record = self._tx.get("storage_object", f"{bucket}/{name}")
        sample = sample_datasets.content(bucket, name) if record is None else None
        if sample is None:
            return record
        self.bucket(bucket)
        record = self._record(bucket, name, sample, {"contentType": _content_type_of(name)})
        self._tx.put("storage_object", f"{bucket}/{name}", record)
        self._tx.put_blob(_blob_key(bucket, name), sample)
        return record

    def get(self, bucket: str, name: str, *, generation: int | None = None) -> dict[str, Any]:
        """Raises 404 where there is no such bucket or object, or the live generation is another one."""
        self.bucket(bucket)
        record = self.find(bucket, name)
        if record is None or generation not in (None, int(record["generation"])):
            raise StorageProblem(404, f"No such object: {bucket}/{name}")
        return record

    def records(self, bucket: str, prefix: str = "") -> list[dict[str, Any]]:
        """Records in the order of their names' bytes, as Cloud Storage lists them."""
        known = {key.removeprefix(f"{bucket}/") for key, _ in self._tx.list("storage_file", f"{bucket}/{prefix}")}
        for name in sorted(known | {name for name in self._files.object_names(bucket) if name.startswith(prefix)}):
            self._take_file(bucket, name)
        records = [record for _, record in self._tx.list("storage_object", f"{bucket}/{prefix}")]
        return sorted(records, key=lambda record: record["name"].encode())

    def content(self, record: Mapping[str, Any]) -> bytes:
        bucket, name = record["bucket"], record["name"]
        stored = self._files.read(bucket, name) if record["isFile"] else self._tx.get_blob(_blob_key(bucket, name))
        if stored is None:
            raise StorageProblem(404, f"No such object: {bucket}/{name}")
        return stored

    def write(
        self,
        bucket: str,
        name: str,
        content: bytes,
        fields: Mapping[str, Any],
        *,
        conditions: Conditions,
        checksums: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Make `content` the live generation of an object.

        `fields` are those of the Object resource that a client may set. `checksums` (`md5Hash`, `crc32c`, base64) are
        those that the content must have; CRC32C only where it can be computed.
        """
        self.bucket(bucket)
        check_object_name(name)
        if len(content) > MAX_OBJECT_BYTES:
            raise StorageProblem(413, f"The object is larger than {MAX_OBJECT_BYTES} bytes.")
        conditions.check(self.find(bucket, name))
        record = self._record(bucket, name, content, fields)
        for kind, label in (("md5Hash", "MD5"), ("crc32c", "CRC32C")):
            wanted = (checksums or {}).get(kind) or fields.get(kind)
            if wanted and wanted != record.get(kind, wanted):
                message = f'Provided {label} hash "{wanted}" doesn\'t match calculated {label} hash "{record[kind]}".'
                raise StorageProblem(400, message)
        self._tx.put("storage_object", f"{bucket}/{name}", record)
        self._tx.put_blob(_blob_key(bucket, name), content)
        return record

    def update(self, record: Mapping[str, Any], fields: Mapping[str, Any], *, whole: bool = False) -> dict[str, Any]:
        """Change metadata. A null takes a field away; with `whole`, absence does so too (PUT instead of PATCH)."""
        kept = {key: value for key, value in record.items() if not whole or key not in _EDITABLE}
        changes = {key: value for key, value in fields.items() if key in _EDITABLE}
        if isinstance(changes.get("metadata"), dict) and not whole:
            merged = {**record.get("metadata", {}), **changes["metadata"]}
            changes["metadata"] = {key: value for key, value in merged.items() if value is not None} or None
        updated = {key: value for key, value in {**kept, **changes}.items() if value is not None}
        updated["metageneration"] = str(int(record["metageneration"]) + 1)
        updated["updated"] = storage_time(self._call.now)
        updated["etag"] = _etag(updated)
        self._tx.put("storage_object", f"{record['bucket']}/{record['name']}", updated)
        return updated

    def delete(self, record: Mapping[str, Any]) -> None:
        """Delete the live object. The file behind a preloaded one stays; it becomes an object again once it changes."""
        self._tx.delete("storage_object", f"{record['bucket']}/{record['name']}")
        self._tx.delete_blob(_blob_key(record["bucket"], record["name"]))

    def _put_new_bucket(self, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        now = storage_time(self._call.now)
        record = {
            "storageClass": "STANDARD",
            **fields,
            "location": str(fields.get("location") or "US").upper(),
            "name": name,
            "projectNumber": project_number(self._call.request.arg("project")),
            "metageneration": "1",
            "timeCreated": now,
            "updated": now,
        }
        self._tx.put("storage_bucket", name, record)
        return record

    def _take_file(self, bucket: str, name: str) -> None:
        key = f"{bucket}/{name}"
        seen = self._tx.get("storage_file", key)
        mark = self._files.mark(bucket, name)
        if mark is None:
            if seen and self._tx.delete("storage_file", key):
                current = self._tx.get("storage_object", key)
                if current and current["isFile"]:
                    self.delete(current)
            return
        if seen == mark._asdict():
            return
        content = self._files.read(bucket, name)
        if content is None:
            return
        fields = {"contentType": _content_type_of(name)}
        record = self._record(bucket, name, content, fields)
        self._tx.put("storage_object", key, {**record, "isFile": True})
        self._tx.put("storage_file", key, mark._asdict())

    def _record(self, bucket: str, name: str, content: bytes, fields: Mapping[str, Any]) -> dict[str, Any]:
        now = storage_time(self._call.now)
        record: dict[str, Any] = {
            "contentType": "application/octet-stream",
            **{key: fields[key] for key in _EDITABLE if fields.get(key) is not None},
            "bucket": bucket,
            "name": name,
            "generation": str(self._next_generation()),
            "metageneration": "1",
            "storageClass": "STANDARD",
            "size": str(len(content)),
            "md5Hash": base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode(),
            "timeCreated": now,
            "updated": now,
            "timeStorageClassUpdated": now,
            "timeFinalized": now,
            "isFile": False,
        }
        record["etag"] = _etag(record)
        crc32c = crc32c_base64(content)
        return record | ({"crc32c": crc32c} if crc32c else {})

    def _next_generation(self) -> int:
        # Microseconds of the clock, as at Google, but never the same twice: a clock may stand still or be set back.
        last = (self._tx.get("storage_generation", "last") or {"value": 0})["value"]
        generation: int = max(int(self._call.now * 1_000_000), last + 1)
        self._tx.put("storage_generation", "last", {"value": generation})
        return generation


def content_at(call: Call, uri: str) -> bytes | None:
    """The content of `gs://bucket/name`; None if there is no such object, or this is no such URI."""
    match = re.fullmatch(r"gs://([^/]+)/(.+)", uri, re.DOTALL)
    if match is None:
        return None
    objects = Objects(call)
    record = objects.find(match[1], match[2])
    return None if record is None else objects.content(record)


def put_object(call: Call, bucket: str, name: str, content: bytes) -> None:
    """Make `content` the live generation of an object; the bucket is made if there is none."""
    objects = Objects(call)
    if objects.find_bucket(bucket) is None:
        objects.create_bucket(bucket, {})
    objects.write(bucket, name, content, {}, conditions=Conditions())


def object_resource(record: Mapping[str, Any], base_url: str) -> dict[str, Any]:
    """The Object resource as the API shows it; `base_url` is where the client reached the emulator."""
    bucket, name, generation = record["bucket"], quote(record["name"], safe=""), record["generation"]
    return {
        "kind": "storage#object",
        "id": f"{bucket}/{record['name']}/{generation}",
        "selfLink": f"{base_url}/storage/v1/b/{bucket}/o/{name}",
        "mediaLink": f"{base_url}/download/storage/v1/b/{bucket}/o/{name}?generation={generation}&alt=media",
        **{key: value for key, value in record.items() if key != "isFile"},
    }


def bucket_resource(record: Mapping[str, Any], base_url: str) -> dict[str, Any]:
    name = record["name"]
    return {
        "kind": "storage#bucket",
        "id": name,
        "selfLink": f"{base_url}/storage/v1/b/{name}",
        "etag": base64.b64encode(f"m{record['metageneration']}".encode()).decode(),
        **record,
    }


def check_object_name(name: str) -> None:
    """Raises 400 for a name outside https://docs.cloud.google.com/storage/docs/objects#naming ."""
    if not name:
        raise StorageProblem(400, "Required", reason="required")
    too_long = len(name.encode("utf-8", "replace")) > 1024
    if too_long or name in (".", "..") or re.search(r"[\r\n]", name) or name.startswith(".well-known/acme-challenge/"):
        raise StorageProblem(400, f"The specified object name is not valid: {name[:200]!r}")


def storage_time(seconds: float) -> str:
    """RFC 3339 with milliseconds, as Cloud Storage writes moments."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def generation_arg(request: Request, name: str = "generation") -> int | None:
    """The generation that a request names; None is the live one."""
    return _number_arg(request, name)


def _number_arg(request: Request, name: str) -> int | None:
    text = request.arg(name)
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,19}", text):
        raise StorageProblem(400, f"Invalid value for {name}: '{text}'", reason="invalidParameter")
    return int(text)


def _blob_key(bucket: str, name: str) -> str:
    return f"object/{bucket}/{name}"


def _etag(record: Mapping[str, Any]) -> str:
    return base64.b64encode(f"{record['generation']}/{record['metageneration']}".encode()).decode()


def _content_type_of(name: str) -> str:
    # A short table of our own: `mimetypes` reads tables of the machine, and answers differ between machines.
    extension = name.rpartition(".")[2].lower()
    return {
        "jsonl": "application/x-ndjson",
        "json": "application/json",
        "txt": "text/plain",
        "csv": "text/csv",
        "pdf": "application/pdf",
        "png": "image/png",
        "jpg": "image/jpeg",
        "jpeg": "image/jpeg",
        "mp3": "audio/mpeg",
        "mp4": "video/mp4",
    }.get(extension, "application/octet-stream")
