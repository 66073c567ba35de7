"""An evaluation run as the outputs of its resource, and the result that a gate judges."""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core import ownership
from pulumi_ctune.core.api import EvaluationRun
from pulumi_ctune.core.hidden import OWNER, RECORDED
from pulumi_ctune.core.names import same_resource
from pulumi_ctune.core.values import storable, timestamp
from pulumi_ctune.evaluation_run.attributes import INPUTS, OWN_SET
from pulumi_ctune.evaluation_run.candidates import compared_name, in_our_names, judged_name, model_of
from pulumi_ctune.evaluation_run.models import Called
from pulumi_ctune.evaluation_run.wait import SUCCEEDED
from pulumi_ctune.gate.evaluation_result import AVERAGE, BASELINE, CANDIDATE

_DEVIATION = "STANDARD_DEVIATION"


_SUBJECT = ("tuned_model_name", "checkpoint_id")
_MODELS = (*_SUBJECT, "model", "baseline_model", "baseline_tuned_model_names")


def models_of(called: Called, run: EvaluationRun) -> dict[str, Any]:
    """What is judged, and what it is compared with. An earlier `up` may have made the run: where an alias led elsewhere
    then, that is what the run has called.
    """
    asked = model_of(run, compared_name(run, called.baseline, judged_name(run, called.candidate)))
    is_other = bool(asked) and same_resource(asked, called.baseline) is False
    return {
        "tuned_model_name": called.version.name,
        "checkpoint_id": called.checkpoint_id or None,
        "model": called.candidate,
        "baseline_model": (asked if is_other else called.baseline) or None,
        "baseline_tuned_model_names": {} if is_other else dict(called.baseline_versions),
    }


def models_in_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a run that a state holds: what serves there by now is another matter."""
    return {**{key: state.get(key) for key in _MODELS}, "baseline_tuned_model_names": state.get(_MODELS[-1]) or {}}


def state_of(
    inputs: Mapping[str, Any], run: EvaluationRun, models: Mapping[str, Any], *, own_set: bool
) -> dict[str, Any]:
    """What the state is to hold. `models` are those of `models_of` or `models_in_state`."""
    judged = judged_name(run, models.get("model") or "")
    run = in_our_names(run, judged, compared_name(run, models.get("baseline_model") or "", judged))
    metrics, baseline = _values(run, CANDIDATE, AVERAGE), _values(run, BASELINE, AVERAGE)
    outputs: dict[str, Any] = {
        "name": run.name,
        "state": run.state,
        **models,
        "metrics": metrics,
        "baseline_metrics": baseline,
        "summary_metrics": {key: storable(value) for key, value in run.summary.items()},
        "total_items": run.total_items,
        "failed_items": run.failed_items,
        "evaluation_set": run.evaluation_set or None,
        "result_set": run.result_set or None,
        "create_time": timestamp(run.create_time),
        "completion_time": timestamp(run.completion_time),
        "console_url": "",  # Google documents no page of a run
        "result": result_of(run, {key: models.get(key) for key in _SUBJECT}),
    }
    return {**inputs_in_state(inputs), **outputs, RECORDED: run.state == SUCCEEDED, OWN_SET: own_set}


def inputs_of(run: EvaluationRun) -> dict[str, Any]:
    """What a run tells of the inputs that it was made for: where it is, and labels. A dataset has become a set."""
    _, project, _, location, *_ = run.name.split("/")
    labels = ownership.without_ours(run.labels)
    return {"project": project, "location": location, **({"labels": labels} if labels else {})}


def inputs_in_state(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {key: properties[key] for key in (*INPUTS, OWNER) if properties.get(key) is not None}


def outputs_in_state(state: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in state.items() if key not in (*INPUTS, OWNER)}


def result_of(run: EvaluationRun, subject: Mapping[str, Any]) -> dict[str, Any]:
    """Plain data with the keys of `EvaluationResultArgs`: it can be exported, pinned and promoted."""
    found = {
        **subject,
        "metrics": _values(run, CANDIDATE, AVERAGE),
        "baseline_metrics": _values(run, BASELINE, AVERAGE),
        "standard_deviations": _values(run, CANDIDATE, _DEVIATION),
        "baseline_standard_deviations": _values(run, BASELINE, _DEVIATION),
        "summary_metrics": {key: storable(value) for key, value in run.summary.items()},
        "total_items": run.total_items,
        "failed_items": run.failed_items,
        "name": run.name,
        "state": run.state,
        "create_time": timestamp(run.create_time),
        "completion_time": timestamp(run.completion_time),
    }
    return {key: value for key, value in found.items() if value not in (None, {})}


def _values(run: EvaluationRun, model: str, aggregate: str) -> dict[str, Any]:
    """One aggregate of each metric. A metric may have a slash in its name."""
    found = {}
    for key, value in run.summary.items():
        of, _, rest = key.partition("/")
        metric, _, name = rest.rpartition("/")
        if of == model and name == aggregate and metric:
            found[metric] = storable(value)
    return found
