"""`get_tuned_model`: look a tuned model's version up while the program runs.

What users call and read. Runs in the program's process, on the settings of its stack; the work is
`tuned_model.lookup`'s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_ctune.program import stack
from pulumi_ctune.program.lookups import Lookup, snake_case
from pulumi_ctune.program.tuning_job import TunedModelCheckpoint

if TYPE_CHECKING:
    from pulumi_ctune.core.api import Checkpoint, Vertex
    from pulumi_ctune.tuned_model.lookup import FoundVersion


MOCK_TOKEN = "ctune:index:getTunedModel"
"""The token that `Mocks.call` is asked for. Arguments: `name`, and `project` and `location` if they were given. The
answer has the names of `TunedModel`, as they are or in camelCase; what it leaves out is empty.
"""


@dataclass(frozen=True)
class TunedModel:
    """One version of a tuned model, as the Model Registry has it."""

    tuned_model_name: str
    """`projects/N/locations/L/models/M@V`, with the number of the version, whatever name it was looked up by."""
    version_id: str
    """The number, as text."""
    aliases: Sequence[str]
    """Aliases that this version has now."""
    endpoint: str | None
    """Full name of the endpoint that Google deployed the default checkpoint to; None if it is not known."""
    checkpoints: Sequence[TunedModelCheckpoint]
    """First to last; empty for a version that keeps its last checkpoint only."""
    default_checkpoint_id: str | None
    """The checkpoint that `endpoint` serves; None if there are no checkpoints."""
    labels: Mapping[str, str]
    """The version's labels, without those of Google's and of this package's own."""
    create_time: str | None
    """When the version was made, RFC 3339."""


def get_tuned_model(
    name: str,
    *,
    project: str | None = None,
    location: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> TunedModel:
    """Return a version of a tuned model, looked up now, in previews too.

    Args:
        name: `projects/P/locations/L/models/M`, or `M` alone, followed by `@VERSION`, `@ALIAS` or nothing, which is
            the version with alias `default`.
        project: Where `M` alone is. Default: `gcp:project`, then GOOGLE_PROJECT and related variables.
        location: Where `M` alone is. Default: `gcp:region`, then GOOGLE_REGION.
        opts: `provider` or `parent` name a `gcp.Provider`, which gives project and location as it does to a resource;
            one with another identity or other settings than the stack's is refused, as it is there.

    Raises:
        CtuneError: there is no such version, or it cannot be read. Uncaught it is one line in Pulumi's output.

    Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.models/get
    """
    return LOOKUP.now({"name": name, "project": project, "location": location}, opts)


def get_tuned_model_output(
    name: pulumi.Input[str],
    *,
    project: pulumi.Input[str] | None = None,
    location: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[TunedModel]:
    """Return what `get_tuned_model` does, for names that are outputs: `get_tuned_model_output(job.tuned_model_name)`.

    Unknown as long as one of the arguments is, or the provider of `opts`; the lookup runs beside the program. A name
    with an alias that the same stack moves is known all the time: a preview then shows the version that has it still.
    """
    return LOOKUP.later({"name": name, "project": project, "location": location}, opts)


def _mocked(given: Mapping[str, Any], found: Mapping[str, Any]) -> TunedModel:
    checkpoints = map(snake_case, found.get("checkpoints") or ())
    return TunedModel(
        tuned_model_name=found.get("tuned_model_name", given["name"]),
        version_id=found.get("version_id", ""),
        aliases=tuple(found.get("aliases") or ()),
        endpoint=found.get("endpoint"),
        checkpoints=tuple(TunedModelCheckpoint(**item) for item in checkpoints),
        default_checkpoint_id=found.get("default_checkpoint_id"),
        labels=found.get("labels") or {},
        create_time=found.get("create_time"),
    )


def _look_up(place: stack.Lookup, arguments: Mapping[str, Any]) -> TunedModel:
    from pulumi_ctune.tuned_model import lookup  # with the client below: neither is for `import pulumi_ctune`
    from pulumi_ctune.vertex.client import VertexClient

    client = VertexClient(place.settings)
    try:
        vertex: Vertex = client
        full_name = lookup.full_name(arguments["name"], place.project, place.location)
        return _tuned_model(lookup.look_up(vertex, full_name))
    finally:
        client.close()


def _tuned_model(found: "FoundVersion") -> TunedModel:
    from pulumi_ctune.core.ownership import without_ours
    from pulumi_ctune.core.values import timestamp

    version = found.version
    return TunedModel(
        tuned_model_name=version.name,
        version_id=version.version_id,
        aliases=tuple(version.aliases),
        endpoint=found.endpoint or None,
        checkpoints=tuple(_checkpoint(item) for item in found.checkpoints),
        default_checkpoint_id=version.default_checkpoint_id or None,
        labels=without_ours(version.labels),
        create_time=timestamp(version.create_time),
    )


def _checkpoint(item: "Checkpoint") -> TunedModelCheckpoint:
    return TunedModelCheckpoint(
        checkpoint_id=item.checkpoint_id, epoch=item.epoch, step=item.step, endpoint=item.endpoint or None
    )


LOOKUP = Lookup(
    "the tuned model could not be looked up", MOCK_TOKEN, "get_tuned_model_output", mocked=_mocked, look_up=_look_up
)
