"""Differences in plain words: which fields force another training run, and why a job cannot be adopted.

Works on the canonical form, like `diff`, which decides; this only tells.
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pulumi_ctune.core import job_states, names
from pulumi_ctune.core.messages import child, show
from pulumi_ctune.core.source import Source
from pulumi_ctune.core.values import Unknown
from pulumi_ctune.tuning_job.draft import Draft
from pulumi_ctune.tuning_job.state import State

if TYPE_CHECKING:
    from pulumi_ctune.tuning_job.request import Submitted  # not loaded for a diff


def reasons_to_train(saved: State, draft: Draft, replaces: Sequence[str]) -> list[str]:
    """One line for each field that makes another training run necessary. `replaces` is that of `diff.plan`."""
    old, new = {**saved.held, **saved.canonical}, {**draft.written, **draft.canonical}
    lines: list[str] = []
    for key in replaces:
        if key == "state":
            lines.append(f"the job ended: {job_states.words(saved.job_state)}")
        else:
            lines += _changed_leaves(old.get(key), new.get(key), key)
    return lines


def _changed_leaves(old: Any, new: Any, path: str) -> list[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = dict.fromkeys([*old, *new])
        return [line for key in keys for line in _changed_leaves(old.get(key), new.get(key), child(path, key))]
    if _is_list(old) and _is_list(new):
        pairs = itertools.zip_longest(old, new)
        return [line for index, pair in enumerate(pairs) for line in _changed_leaves(*pair, f"{path}[{index}]")]
    if _same(old, new):
        return []
    if path.startswith("triggers") or not (_may_be_shown(old, path) and _may_be_shown(new, path)):
        return [f"{path} changed"]
    return [f"{path}: {_shown(old, path)} -> {_shown(new, path)}"]


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _same(old: Any, new: Any) -> bool:
    return bool(old == new) and isinstance(old, bool) == isinstance(new, bool)


def _may_be_shown(value: Any, path: str) -> bool:
    """Whether a value can be no secret: nobody can tell here which inputs are, so free text never stands in a log."""
    if value is None or isinstance(value, Unknown | bool | int | float):
        return True
    return isinstance(value, str) and (path == "base_model" or re.fullmatch(r"[A-Z]+(_[A-Z]+)+", value) is not None)


def _shown(value: Any, path: str) -> str:
    if isinstance(value, Unknown):
        return "(known after apply)"
    if value is None:  # the canonical form leaves defaults out, written or not
        return "(default)" if "hyper_parameters" in path else "(none)"
    return show(value)


def from_job(wanted: Mapping[str, Any], asked: Source | None, found: "Submitted") -> list[str]:
    """Each difference between inputs in canonical form, with `asked` as the source, and a job that is to be adopted.

    What the user left to the service (absent in `wanted`) is no difference.
    """
    lines = _wanted_but_other(wanted, found.canonical, skip=("labels", "description", "pre_tuned_model"))
    if asked and not (found.source and _is_same_source(asked, found.source)):
        lines.append("pre_tuned_model is another in the inputs than in the job")
    if not asked and found.source:
        lines.append(f"the job continues from {found.source.tuned_model_name}, the inputs from a base model")
    return lines


def _is_same_source(asked: Source, recorded: Source) -> bool:
    """Whether both name the same version, whatever its project is called, and the checkpoint that is asked for."""
    return asked.is_version_of(recorded) and asked.checkpoint_id in ("", recorded.checkpoint_id)


def _wanted_but_other(wanted: Any, found: Any, *, skip: tuple[str, ...] = (), path: str = "") -> list[str]:
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        lines = []
        for key, value in wanted.items():
            if key not in skip:
                lines += _wanted_but_other(value, found.get(key), path=child(path, key))
        return lines
    if _close(wanted, found):
        return []
    if _may_be_shown(wanted, path) and _may_be_shown(found, path):
        return [f"{path} is {_shown(wanted, path)} in the inputs and {_shown(found, path)} in the job"]
    return [f"{path} is another in the inputs than in the job"]


def _close(left: Any, right: Any) -> bool:
    """Equal, but for what a float32 on the server's side may have cost, and a project's id here, its number there."""
    if isinstance(left, float) and isinstance(right, float):
        return abs(left - right) <= 1e-6 * max(abs(left), abs(right))
    if isinstance(left, str) and isinstance(right, str):
        return names.same_resource(left, right) is not False
    return bool(left == right)
