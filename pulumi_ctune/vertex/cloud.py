"""What Google Cloud tells about a project besides Vertex AI: number, services, permissions, buckets, keys, quota.

Reads only. The quota's name was seen in use and is on no page of Google's.

Sources: https://docs.cloud.google.com/resource-manager/reference/rest/v3/projects ,
https://docs.cloud.google.com/service-usage/docs/reference/rest/v1/services/batchGet ,
https://docs.cloud.google.com/storage/docs/json_api/v1/buckets ,
https://docs.cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys
"""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from pulumi_ctune.core import names
from pulumi_ctune.core.cloud import Bucket, Key, Policy, Project
from pulumi_ctune.core.errors import ApiError, BadRequestError, UnavailableError
from pulumi_ctune.vertex import errors
from pulumi_ctune.vertex.rest import Json, Rest

if TYPE_CHECKING:
    from pulumi_ctune.vertex.session import Session

_QUOTA = "aiplatform.googleapis.com/global_concurrent_tuning_jobs"
_SIGN_IN = "the sign-in does not work"


class GoogleCloud:
    """`core.cloud.Cloud` over a session."""

    def __init__(self, session: "Session", rest: Rest) -> None:
        self._session = session
        self._rest = rest

    def account(self) -> str:
        url = f"{self._session.cloud_url('openidconnect')}/v1/userinfo"
        credentials = self._session.credentials(url)
        with errors.translating(_SIGN_IN):
            credentials.current_token()
        if credentials.account:
            return credentials.account
        try:
            return str(self._rest.fetch(url, "the account could not be read").get("email") or "")
        except ApiError:  # the token may be good, and not be made for this question
            return ""

    def project(self, project: str) -> Project:
        found = self._rest.fetch(
            f"{self._session.cloud_url('cloudresourcemanager')}/v3/projects/{quote(project, safe='')}",
            f"the project {project} could not be read",
        )
        number = names.last_segment(str(found.get("name") or ""))
        return Project(number, str(found.get("projectId") or ""), found.get("state") == "ACTIVE")

    def enabled_services(self, project: str, services: Sequence[str]) -> Collection[str]:
        query = urlencode([("names", f"projects/{project}/services/{service}") for service in services])
        found = self._rest.fetch(
            f"{self._session.cloud_url('serviceusage')}/v1/projects/{project}/services:batchGet?{query}",
            f"the enabled APIs of {project} could not be read",
        )
        return {
            names.last_segment(str(entry.get("name")))
            for entry in _entries(found, "services")
            if entry.get("state") == "ENABLED"
        }

    def permissions(self, project: str, permissions: Sequence[str]) -> Collection[str]:
        url = f"{self._session.cloud_url('cloudresourcemanager')}/v3/projects/{project}:testIamPermissions"
        return self._tested(url, f"your permissions on {project} could not be read", permissions)

    def bucket(self, bucket: str) -> Bucket:
        found = self._rest.fetch(self._bucket_url(bucket), f"the bucket {bucket} could not be read")
        return Bucket(str(found.get("projectNumber") or ""), str(found.get("location") or "").lower())

    def bucket_permissions(self, bucket: str, permissions: Sequence[str]) -> Collection[str]:
        query = urlencode([("permissions", each) for each in permissions])
        url = f"{self._bucket_url(bucket)}/iam/testPermissions?{query}"
        found = self._rest.fetch(url, f"your permissions on the bucket {bucket} could not be read")
        return set(map(str, found.get("permissions") or ()))

    def bucket_policy(self, bucket: str) -> Policy:
        url = f"{self._bucket_url(bucket)}/iam?optionsRequestedPolicyVersion=3"
        return _policy(self._rest.fetch(url, f"the policy of the bucket {bucket} could not be read"))

    def account_permissions(self, email: str, permissions: Sequence[str]) -> Collection[str]:
        url = f"{self._session.cloud_url('iam')}/v1/projects/-/serviceAccounts/{email}:testIamPermissions"
        return self._tested(url, f"your permissions on {email} could not be read", permissions)

    def key(self, name: str) -> Key:
        found = self._rest.fetch(
            f"{self._session.cloud_url('cloudkms')}/v1/{name}", f"the key {name} could not be read"
        )
        primary = found.get("primary")
        is_enabled = isinstance(primary, dict) and primary.get("state") == "ENABLED"
        return Key(is_enabled, found.get("purpose") == "ENCRYPT_DECRYPT")

    def key_policy(self, name: str) -> Policy:
        url = f"{self._session.cloud_url('cloudkms')}/v1/{name}:getIamPolicy?options.requestedPolicyVersion=3"
        return _policy(self._rest.fetch(url, f"the policy of the key {name} could not be read"))

    def concurrent_jobs(self, project: str) -> int | None:
        what = f"the quota of tuning jobs of {project} could not be read"
        service = f"projects/{project}/services/aiplatform.googleapis.com"
        url = (
            f"{self._session.cloud_url('serviceusage')}/v1beta1/{service}/consumerQuotaMetrics/{quote(_QUOTA, safe='')}"
        )
        found = self._rest.fetch(url, what)
        buckets = [
            bucket
            for limit in _entries(found, "consumerQuotaLimits")
            for bucket in _entries(limit, "quotaBuckets")
            if not bucket.get("dimensions")  # those are of a region
        ]
        try:
            limit = int(buckets[0]["effectiveLimit"])
        except (IndexError, KeyError, TypeError, ValueError):
            raise UnavailableError(what, why="the answer has no limit") from None
        return None if limit < 0 else limit

    def can_list_jobs(self, project: str, location: str) -> None:
        parent = names.parent(project, location)
        self._rest.get(parent, "/tuningJobs", {"pageSize": "1"}, what=f"{parent} could not be asked for its jobs")

    def _tested(self, url: str, what: str, permissions: Sequence[str]) -> Collection[str]:
        return set(map(str, self._rest.ask_at(url, what, {"permissions": list(permissions)}).get("permissions") or ()))

    def _bucket_url(self, bucket: str) -> str:
        if self._session.storage_url is None:
            raise BadRequestError(
                f"the bucket {bucket} is not looked at",
                why="ctune:apiEndpoint names a service of your own, and ctune:storageEndpoint is not set",
                never_sent=True,
            )
        return f"{self._session.storage_url}/storage/v1/b/{quote(bucket, safe='')}"


def _entries(document: Json, key: str) -> list[Json]:
    found = document.get(key)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _policy(document: Json) -> Policy:
    found: dict[str, set[str]] = {}
    for binding in _entries(document, "bindings"):
        members: Any = binding.get("members")
        if not binding.get("condition") and isinstance(members, list):
            found.setdefault(str(binding.get("role")), set()).update(map(str, members))
    return found
