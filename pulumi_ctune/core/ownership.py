"""The labels that say which resource, and which inputs, a tuning job belongs to, and the mark that says who holds it.

The API has no request id, so a job that was submitted just before a crash can be found again only by what is written on
it. Labels travel with the job, its model version and its endpoints. They are ours: they never show up in a diff.

    ctune-organization, ctune-project, ctune-stack, ctune-name    who made it, for people (shortened to fit a label)
    ctune-resource    hash of organization and URN: the same for every job of one resource under one name
    ctune-token       the state entry that the job was submitted for
    ctune-inputs      hash of the request in canonical form and the triggers: the same for the same work
    ctune-source      hash of the model version and checkpoint that the job continues from
    ctune-recorded    on model versions only, the mark: which state entry claimed it last, or `abandoned` by a destroy

A *token* is derived: that of a first entry from organization and URN, that of each replacement from its predecessor's.
So a preview and the update that follows it find the same one, a run that repeats an interrupted one recognises its
jobs, and a renamed resource keeps its token. A *hold* is the token and a random part, drawn when the job is claimed:
two state files with the same names are told apart by it.

Label grammar: https://docs.cloud.google.com/resource-manager/docs/labels-overview
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from pulumi_ctune.core.canonical import METRIC_SPECS
from pulumi_ctune.core.hidden import HOLD, OWNER
from pulumi_ctune.core.source import Source

PREFIX = "ctune-"
NAME = "ctune-name"
STACK = "ctune-stack"
RESOURCE = "ctune-resource"
TOKEN = "ctune-token"
INPUTS = "ctune-inputs"
SOURCE = "ctune-source"
RECORDED = "ctune-recorded"
ABANDONED = "abandoned"

JOB_LABEL = "google-vertex-llm-tuning-job-id"  # Google's own, on every model version that a tuning job made

_LABEL_LENGTH = 63  # characters
_HASH_LENGTH = 20  # hex digits: 80 bits, far from any collision among one project's jobs
_NONCE_BYTES = 8
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)
_RECENT_LINE = 16  # replacements that are looked back on for each job in a list
_MOST_LINES = 1 << 15  # half a kilobyte each
_LONGEST_LINE = 1000  # replacements of one resource; a few milliseconds


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
        return hash_of([self.organization, self.urn])


def first_token(organization: str, urn: str) -> str:
    """The token of a resource's first state entry."""
    return hash_of([organization, urn])


def next_token(token: str) -> str:
    """The token of the entry that replaces the one with this token."""
    return hash_of([token])


def descends(token: str, earlier: str, *, within: int = _LONGEST_LINE) -> bool:
    """Whether the entry with this token is the one with the `earlier` token, or has come of it by replacements."""
    for _ in range(within):
        if earlier == token:
            return True
        earlier = next_token(earlier)
    return False


@lru_cache(maxsize=_MOST_LINES)
def recent_line(token: str) -> str:
    """This token and those of the first entries that replace its entry, each between two spaces.

    One text, and kept, since every create asks it of every job in a list.
    """
    tokens = [token]
    for _ in range(_RECENT_LINE - 1):
        tokens.append(next_token(tokens[-1]))
    return " ".join(["", *tokens, ""])


def is_of_line(token: str, owner: Owner) -> bool:
    """Whether the token is that of a state entry that the resource had, has or will have, under the name of today."""
    return descends(token, first_token(owner.organization, owner.urn))


def is_of_its_maker(token: str, labels: Mapping[str, str], owner: Owner) -> bool:
    """Whether the token is that of the state entry that a job with these labels was submitted for, by a resource with
    today's name, or of an entry that has come of it. The resource may have had another name when it got its first one.
    """
    made_for = labels.get(TOKEN)
    return labels.get(RESOURCE) == owner.key and made_for is not None and descends(token, made_for)


def new_hold(token: str) -> str:
    """A mark that no other state entry has, not even one with the same token in another state file."""
    return f"{token}-{os.urandom(_NONCE_BYTES).hex()}"


def token_of(properties: Mapping[str, Any]) -> str:
    """The token in the hidden entry of a state or of inputs; empty where there is none."""
    return str((properties.get(OWNER) or {}).get("token") or "")


def hold_of(state: Mapping[str, Any]) -> str:
    """The mark by which a state entry knows what it holds; states of 0.1.0 have a token alone. Empty for neither."""
    return str(state.get(HOLD) or "") or token_of(state)


def token_of_hold(mark: str) -> str:
    """The token in a mark."""
    return mark.partition("-")[0]


