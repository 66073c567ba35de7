"""What was judged of a version: its evaluation runs, and the limits of aliases and deployments that are on it."""

from collections.abc import Iterator
from typing import Any

from pulumi_ctune.core.api import EvaluationRun, ModelVersion
from pulumi_ctune.gate import evaluation_gate, training_series
from pulumi_ctune.gate.evaluation_gate import EvaluationRequirement, Subject
from pulumi_ctune.gate.evaluation_result import AVERAGE, BASELINE, CANDIDATE
from pulumi_ctune.gate.training_series import Requirement, Training
from pulumi_ctune.gate.verdict import requirements_of
from pulumi_ctune.insight.inventory import Inventory, key_of, text
from pulumi_ctune.insight.lineage import Lineage
from pulumi_ctune.insight.report.facts import Evaluated, Gate

_DEVIATION = "STANDARD_DEVIATION"


def evaluations_of(found: Inventory, graph: Lineage, version: ModelVersion) -> Iterator[Evaluated]:
    for run in found.evaluations.values():
        judged = found.judged_by(run)
        if judged is None or judged[0].name != version.name:
            continue
        node = graph.node(run.name)
        yield Evaluated(node.label if node else run.display_name, run, judged[1], [*_metric_rows(run)])


def gates_of(found: Inventory, version: ModelVersion, training: Training) -> Iterator[Gate]:
    """The limits of aliases and deployments that are on this version, judged by what there is now."""
    for kind in ("ModelVersionAlias", "ModelDeployment"):
        for resource in found.of_type(kind):
            on = found.version(text(resource, "tuned_model_name"))
            require = resource.outputs.get("require")
            if on is None or on.name != version.name or not isinstance(require, list):
                continue
            checkpoint = text(resource, "checkpoint_id") or version.default_checkpoint_id
            for entry in require:
                yield from _gate(resource.name, entry, version, checkpoint, training)


def _gate(resource: str, entry: Any, version: ModelVersion, checkpoint_id: str, training: Training) -> Iterator[Gate]:
    try:
        (item,) = requirements_of([entry])
    except (KeyError, TypeError, ValueError, AttributeError):  # a secret, or of a newer version
        return
    if isinstance(item, EvaluationRequirement):
        subject = Subject(
            version.name, checkpoint_id, lambda other: key_of(other) == key_of(version.name), checkpoint_id
        )
        value = item.result.value(item.metric, item.aggregate)
        reason = evaluation_gate.missed(item, subject)
    else:
        (reason,) = training_series.missed([item], training) or [""]
        value = training_series.judged(item, training) if not reason else None
        points = training.series.get(item.metric)
        value = points[-1].value if value is None and points and item.aggregate == "last" else value
    yield Gate(resource, item.metric, _limit_of(item), value, reason)


def _metric_rows(run: EvaluationRun) -> Iterator[tuple[str, float | None, float | None, float | None]]:
    def of(model: str, metric: str, aggregate: str) -> float | None:
        return run.summary.get(f"{model}/{metric}/{aggregate}")

    keys = (key.split("/") for key in run.summary)
    for metric in dict.fromkeys(
        "/".join(parts[1:-1]) for parts in keys if parts[0] == CANDIDATE and parts[-1] == AVERAGE
    ):
        mean, baseline = of(CANDIDATE, metric, AVERAGE), of(BASELINE, metric, AVERAGE)
        yield metric, mean, baseline, of(CANDIDATE, metric, _DEVIATION)


def _limit_of(item: Requirement | EvaluationRequirement) -> str:
    limits = {"at least": item.at_least, "at most": item.at_most}
    if isinstance(item, EvaluationRequirement):
        above = item.at_least_above_baseline, item.at_most_above_baseline
        limits |= dict(zip(("above baseline by at least", "above baseline by at most"), above, strict=True))
    parts = [f"{words} {value:g}" for words, value in limits.items() if value is not None]
    confidence = getattr(item, "confidence", None)
    return ", ".join(parts) + (f" (confidence {confidence:g})" if confidence else "")
