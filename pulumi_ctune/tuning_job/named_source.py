"""Whether a source that is written in another way is still the one that the job continued from, asked of Google.

Where an alias, or no version at all, took the place of what was written, texts cannot tell: `diff.open_source`. The
diff asks. Where it got no answer it calls the difference possible, and the update has to know before it changes
anything.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core import names
from pulumi_ctune.core.api import Vertex
from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.core.retry import Surroundings, explaining, patiently
from pulumi_ctune.tuning_job import diff

_FIELD = "pre_tuned_model.tuned_model_name"


def refuse_another_source(
    vertex: Vertex,
    world: Surroundings,
    urn: str,
    state: Mapping[str, Any],
    inputs: Mapping[str, Any],
    accepted: Mapping[str, Any] | None,
) -> None:
    """Return where the source of the inputs is the recorded one; nothing is asked where the texts tell.

    Raises:
        InvalidInputError: it is another version.
        CtuneError: nobody could tell, or the wait was cut short.
    """
    asked = diff.open_source(state, inputs, accepted)
    if asked is None:
        return
    recorded = str(state["source_model_name"])
    with explaining(f"whether {asked} still is {recorded} could not be told", where=_FIELD):
        found = patiently(lambda: vertex.get_model_version(asked).name, world)
    if names.same_resource(found, recorded) is False:
        raise InvalidInputError(
            f"{asked} is another version than {recorded}",
            where=_FIELD,
            why=f"it is {found} now",
            next_step=f"Put the earlier name back, or train from it with `pulumi up --replace '{urn}'`.",
        )
