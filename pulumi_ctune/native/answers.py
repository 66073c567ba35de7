"""A plan as the answer to Diff, key by key, and an error as the engine takes it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2 as pb

from pulumi_ctune.core.kind import Values
from pulumi_ctune.core.outcomes import Plan
from pulumi_ctune.core.printable import one_line
from pulumi_ctune.native.served import Served
from pulumi_ctune.native.wording import worded
from pulumi_ctune.verbs import error_status

_Kind = pb.PropertyDiff
_REPLACED = {_Kind.ADD: _Kind.ADD_REPLACE, _Kind.DELETE: _Kind.DELETE_REPLACE, _Kind.UPDATE: _Kind.UPDATE_REPLACE}


def diff(plan: Plan, served: Served, state: Values, inputs: Values) -> pb.DiffResponse:
    """What changes, and for which of it the resource is made anew: those inputs that the plan names, in detail.

    Compared with the state and not with the inputs before: it is the state that a plan is made from.
    """
    if not plan.changes:
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE)
    shape, detailed = served.shape, {}
    for name in dict.fromkeys((*plan.replaces, *plan.updates, *plan.possible)):
        # What is about no input, or only means something else by now, differs nowhere in particular.
        found = list(_differences(state.get(name), inputs.get(name), [name])) if name in inputs or name in state else []
        for path, kind in found or [([name], _Kind.UPDATE)]:
            kind = _Kind.UPDATE if name in served.kind.beyond_inputs else kind
            written = _written(shape.keys_to_wire(path))
            detailed[written] = pb.PropertyDiff(kind=_REPLACED[kind] if name in plan.replaces else kind)
    return pb.DiffResponse(
        changes=pb.DiffResponse.DIFF_SOME,
        replaces=[shape.keys_to_wire([name])[0] for name in plan.replaces],
        diffs=[shape.keys_to_wire([name])[0] for name in (*plan.replaces, *plan.updates, *plan.possible)],
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


def tell(context: grpc.ServicerContext, text: str, failed: pb.ErrorResourceInitFailed | None = None) -> None:
    """End the call with an error of one line, and with what is to be kept of the resource. Never returns."""
    line = one_line(worded(text), error_status.LONGEST_TEXT)
    if failed is not None:
        failed.reasons.append(line)
    context.set_trailing_metadata(((error_status.TRAILER, error_status.encoded(line, failed)),))
    context.abort(grpc.StatusCode.UNKNOWN, line)


def _differences(old: Any, new: Any, path: list[Any]) -> Iterator[tuple[list[Any], Any]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            yield from _differences(old.get(key), new.get(key), [*path, key])
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            before, after = (items[index] if index < len(items) else None for items in (old, new))
            yield from _differences(before, after, [*path, index])
    elif old != new or isinstance(old, bool) is not isinstance(new, bool):
        yield path, _Kind.ADD if old is None else _Kind.DELETE if new is None else _Kind.UPDATE


def _written(path: list[Any]) -> str:
    """A path as the engine reads it: `labels["a/b"]`, `require[0].metric`."""
    written = ""
    for key in path:
        if isinstance(key, int):
            written += f"[{key}]"
        elif re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key):
            written += f".{key}" if written else key
        else:
            written += f"[{json.dumps(key)}]"
    return written
