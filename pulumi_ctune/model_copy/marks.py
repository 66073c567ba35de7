"""Whose copy a version is, by its labels.

A copy brings the labels of its source along, those of the job that made it too, and `models:copy` takes none. So the
mark is written once the copy is there, and `ctune-copy` says which of two labels are the copy's own: it is the hash of
what this version was copied from, which a copy of the copy has another one of.

Copies of one source under one model are as good as each other: one that nobody has marked is free to take.
"""

import hashlib
from collections.abc import Mapping

from pulumi_ctune.core import ownership
from pulumi_ctune.core.api import ModelVersion
from pulumi_ctune.core.ownership import Owner

COPY = "ctune-copy"
_HASH_LENGTH = 20  # hex digits


def is_marked(version: ModelVersion) -> bool:
    """Whether some resource, in whatever stack, has taken the copy for its own."""
    return bool(version.copied_from) and version.labels.get(COPY) == _key(version.copied_from)


def is_owned(version: ModelVersion, owner: Owner) -> bool:
    return is_marked(version) and version.labels.get(ownership.RESOURCE) == owner.key


def hold_on(version: ModelVersion) -> str:
    """The mark of the state entry that claimed the copy last; empty where none has."""
    return version.labels.get(ownership.RECORDED, "") if is_marked(version) else ""


def labels_of(version: ModelVersion, owner: Owner, hold: str) -> dict[str, str]:
    """The labels that make a copy this owner's; what its source's job had of ours goes."""
    kept = {key: value for key, value in version.labels.items() if not key.startswith(ownership.PREFIX)}
    return {
        **kept,
        **ownership.labels_for_people(owner),
        ownership.RESOURCE: owner.key,
        ownership.RECORDED: hold,
        COPY: _key(version.copied_from),
    }


def model_id_of(owner: Owner, source: str, kms_key_name: str) -> str:
    """The id of the model that a resource copies this version to, where the program gives none: always the same one, so
    that a request that was sent twice makes one model.
    """
    return f"copy-{_hash(owner.key, source, kms_key_name)}"


def put_labels(labels: Mapping[str, str], before: Mapping[str, str], version: ModelVersion) -> dict[str, str]:
    """The version's labels with those of the inputs, and without those that earlier inputs put."""
    gone = before.keys() - labels.keys()
    return {**{key: value for key, value in version.labels.items() if key not in gone}, **labels}


def _key(copied_from: str) -> str:
    return _hash(copied_from)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_HASH_LENGTH]
