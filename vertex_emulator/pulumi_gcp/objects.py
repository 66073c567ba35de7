"""`gcp.storage.BucketObject`: an object of the Cloud Storage emulator, so a dataset that tuning jobs can read.

As in the real plugin, another `source` is another object resource (the program decides by the name what goes first),
another `content` a new generation of the same one. An object that somebody else overwrote shows as a changed source or
content after a refresh.

Source: https://www.pulumi.com/registry/packages/gcp/api-docs/storage/bucketobject/
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from vertex_emulator.pulumi_gcp import values
from vertex_emulator.pulumi_gcp.buckets import bucket_path
from vertex_emulator.pulumi_gcp.client import Client
from vertex_emulator.pulumi_gcp.errors import InvalidInputError
from vertex_emulator.pulumi_gcp.kinds import Found, Kind
from vertex_emulator.pulumi_gcp.values import Properties

_METADATA = (
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "contentType",
    "eventBasedHold",
    "metadata",
    "temporaryHold",
)
_IN_PLACE = ("content", "eventBasedHold", "metadata", "temporaryHold", "contexts", "retention")
_OF_CONTENT = ("crc32c", "generation", "md5hash", "md5hexhash", "mediaLink")


class BucketObjects(Kind):
    """Objects; ids are `BUCKET-NAME`, which cannot be taken apart, so that an import is not possible."""

    def refusals(self, inputs: Properties) -> Iterator[tuple[str, str]]:
        given = [name for name in ("content", "source") if name in inputs]
        if len(given) != 1:
            yield "source", "an object has exactly one of `content` and `source`"
        source = inputs.get("source")
        if values.is_archive(source) or (values.is_asset(source) and "uri" in source):
            yield "source", "the emulator takes files and text only (pulumi.FileAsset, pulumi.StringAsset)"

    def id_of(self, inputs: Properties) -> str:
        return f"{inputs['bucket']}-{inputs['name']}"

    def create(self, emulator: Client, inputs: Properties) -> Properties:
        return _outputs(_upload(emulator, inputs))

    def read(self, emulator: Client, resource_id: str, known: Properties) -> Found | None:
        if not known.get("bucket"):
            raise InvalidInputError(
                "the object cannot be looked up",
                where=resource_id,
                why="an id does not tell bucket and name apart",
                next_step="Declare the object with its content instead of importing it.",
            )
        path = _path(known["bucket"], known["name"])
        found = emulator.find(path)
        if found is None:
            return None
        inputs = {name: found.get(name) for name in (*_METADATA, "bucket", "name")}
        if found["md5Hash"] != known.get("md5hash"):
            content = emulator.content(path, params={"alt": "media"})
            inputs["source"] = values.asset_of_hash(hashlib.sha256(content).hexdigest())
            inputs["content"] = content.decode(errors="replace")
        return Found(inputs, {name: found.get(name) for name in _METADATA} | _outputs(found))

    def update(self, emulator: Client, resource_id: str, old_inputs: Properties, inputs: Properties) -> Properties:
        if values.same(old_inputs.get("content"), inputs.get("content")):
            body = {name: inputs.get(name) for name in ("eventBasedHold", "metadata", "temporaryHold")}
            return _outputs(emulator.call("PATCH", _path(inputs["bucket"], inputs["name"]), json=body))
        return _outputs(_upload(emulator, inputs))

    def delete(self, emulator: Client, resource_id: str, known: Properties) -> None:
        emulator.call("DELETE", _path(known["bucket"], known["name"]))

    def outputs_of_change(self, changed: set[str]) -> Sequence[str]:
        return _OF_CONTENT if "content" in changed else ()


def _upload(emulator: Client, inputs: Properties) -> Properties:
    metadata = {name: inputs[name] for name in (*_METADATA, "name") if name in inputs}
    content_type = inputs.get("contentType", "application/octet-stream")
    boundary = secrets.token_hex(16)
    parts = (("application/json", json.dumps(metadata).encode()), (content_type, _content(inputs)))
    body = b"".join(f"--{boundary}\r\nContent-Type: {kind}\r\n\r\n".encode() + part + b"\r\n" for kind, part in parts)
    return emulator.call(
        "POST",
        f"/upload{bucket_path(inputs['bucket'])}/o",
        params={"uploadType": "multipart"},
        headers={"Content-Type": f"multipart/related; boundary={boundary}"},
        content=body + f"--{boundary}--\r\n".encode(),
    )


def _content(inputs: Properties) -> bytes:
    source = inputs.get("source")
    if source is None:
        return str(inputs["content"]).encode()
    return values.asset_content(source if values.is_asset(source) else {"path": source})


def _path(bucket: str, name: str) -> str:
    return f"{bucket_path(bucket)}/o/{quote(name, safe='')}"


def _outputs(found: Properties) -> Properties:
    return {
        "outputName": found["name"],
        "selfLink": found["selfLink"],
        "mediaLink": found["mediaLink"],
        "md5hash": found["md5Hash"],
        "md5hexhash": base64.b64decode(found["md5Hash"]).hex(),
        "crc32c": found.get("crc32c"),
        "generation": int(found["generation"]),
        "contentType": found["contentType"],
        "storageClass": found["storageClass"],
    }


BUCKET_OBJECT = BucketObjects(
    token="gcp:storage/bucketObject:BucketObject",
    named_by="name",
    in_place=frozenset(_IN_PLACE),
    computed=("outputName", "selfLink", *_OF_CONTENT),
)