def is_anothers(mark: str, hold: str) -> bool:
    """Whether the mark on a model version says that another state entry than the one with this mark claimed it last."""
    return mark not in ("", ABANDONED, hold)


def holder_in_words(labels: Mapping[str, str]) -> str:
    """Who a job or model version was made for, as its labels tell: `resource 'a' of stack 'dev' (project 'infra')`."""
    if RESOURCE not in labels:
        return "nobody's program"
    name, stack, project = (labels.get(f"ctune-{part}", "?") for part in ("name", "stack", "project"))
    return f"resource '{name}' of stack '{stack}' (project '{project}')"


def was_made_for(labels: Mapping[str, str], owner: Mapping[str, Any]) -> bool:
    """Whether a job with these labels was submitted for the resource of this entry of a state or of inputs."""
    parts = ("organization", "project", "stack", "name")
    return all(labels.get(f"{PREFIX}{part}") == as_label(str(owner.get(part, ""))) for part in parts)


def is_of_stack(labels: Mapping[str, str], owner: Owner) -> bool:
    """Whether a job with these labels was submitted for a resource of the owner's stack."""
    parts = {"organization": owner.organization, "project": owner.project, "stack": owner.stack}
    return all(labels.get(f"{PREFIX}{part}") == as_label(value) for part, value in parts.items())


def labels_for_people(owner: Owner) -> dict[str, str]:
    """The labels that say who made something, as far as words fit a label."""
    parts = {"organization": owner.organization, "project": owner.project, "stack": owner.stack, "name": owner.name}
    return {f"{PREFIX}{part}": as_label(value) for part, value in parts.items()}


def labels_of(owner: Owner, token: str, work: str, source: Source | None) -> dict[str, str]:
    """The labels for a new job of this owner and state entry: `work` is its `inputs_key`, `source` is resolved."""
    return {
        **labels_for_people(owner),
        RESOURCE: owner.key,
        TOKEN: token,
        INPUTS: work,
        **({SOURCE: source_key(source)} if source else {}),
    }


def inputs_key(inputs: Mapping[str, Any], triggers: Any) -> str:
    """The value of the label `ctune-inputs`: equal for inputs that ask for the same work. Both in canonical form.

    Labels and description do not count: on a job that is found again they can be changed in place. The display name
    counts: another name may ask for a model of its own. Project and location do not: jobs are looked for in one place.
    Nor does the source (see `source_key`), nor the project in other names (keys, datasets), which may be an id here and
    a number there: `own_jobs` compares those by meaning. Nor do metrics that an empty spec chooses: the
    jobs of earlier releases have hashes without them.
    """
    passed_over = ("labels", "description", "pre_tuned_model")
    work = {key: value for key, value in inputs.items() if key not in passed_over}
    return hash_of([_without_bare_metrics(_without_projects(work)), triggers])


def source_key(source: Source) -> str:
    """The value of the label `ctune-source`: equal for the same version and checkpoint, whatever they were called."""
    name = source.model_name
    if name is None:
        return hash_of([source.tuned_model_name, source.checkpoint_id])
    return hash_of([name.location, name.model_id, name.version, source.checkpoint_id])


def without_ours(labels: Mapping[str, str]) -> dict[str, str]:
    """A job's or model's labels as its owner wrote them: without ours and without Google's own."""
    not_the_users = (PREFIX, "goog-", "google-vertex-", "tune-type")
    return {key: value for key, value in labels.items() if not key.startswith(not_the_users)}


def _without_projects(value: Any) -> Any:
    """The value with every `projects/P/` in front of a resource name as `projects/-/`."""
    if isinstance(value, str):
        return re.sub(r"^projects/[^/]+/", "projects/-/", value)
    if isinstance(value, Mapping):
        return {key: _without_projects(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_projects(item) for item in value]
    return value


def _without_bare_metrics(value: Any) -> Any:
    """The value without the metrics that nothing but an empty spec chooses, and without what is empty then."""
    if isinstance(value, list):
        return [_without_bare_metrics(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    kept = {key: (item, _without_bare_metrics(item)) for key, item in value.items()}
    return {
        key: now
        for key, (before, now) in kept.items()
        if now != {} or (before == {} and not key.endswith(METRIC_SPECS)) or key.endswith("_scorer")
    }


def hash_of(value: Any) -> str:
    """Equal for equal values of JSON; fits a label."""
    text = _ENCODER.encode(value)
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]


def as_label(text: str) -> str:
    """Text as a label value: lower case, other characters as `-`, cut to length."""
    return re.sub(r"[^a-z0-9_-]", "-", text.lower())[:_LABEL_LENGTH].strip("-")
