"""Differences in plain words: which fields force another training run, and why a job cannot be adopted.

Works on the canonical form, like `compare`, which decides; this only tells.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_ctune.tuning import states
from pulumi_ctune.tuning.canonical import canonical_inputs
from pulumi_ctune.tuning.checks.wording import child, show
from pulumi_ctune.tuning.compare import same_source
from pulumi_ctune.tuning.pinned import Source
from pulumi_ctune.tuning.values import Unknown


def reasons_to_train(state: Mapping[str, Any], inputs: Mapping[str, Any], replaces: Sequence[str]) -> list[str]:
    """One line for each field that makes another training run necessary. `replaces` is that of `compare.plan`."""
    old, new = {**state, **canonical_inputs(state)}, {**inputs, **canonical_inputs(inputs)}
    lines: list[str] = []
    for key in replaces:
        if key == "state":
            lines.append(f"the job ended: {states.words(state['state'])}")
        else:
            lines += _changed_leaves(old.get(key), new.get(key), key)
    return lines


def _changed_leaves(old: Any, new: Any, path: str) -> list[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = dict.fromkeys([*old, *new])
        return [line for key in keys for line in _changed_leaves(old.get(key), new.get(key), child(path, key))]
    return [] if old == new else [f"{path}: {_shown(old, path)} -> {_shown(new, path)}"]


def _shown(value: Any, path: str) -> str:
    if isinstance(value, Unknown):
        return "(known after apply)"
    if value is None:  # the canonical form leaves defaults out, written or not
        return "(default)" if "hyper_parameters" in path else "(none)"
    return show(value)


def from_job(wanted: Mapping[str, Any], found: Mapping[str, Any], *, recorded_source: Source | None) -> list[str]:
    """Each difference between the inputs and a job that is to be adopted. Both sides in canonical form.

    What the user left to the service (absent in `wanted`) is no difference.
    """
    lines = _wanted_but_other(wanted, found, skip=("labels", "description", "pre_tuned_model"))
    asked = wanted.get("pre_tuned_model")
    if asked and not (recorded_source and same_source(asked, recorded_source)):
        lines.append(f"pre_tuned_model is {asked} in the inputs and {found.get('pre_tuned_model')} in the job")
    if not asked and recorded_source:
        lines.append(f"the job continues from {recorded_source.tuned_model_name}, the inputs from a base model")
    return lines


def _wanted_but_other(wanted: Any, found: Any, *, skip: tuple[str, ...] = (), path: str = "") -> list[str]:
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        lines = []
        for key, value in wanted.items():
            if key not in skip:
                lines += _wanted_but_other(value, found.get(key), path=child(path, key))
        return lines
    return [] if _close(wanted, found) else [f"{path} is {show(wanted)} in the inputs and {show(found)} in the job"]


def _close(left: Any, right: Any) -> bool:
    """Equal, but for what a float32 on the server's side may have cost."""
    if isinstance(left, float) and isinstance(right, float):
        return abs(left - right) <= 1e-6 * max(abs(left), abs(right))
    return bool(left == right)
