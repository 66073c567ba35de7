"""What Google Cloud tells about a project besides Vertex AI, as records, and the protocol that reads it.

For `insight.doctor`; `vertex.cloud` is the implementation. All methods raise `CtuneError`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Project:
    """A project. `number` and `project_id` are what it is known by, `is_active` is false while it is deleted."""

    number: str
    project_id: str
    is_active: bool


@dataclass(frozen=True)
class Bucket:
    """A bucket: the project that it belongs to, and where it lies."""

    project_number: str
    location: str


@dataclass(frozen=True)
class Key:
    """A key of Cloud KMS."""

    is_enabled: bool
    can_encrypt: bool


Policy = Mapping[str, Collection[str]]
"""Role -> its members, without those that have it on a condition."""


class Cloud(Protocol):
    """Reads what Google Cloud tells. Permissions are those of the caller."""

    def account(self) -> str:
        """The email that requests are sent as; empty where nothing tells it. Signs in."""

    def project(self, project: str) -> Project: ...

    def enabled_services(self, project: str, services: Sequence[str]) -> Collection[str]:
        """Those of the services (`aiplatform.googleapis.com`) that are enabled."""

    def permissions(self, project: str, permissions: Sequence[str]) -> Collection[str]:
        """Those of the permissions that the caller has on the project."""

    def bucket(self, bucket: str) -> Bucket: ...

    def bucket_permissions(self, bucket: str, permissions: Sequence[str]) -> Collection[str]: ...

    def bucket_policy(self, bucket: str) -> Policy: ...

    def account_permissions(self, email: str, permissions: Sequence[str]) -> Collection[str]:
        """Those that the caller has on a service account."""

    def key(self, name: str) -> Key: ...

    def key_policy(self, name: str) -> Policy: ...

    def concurrent_jobs(self, project: str) -> int | None:
        """How many tuning jobs of the project may run at once; None for no limit."""

    def can_list_jobs(self, project: str, location: str) -> None:
        """Read one tuning job at most. Raises where that does not work."""
