"""Find what a run has found, whoever made it: in the console, by Google's SDK, or by a tuning job.

Which version a run has judged it does not say itself: its candidate's model is an endpoint, and what serves there now
tells the version. Where that tells none, the caller has to.
"""

from typing import Any

from pulumi_ctune.core import import_ids
from pulumi_ctune.core.api import EvaluationRun, Vertex
from pulumi_ctune.core.errors import ApiError, InvalidInputError
from pulumi_ctune.core.messages import show
from pulumi_ctune.core.printable import listed
from pulumi_ctune.evaluation_run.candidates import in_our_names, model_of, names_of
from pulumi_ctune.evaluation_run.models import is_endpoint
from pulumi_ctune.evaluation_run.outputs import result_of
from pulumi_ctune.gate.evaluation_result import BASELINE, CANDIDATE

WHAT = "the evaluation run could not be looked up"


def look_up(
    vertex: Vertex,
    name: str,
    *,
    candidate: str | None = None,
    baseline: str | None = None,
    tuned_model_name: str | None = None,
    checkpoint_id: str | None = None,
) -> dict[str, Any]:
    """The result, with the keys of `EvaluationResultArgs`. Raises `CtuneError`."""
    import_ids.expect_run(name, WHAT)
    run = vertex.get_evaluation_run(name)
    judged = _named(run, candidate, (CANDIDATE,), where="candidate")
    compared = _named(run, baseline, (BASELINE,), where="baseline") if baseline or BASELINE in names_of(run) else ""
    subject, how = _subject(vertex, run, judged, tuned_model_name)
    found = result_of(
        in_our_names(run, judged, compared), {"tuned_model_name": subject, "checkpoint_id": checkpoint_id or None}
    )
    return {**found, "source": how}


def _named(run: EvaluationRun, wanted: str | None, usual: tuple[str, ...], *, where: str) -> str:
    there_are = names_of(run)
    if wanted is None:
        usual_ones = [name for name in usual if name in there_are]
        if usual_ones or len(there_are) == 1:
            return (usual_ones or there_are)[0]
    elif wanted in there_are:
        return wanted
    candidates = listed(map(show, there_are)) if there_are else "none"
    asked = "is not among its candidates" if wanted else "has to be named"
    raise InvalidInputError(WHAT, where=where, why=f"{show(wanted or where)} {asked} ({candidates})")


def _subject(vertex: Vertex, run: EvaluationRun, candidate: str, stated: str | None) -> tuple[str, str]:
    """The version that was judged, and how that is known."""
    model = model_of(run, candidate)
    versions: list[str] = []
    if is_endpoint(model):
        try:
            endpoint = vertex.get_endpoint(model)
        except ApiError:  # gone by now: only the caller can say
            versions = []
        else:
            serving = [each for each in endpoint.deployed_models if endpoint.traffic_split.get(each.deployed_model_id)]
            versions = list(dict.fromkeys(each.model_version for each in serving))
    if stated is not None:
        return stated, "the version is as the program states it"
    if len(versions) == 1:
        return versions[0], f"the version is what {model} serves"
    why = f"{model} serves {listed(versions)}" if versions else f"{model or 'its request'} tells of no version"
    raise InvalidInputError(
        WHAT, where=run.name, why=why, next_step="State it: tuned_model_name='projects/../models/M@V'."
    )
