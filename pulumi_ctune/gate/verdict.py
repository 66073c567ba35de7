"""The input `require`: limits that a version must meet before it is promoted.

Fails closed: what cannot be read, or is no number, meets no limit. Knows neither aliases nor deployments; whoever
promotes calls `check_requirements` before it changes anything. What a limit means is for `training_series`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_ctune.core.api import ModelVersion, Vertex
from pulumi_ctune.core.errors import RequirementNotMetError
from pulumi_ctune.core.printable import listed
from pulumi_ctune.core.retry import Surroundings, explaining
from pulumi_ctune.gate.training_series import Requirement, aggregated, missed, read_training

_LONGEST_REASON = 1_500  # characters: all series of a job are named where one is missing


def requirements_of(require: Sequence[Mapping[str, Any]] | None) -> tuple[Requirement, ...]:
    """The input in a form that compares by meaning: absent is empty, an absent aggregate is `last`, 1 is 1.0."""
    return tuple(Requirement.of(entry) for entry in require or ())


def check_requirements(
    vertex: Vertex,
    world: Surroundings,
    version: ModelVersion,
    requirements: Sequence[Requirement],
    *,
    what: str,
    next_step: str,
) -> dict[str, float]:
    """Return the values that were judged if the version meets all requirements.

    They stand under the series' name. Of several aggregates of one series `last` does; `min` and `max` stand under
    `/eval_total_loss (min)` and `/eval_total_loss (max)`. Reads only, and nothing where there are no requirements.

    Raises:
        RequirementNotMetError: all that it misses, in one line with `what` did not happen and `next_step`.
        ApiError: job or series could not be read for a reason other than their absence.
        WaitInterruptedError: the wait for an API that is out of reach was cut short.
    """
    if not requirements:
        return {}
    world.report.status(f"reading the training series of {version.name}")
    with explaining(what, where="require"):
        training = read_training(vertex, world, version, {item.metric for item in requirements})
    if reasons := missed(requirements, training):
        told = listed(reasons, between="; ", longest=_LONGEST_REASON)
        raise RequirementNotMetError(
            what,
            where="require",
            why=f"{version.name} misses {len(reasons)} of {len(requirements)}: {told}",
            next_step=next_step,
        )
    return {
        _key(item, requirements): aggregated(training.series[item.metric], item.aggregate).value
        for item in requirements
    }


def _key(requirement: Requirement, requirements: Sequence[Requirement]) -> str:
    """What the judged value is called among those of all requirements."""
    aggregates = {item.aggregate for item in requirements if item.metric == requirement.metric}
    if requirement.aggregate == "last" or len(aggregates) == 1:
        return requirement.metric
    return f"{requirement.metric} ({requirement.aggregate})"
