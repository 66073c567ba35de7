"""What the emulator's resources have in common: update masks, labels, display names, etags.

Pure checks on JSON; knows neither the store nor any one resource.
Sources: https://google.aip.dev/134 (masks), https://google.aip.dev/154 (etags), https://goo.gl/xmQnxf (labels)
"""

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from vertex_emulator.wsgi import ApiProblem, Request

_LONGEST_DISPLAY_NAME = 128
_MOST_LABELS = 64


def changed_fields(request: Request, body: Mapping[str, Any], updatable: Sequence[str]) -> dict[str, Any]:
    """What a PATCH changes: field -> new value, None for a field in the mask that the body leaves out.

    Without a mask these are the fields of the body: google-genai sends none.

    Raises:
        ApiProblem: 400 for a field in the mask that cannot be updated.
    """
    mask = request.arg("updateMask") or request.arg("update_mask")
    if not mask:
        return {name: body[name] for name in updatable if name in body}
    changes = {}
    for path in mask.split(","):
        name = camel_case(path.strip())
        if name not in updatable:
            raise ApiProblem(400, f"Invalid update mask: {path.strip()!r} is not one of {', '.join(updatable)}.")
        changes[name] = body.get(name)
    return changes


def read_masked(request: Request, resource: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a resource that `readMask` asks for (all without one), and its name."""
    mask = request.arg("readMask") or request.arg("read_mask")
    if not mask or mask == "*":
        return dict(resource)
    wanted = {"name", *(camel_case(path.strip().split(".")[0]) for path in mask.split(","))}
    return {key: value for key, value in resource.items() if key in wanted}


def check_display_name(name: str | None) -> None:
    if not name:
        raise ApiProblem(400, "The display name is required.")
    if len(name) > _LONGEST_DISPLAY_NAME:
        raise ApiProblem(400, f"The display name must be at most {_LONGEST_DISPLAY_NAME} characters long.")


def check_labels(labels: Mapping[str, str]) -> None:
    """At most 64 characters each; lower-case letters (of any script), digits, `_` and `-`."""
    if len(labels) > _MOST_LABELS:
        raise ApiProblem(400, f"There are {len(labels)} labels, at most {_MOST_LABELS} are allowed.")
    for key, value in labels.items():
        for text, what in ((key, "key"), (value, "value")):
            too_long = len(text) > 64 or (what == "key" and not text)
            if too_long or text != text.lower() or not re.fullmatch(r"[\w-]*", text):
                raise ApiProblem(
                    400, f"Invalid label {what} {text!r}: lower-case letters, digits, '_' and '-', up to 64."
                )


def check_etag(given: str | None, current: str) -> None:
    """Raises 409 ABORTED where a body names another etag than the current one; no etag is a blind overwrite."""
    if given and given != current:
        message = f"The etag {given!r} does not match the current one, {current!r}: the resource was changed meanwhile."
        raise ApiProblem(409, message, status="ABORTED")


def etag_of(*revisions: int) -> str:
    return base64.b64encode(".".join(map(str, revisions)).encode()).decode()


def camel_case(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in tail)
