"""Change some fields of a model version or an endpoint, and leave to others what is theirs.

The API takes labels as a whole, so a change is made to what is there now: read, computed, written with the etag that
was read. Where somebody else has written in between, all of it is done again. What is changed is the caller's business.

Source: https://google.aip.dev/154
"""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, TypeVar

from pulumi_ctune.core.api import Endpoint, ModelVersion, Vertex
from pulumi_ctune.core.errors import BadRequestError
from pulumi_ctune.core.retry import Retries, WaitContext, patiently
from pulumi_ctune.core.retry_policies import CONFLICTING_EDIT

Changes = Mapping[str, Any]

_Resource = TypeVar("_Resource", ModelVersion, Endpoint)


def edit_version(
    vertex: Vertex,
    context: WaitContext,
    name: str,
    changes_of: Callable[[ModelVersion], Changes],
    just_read: ModelVersion | None = None,
) -> ModelVersion:
    """Write what `changes_of` computes from the version as it is; nothing where it computes none. Raises `ApiError`.

    `just_read` spares the first read: what the version was a moment ago.
    """
    return _edit(
        context,
        lambda: vertex.get_model_version(name),
        changes_of,
        lambda c: vertex.update_model_version(name, changes=c),
        just_read,
    )


def edit_endpoint(
    vertex: Vertex, context: WaitContext, name: str, changes_of: Callable[[Endpoint], Changes]
) -> Endpoint:
    """The same for an endpoint."""
    return _edit(
        context, lambda: vertex.get_endpoint(name), changes_of, lambda c: vertex.update_endpoint(name, changes=c)
    )


def changed_labels(labels: Mapping[str, str], put: Mapping[str, str], taken_out: Collection[str] = ()) -> Changes:
    """The change that puts these labels and takes the keys `taken_out` away; none where they are so already."""
    wanted = {**{key: value for key, value in labels.items() if key not in taken_out}, **put}
    return {"labels": wanted} if wanted != dict(labels) else {}


def _edit(
    context: WaitContext,
    read: Callable[[], _Resource],
    changes_of: Callable[[_Resource], Changes],
    write: Callable[[Changes], _Resource],
    just_read: _Resource | None = None,
) -> _Resource:
    tries = Retries(CONFLICTING_EDIT, context)
    while True:
        now, just_read = just_read or patiently(read, context), None
        changes = changes_of(now)
        if not changes:
            return now
        # That the service heeds the etag of a version is documented, and not seen: the last attempt goes without.
        guard = {"etag": now.etag} if now.etag and not tries.is_last else {}
        try:
            return patiently(partial(write, {**changes, **guard}), context)
        except BadRequestError as error:
            if not error.is_conflict or tries.is_last:
                raise
            tries.pause(error)
