"""`gcp.storage.Bucket`: a bucket of the Cloud Storage emulator.

What Cloud Storage keeps is read from there. The other inputs, life-cycle rules for one, are recorded in Pulumi's state
alone and have no effect, but for `forceDestroy`.

Source: https://www.pulumi.com/registry/packages/gcp/api-docs/storage/bucket/
"""

from typing import Any
from urllib.parse import quote

from vertex_emulator.pulumi_gcp import values
from vertex_emulator.pulumi_gcp.client import Client, is_conflict
from vertex_emulator.pulumi_gcp.errors import PluginError
from vertex_emulator.pulumi_gcp.kinds import Found, Kind, readable
from vertex_emulator.pulumi_gcp.values import Properties

_OF_THE_API = ("labels", "storageClass", "versioning", "website", "encryption", "defaultEventBasedHold")
_DEFAULT_CLASS = "STANDARD"
_COMPUTED = ("url", "selfLink", "projectNumber", "timeCreated", "updated", "effectiveLabels", "pulumiLabels")


class Buckets(Kind):
    """Buckets; ids are their names."""

    def id_of(self, inputs: Properties) -> str:
        return str(inputs["name"])

    def create(self, emulator: Client, inputs: Properties) -> Properties:
        body = _fields(inputs) | {"name": inputs["name"], "location": inputs["location"]}
        params = {"project": inputs["project"]}
        return _outputs(emulator.call("POST", "/storage/v1/b", params=params, json=body))

    def read(self, emulator: Client, resource_id: str, known: Properties) -> Found | None:
        bucket = emulator.find(bucket_path(resource_id))
        if bucket is None:
            return None
        inputs = {name: bucket.get(name) for name in (*_OF_THE_API, "name", "location")}
        project = known.get("project") or bucket["projectNumber"]
        return Found(inputs, {"project": project} | inputs | _outputs(bucket))

    def update(self, emulator: Client, resource_id: str, old_inputs: Properties, inputs: Properties) -> Properties:
        return _outputs(emulator.call("PATCH", bucket_path(resource_id), json=_fields(inputs)))

    def delete(self, emulator: Client, resource_id: str, known: Properties) -> None:
        if known.get("forceDestroy"):
            _empty(emulator, resource_id)
        try:
            emulator.call("DELETE", bucket_path(resource_id))
        except PluginError as error:
            if is_conflict(error):
                raise error.advising("With force_destroy=True on the bucket its objects go too.") from None
            raise

    def same(self, name: str, one: Any, other: Any) -> bool:
        if name == "location" and isinstance(one, str) and isinstance(other, str):
            return one.upper() == other.upper()  # Cloud Storage answers in capitals
        if name == "storageClass":
            return (one or _DEFAULT_CLASS) == (other or _DEFAULT_CLASS)
        return values.same(one, other)


def _empty(emulator: Client, name: str) -> None:
    while items := emulator.call("GET", f"{bucket_path(name)}/o").get("items"):
        for item in items:
            emulator.call("DELETE", f"{bucket_path(name)}/o/{quote(item['name'], safe='')}")


def bucket_path(name: str) -> str:
    """Where the JSON API has a bucket; its objects are below `/o`."""
    return f"/storage/v1/b/{quote(name, safe='')}"


def _fields(inputs: Properties) -> Properties:
    uniform, prevention = inputs.get("uniformBucketLevelAccess"), inputs.get("publicAccessPrevention")
    configuration = {"uniformBucketLevelAccess": {"enabled": bool(uniform)}} | (
        {"publicAccessPrevention": prevention} if prevention else {}
    )
    # A null takes a field away, but a bucket always has a class.
    fields = {name: inputs.get(name) for name in _OF_THE_API} | {"iamConfiguration": configuration}
    return fields | {"storageClass": inputs.get("storageClass") or _DEFAULT_CLASS}


def _outputs(bucket: Properties) -> Properties:
    labels = bucket.get("labels") or {}
    return {
        "url": f"gs://{bucket['name']}",
        "selfLink": bucket["selfLink"],
        "projectNumber": int(bucket["projectNumber"]),
        "timeCreated": bucket["timeCreated"],
        "updated": bucket["updated"],
        "location": bucket["location"],
        "storageClass": bucket["storageClass"],
        "effectiveLabels": labels,
        "pulumiLabels": labels,
    }


def _name(name: str, seed: bytes) -> str:
    return readable(name.lower(), seed)


BUCKET = Buckets(
    token="gcp:storage/bucket:Bucket",
    named_by="name",
    automatic_name=_name,
    defaults=("project",),
    in_place=frozenset(
        (
            *_OF_THE_API,
            "autoclass",
            "cors",
            "forceDestroy",
            "ipFilter",
            "lifecycleRules",
            "logging",
            "publicAccessPrevention",
            "requesterPays",
            "retentionPolicy",
            "rpo",
            "softDeletePolicy",
            "uniformBucketLevelAccess",
        )
    ),
    computed=_COMPUTED,
)
