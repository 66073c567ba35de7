"""The input `require`: limits that a version must meet before it is promoted.

Fails closed: what cannot be read, or is no number, meets no limit. Knows neither aliases nor deployments; whoever
promotes calls `check_requirements` before it changes anything. What a limit means is for `training_series` and
`evaluation_gate`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_ctune.core.api import ModelVersion, Vertex
from pulumi_ctune.core.copies import originals
from pulumi_ctune.core.errors import NotFoundError, RequirementNotMetError
from pulumi_ctune.core.names import project_of, same_resource
from pulumi_ctune.core.printable import listed
from pulumi_ctune.core.retry import WaitContext, explaining, patiently
from pulumi_ctune.gate import evaluation_gate, training_series
from pulumi_ctune.gate.evaluation_gate import EvaluationRequirement, Subject
from pulumi_ctune.gate.evaluation_result import AVERAGE
from pulumi_ctune.gate.training_series import Requirement

_LONGEST_REASON = 1_500  # characters: all series of a job are named where one is missing


def requirements_of(require: Sequence[Mapping[str, Any]] | None) -> tuple[Requirement | EvaluationRequirement, ...]:
    """The input in a form that compares by meaning: absent is empty, an absent aggregate is the usual one, 1 is 1.0."""
    return tuple(
        Requirement.of(entry) if entry.get("evaluation") is None else EvaluationRequirement.of(entry)
        for entry in require or ()
    )


def check_requirements(
    vertex: Vertex,
    context: WaitContext,
    version: ModelVersion,
    requirements: Sequence[Requirement | EvaluationRequirement],
    *,
    named: str,
    checkpoint_id: str,
    what: str,
    next_step: str,
) -> dict[str, float]:
    """Return the values that were judged if the version meets all requirements.

    They stand under the name of the series or metric. Of several aggregates of one series `last` does, of a metric
    `AVERAGE`; the others stand under `/eval_total_loss (min)`. `named` is the version's name as the inputs have it,
    `checkpoint_id` the checkpoint that is promoted, empty for the default one. Reads only, and nothing where there are
    no requirements.

    Raises:
        RequirementNotMetError: all that it misses, in one line with `what` did not happen and `next_step`.
        ApiError: job or series could not be read for a reason other than their absence.
        WaitInterruptedError: the wait for an API that is out of reach was cut short.
    """
    if not requirements:
        return {}
    series = [item for item in requirements if isinstance(item, Requirement)]
    evaluations = [item for item in requirements if isinstance(item, EvaluationRequirement)]
    # Whether a copy keeps the checkpoints of its source is documented nowhere, so it may show none.
    default = version.default_checkpoint_id or (None if version.copied_from else "")
    subject = Subject(
        version.name,
        checkpoint_id or default,
        lambda other: _is_version(vertex, context, other, version, named),
        default,
    )
    with explaining(what, where="require"):
        reasons = [reason for item in evaluations if (reason := evaluation_gate.missed(item, subject))]
        training = training_series.Training()
        if series:
            context.report.status(f"reading the training series of {version.name}")
            training = training_series.read_training(vertex, context, version, {item.metric for item in series})
    reasons += training_series.missed(series, training)
    if reasons:
        listing = listed(reasons, between="; ", longest=_LONGEST_REASON)
        raise RequirementNotMetError(
            what,
            where="require",
            why=f"{version.name} misses {len(reasons)} of {len(requirements)}: {listing}",
            next_step=next_step,
        )
    judged = {_key(item, series, "last"): training_series.judged(item, training) for item in series}
    return judged | {_key(item, evaluations, AVERAGE): item.value for item in evaluations}


def _is_version(vertex: Vertex, context: WaitContext, other: str, version: ModelVersion, named: str) -> bool:
    """Whether another name means the version, or one that it was copied from: a copy is the same version elsewhere. An
    id and a number of a project nobody can compare, so the registry is asked.
    """
    known = {project_of(named), project_of(version.name)}
    same = same_resource(other, version.name, known)
    if same is not None and (same or not version.copied_from):
        return same
    names = {version.name, *(original.name for original in originals(vertex, context, version))}
    compared = {same_resource(other, name, known) for name in names}
    if True in compared or None not in compared:
        return True in compared
    try:
        return patiently(lambda: vertex.get_model_version(other), context).name in names
    except NotFoundError:
        return False


def _key(
    item: Requirement | EvaluationRequirement,
    items: Sequence[Requirement | EvaluationRequirement],
    usual: str,
) -> str:
    """What the judged value is called among those of all requirements."""
    aggregates = {each.aggregate for each in items if each.metric == item.metric}
    if item.aggregate == usual or len(aggregates) == 1:
        return item.metric
    return f"{item.metric} ({item.aggregate})"
