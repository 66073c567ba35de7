"""What a project lacks: services that are not enabled, and permissions that the caller does not have.

The emulator has no identities: without an order everything is enabled and everybody may do everything. What is withheld
shows in answers about services and permissions (`cloud`, `storage.bucket_access`) and is enforced nowhere else: what
Google then answers to the other requests is ordered as a fault.
"""

from vertex_emulator.store import Transaction

_KIND = "withheld"


def add(tx: Transaction, name: str) -> None:
    """Withhold a service (`aiplatform.googleapis.com`) or a permission (`aiplatform.tuningJobs.create`)."""
    tx.put(_KIND, name, {"name": name})


def remove_all(tx: Transaction) -> None:
    tx.delete_all(_KIND)


def listed(tx: Transaction) -> list[str]:
    return [name for name, _ in tx.list(_KIND)]


def of(tx: Transaction, names: list[str]) -> list[str]:
    """Those of the names that are not withheld."""
    missing = {*listed(tx)}
    return [name for name in names if name not in missing]
