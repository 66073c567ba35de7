"""The labels that say which resource, and which inputs, a tuning job belongs to.

The API has no request id, so a job that was submitted just before a crash can be found again only by what is written on
it. Labels travel with the job, its model version and its endpoints. They are ours: they never show up in a diff.

    ctune-organization, ctune-project, ctune-stack, ctune-name    who made it, for people (shortened to fit a label)
    ctune-resource    hash of organization and URN: the same for every job of one resource
    ctune-inputs      hash of the request in canonical form, project, location and triggers: the same for the same work
    ctune-recorded    on model versions only: the token of the state entry that holds it, or `abandoned` by a destroy

Label grammar: https://docs.cloud.google.com/resource-manager/docs/labels-overview
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pulumi_ctune.tuning.attributes import OWNER
from pulumi_ctune.tuning.canonical import canonical_inputs, canonical_triggers

PREFIX = "ctune-"
RESOURCE = "ctune-resource"
INPUTS = "ctune-inputs"
RECORDED = "ctune-recorded"
ABANDONED = "abandoned"

JOB_LABEL = "google-vertex-llm-tuning-job-id"  # Google's own, on every model version that a tuning job made

_LABEL_LENGTH = 63  # characters
_HASH_LENGTH = 20  # hex digits: 80 bits, far from any collision among one project's jobs


@dataclass(frozen=True)
class Owner:
    """The Pulumi resource that a job or a deployment belongs to. `urn` is unique within the organization; the rest is
    for people.
    """

    organization: str
    project: str
    stack: str
    name: str
    urn: str

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        """The owner that the hidden entry of a state or of inputs tells; what it does not say is empty."""
        return cls(*(str(entry.get(part, "")) for part in ("organization", "project", "stack", "name", "urn")))

    @property
    def key(self) -> str:
        """The value of the label `ctune-resource`."""
        return _hash([self.organization, self.urn])


def is_anothers(mark: str, state: Mapping[str, Any]) -> bool:
    """Whether the mark on a model version says that another state entry than `state` claimed it last."""
    return mark not in ("", ABANDONED, (state.get(OWNER) or {}).get("token"))


def holder_in_words(labels: Mapping[str, str]) -> str:
    """Who a job or model version was made for, as its labels tell: `resource 'a' of stack 'dev' (project 'infra')`."""
    name, stack, project = (labels.get(f"ctune-{part}", "?") for part in ("name", "stack", "project"))
    return f"resource '{name}' of stack '{stack}' (project '{project}')"


def was_made_for(labels: Mapping[str, str], owner: Mapping[str, Any]) -> bool:
    """Whether a job with these labels was submitted for the resource of this entry of a state or of inputs."""
    parts = ("organization", "project", "stack", "name")
    return all(labels.get(f"{PREFIX}{part}") == _label(str(owner.get(part, ""))) for part in parts)


def labels_of(owner: Owner, inputs: Mapping[str, Any]) -> dict[str, str]:
    """The labels for a new job of this owner with these inputs."""
    return {
        "ctune-organization": _label(owner.organization),
        "ctune-project": _label(owner.project),
        "ctune-stack": _label(owner.stack),
        "ctune-name": _label(owner.name),
        RESOURCE: owner.key,
        INPUTS: inputs_key(inputs),
    }


def inputs_key(inputs: Mapping[str, Any]) -> str:
    """The value of the label `ctune-inputs`: equal for inputs that ask for the same work, whatever their spelling.

    Labels and description do not count: on a job that is found again they can be put right in place. The display name
    counts: another name may ask for a model of its own.
    """
    work = {key: value for key, value in canonical_inputs(inputs).items() if key not in ("labels", "description")}
    return _hash(
        [inputs.get("project"), inputs.get("location"), work, canonical_triggers(inputs.get("triggers") or [])]
    )


def without_ours(labels: Mapping[str, str]) -> dict[str, str]:
    """A job's or model's labels as its owner wrote them: without ours and without Google's own."""
    not_the_users = (PREFIX, "goog-", "google-vertex-", "tune-type")
    return {key: value for key, value in labels.items() if not key.startswith(not_the_users)}


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]


def _label(text: str) -> str:
    """Text as a label value: lower case, other characters as `-`, cut to length."""
    return re.sub(r"[^a-z0-9_-]", "-", text.lower())[:_LABEL_LENGTH].strip("-")
