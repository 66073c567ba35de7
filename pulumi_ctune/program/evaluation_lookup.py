"""`get_evaluation_run`: what an evaluation run has found, looked up while the program runs.

What users call and read. Runs in the program's process, on the settings of its stack; the work is
`evaluation_run.lookup`'s.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import pulumi

from pulumi_ctune.program import stack
from pulumi_ctune.program.lookups import Lookup
from pulumi_ctune.program.require_args import EvaluationResultArgs

if TYPE_CHECKING:
    from pulumi_ctune.core.api import Vertex

MOCK_TOKEN = "ctune:index:getEvaluationRun"
"""The token that `Mocks.call` is asked for. The answer has the keys of `EvaluationResultArgs`, as they are or in
camelCase.
"""


def get_evaluation_run(
    name: str,
    *,
    candidate: str | None = None,
    baseline: str | None = None,
    tuned_model_name: str | None = None,
    checkpoint_id: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> EvaluationResultArgs:
    """Return what a run has found that this program does not make: one of the console, of Google's SDK, or of a job.

    Gates take it as it is, under `evaluation` in an entry of `require`.

    Args:
        name: Full name, `projects/P/locations/L/evaluationRuns/R`.
        candidate: Who of the run is to be promoted. Default: `candidate`, or the only one.
        baseline: Who it is compared with. Default: `baseline`, if there is one.
        tuned_model_name: The version that was judged. Default: the one that the candidate's endpoint serves now; where
            that tells none, or several, it has to be stated, and `source` says that it was.
        checkpoint_id: Its checkpoint. Default: the version's default checkpoint.
        opts: `provider` or `parent` name a `gcp.Provider`; one with another identity or other settings than the stack's
            is refused, as it is for a resource.

    Raises:
        CtuneError: there is no such run, or it tells no version. Uncaught it is one line in Pulumi's output.

    Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/view-evaluation
    """
    return LOOKUP.now(_arguments(name, candidate, baseline, tuned_model_name, checkpoint_id), opts)


def get_evaluation_run_output(
    name: pulumi.Input[str],
    *,
    candidate: pulumi.Input[str] | None = None,
    baseline: pulumi.Input[str] | None = None,
    tuned_model_name: pulumi.Input[str] | None = None,
    checkpoint_id: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[EvaluationResultArgs]:
    """Return what `get_evaluation_run` does, for names that are outputs.

    Unknown as long as one of the arguments is, or the provider of `opts`; the lookup runs beside the program.
    """
    return LOOKUP.later(_arguments(name, candidate, baseline, tuned_model_name, checkpoint_id), opts)


def _arguments(name: Any, candidate: Any, baseline: Any, version: Any, checkpoint_id: Any) -> dict[str, Any]:
    return {
        "name": name,
        "candidate": candidate,
        "baseline": baseline,
        "tuned_model_name": version,
        "checkpoint_id": checkpoint_id,
    }


def _mocked(given: Mapping[str, Any], found: Mapping[str, Any]) -> EvaluationResultArgs:
    return cast("EvaluationResultArgs", {"name": given["name"], "total_items": 0, **found})


def _look_up(place: stack.Lookup, arguments: Mapping[str, Any]) -> EvaluationResultArgs:
    from pulumi_ctune.evaluation_run import lookup  # with the client below: neither is for `import pulumi_ctune`
    from pulumi_ctune.vertex.client import VertexClient

    client = VertexClient(place.settings)
    try:
        vertex: Vertex = client
        return cast("EvaluationResultArgs", lookup.look_up(vertex, **arguments))
    finally:
        client.close()


LOOKUP = Lookup(
    "the evaluation run could not be looked up",
    MOCK_TOKEN,
    "get_evaluation_run_output",
    mocked=_mocked,
    look_up=_look_up,
)
