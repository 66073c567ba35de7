"""The rules of inputs that several resources have: place, labels, key, deletion policy. In a preview, offline.

Values that are not known yet are skipped. Texts that have a grammar are for `grammar`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pulumi_ctune.core import grammar, ownership
from pulumi_ctune.core.deletion_policy import DELETION_POLICIES
from pulumi_ctune.core.messages import Findings, child, not_one_of, quoted, show
from pulumi_ctune.core.values import Unknown, text_of

_WHERE_FROM = {
    "project": "stack config (`pulumi config set gcp:project PROJECT`) or environment variable GOOGLE_PROJECT",
    "location": "stack config (`pulumi config set gcp:region REGION`) or environment variable GOOGLE_REGION",
}


def check_place(given: Mapping[str, Any], found: Findings) -> None:
    """The inputs `project` and `location`, which each resource of a place needs."""
    for name, form in (("project", grammar.project), ("location", grammar.location)):
        if given.get(name, "") == "":
            found[name] = f"missing: set this input, {_WHERE_FROM[name]}"
        else:
            check_text(given, name, form, found)


def check_text(given: Mapping[str, Any], name: str, form: Callable[[str], str], found: Findings) -> None:
    """A text of a grammar; `form` returns the reason against one, or nothing."""
    value = given.get(name)
    if value is None or isinstance(value, Unknown):
        return
    if not isinstance(value, str):
        found.setdefault(name, f"{show(value)} is not text{quoted(value)}")
    elif reason := form(value):
        found.setdefault(name, reason)


def check_labels(labels: Any, found: Findings) -> None:
    """Keys and values of the input `labels`; that it is a mapping is for the caller."""
    if not isinstance(labels, Mapping):
        return
    for key, value in labels.items():
        if not isinstance(key, str):
            found[child("labels", key)] = f"the key {show(key)} is not text"
        elif reason := grammar.label_key(key):
            found[child("labels", key)] = reason
        elif not ownership.without_ours({key: ""}):
            whose = "pulumi-ctune" if key.startswith(ownership.PREFIX) else "Google's tuning service"
            found[child("labels", key)] = f"the key {show(key)} is reserved: {whose} writes such labels itself"
        elif isinstance(text := text_of(value), str) and (reason := grammar.label_value(text)):
            found.setdefault(child("labels", key), reason)


def location_of_foreign_key(given: Mapping[str, Any], found: Findings) -> str:
    """Where the key of `encryption_spec` lies, if that is not the input `location`; "" where it is, or nobody knows.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/general/cmek
    """
    spec, location = given.get("encryption_spec"), given.get("location")
    key = spec.get("kms_key_name") if isinstance(spec, Mapping) else None
    if not isinstance(key, str) or not isinstance(location, str) or "location" in found:
        return ""
    key_location = grammar.location_of_key(key)
    return "" if key_location == location else key_location


def check_deletion_policy(policy: Any, found: Findings) -> None:
    if policy is not None and not isinstance(policy, Unknown) and policy not in DELETION_POLICIES:
        found["deletion_policy"] = not_one_of(policy, DELETION_POLICIES)
