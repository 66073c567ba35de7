"""The versions that a copy was made from, one after the other back to the one that was tuned.

A copy may be a copy of a copy: to another project and another region takes two steps.
"""

from collections.abc import Iterator

from pulumi_ctune.core.api import ModelVersion, Vertex
from pulumi_ctune.core.errors import NotFoundError, PermissionDeniedError
from pulumi_ctune.core.names import ModelName, model_name
from pulumi_ctune.core.retry import WaitContext, patiently

_MOST_STEPS = 8


def originals(vertex: Vertex, context: WaitContext, version: ModelVersion) -> Iterator[ModelVersion]:
    """The version that this one was copied from, what that was copied from, and so on; none for what is no copy.

    The last one that may not be read, or is gone, is made of its name: with the labels of its copy, which came along.
    """
    for _ in range(_MOST_STEPS):
        name = model_name(version.copied_from)
        if name is None:
            return
        try:
            version = patiently(lambda name=name: vertex.get_model_version(str(name)), context)  # type: ignore[misc]
        except (NotFoundError, PermissionDeniedError):
            yield _unread(name, version)
            return
        yield version


def _unread(name: ModelName, copy: ModelVersion) -> ModelVersion:
    return ModelVersion(model=name.model, version_id=str(name.version or ""), labels=copy.labels)
