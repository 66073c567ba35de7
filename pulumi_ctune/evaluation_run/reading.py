"""Read: a run is as it was, or gone. What it found never changes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pulumi_ctune.core import import_ids
from pulumi_ctune.core.api import Vertex
from pulumi_ctune.core.errors import NotFoundError
from pulumi_ctune.core.hidden import ECHOED
from pulumi_ctune.core.outcomes import Found
from pulumi_ctune.core.retry import LONGEST_REFRESH, WaitContext, explaining, patiently
from pulumi_ctune.evaluation_run.attributes import INPUTS, OWN_SET
from pulumi_ctune.evaluation_run.outputs import inputs_in_state, inputs_of, models_in_state, state_of

_WHAT = "the evaluation run could not be read"


def read(
    vertex: Vertex, context: WaitContext, id_: str, state: Mapping[str, Any], inputs: Mapping[str, Any]
) -> Found | None:
    """Return the state as it is now; None for a run that is gone. `state` is empty for `.get()` and an import."""
    context = replace(context, timeout=min(context.timeout, LONGEST_REFRESH))
    if not state.get("name"):
        import_ids.expect_run(id_, _WHAT)
    try:
        with explaining(_WHAT, where=id_):
            run = patiently(lambda: vertex.get_evaluation_run(id_), context)
    except NotFoundError:
        return None
    if not state.get("name"):
        found = state_of({}, run, models_in_state({}), own_set=False)
        outputs = {key: value for key, value in found.items() if key not in INPUTS}
        return Found({**outputs, ECHOED: True}, inputs_of(run))
    own_set = bool(state.get(OWN_SET))
    return Found(state_of(inputs_in_state(state), run, models_in_state(state), own_set=own_set), inputs)
