"""What the models of a run are called in it, and a run in our names for them: `candidate` and `baseline`.

A run that this package makes uses these two. One of the console or of Google's SDK has any names, and the model that
each one calls tells which is which.
"""

from collections.abc import Mapping
from dataclasses import replace

from pulumi_ctune.core.api import EvaluationRun
from pulumi_ctune.core.names import same_resource
from pulumi_ctune.gate.evaluation_result import BASELINE, CANDIDATE


def names_of(run: EvaluationRun) -> list[str]:
    """The names of the models of a run, by its request and by what it found."""
    # From the right: a metric, and a candidate too, may have a slash in its name, an aggregate has none.
    found = (key.rsplit("/", 2)[0] for key in run.summary if key.count("/") > 1)
    return list(dict.fromkeys([*_called(run), *found]))


def model_of(run: EvaluationRun, name: str) -> str:
    """What the run calls under this name; empty where the answers came with the rows."""
    return _called(run).get(name, "")


def judged_name(run: EvaluationRun, model: str) -> str:
    """Under which name a run judges `model`; empty where nothing tells it."""
    if calling := _names_calling(run, model):
        return CANDIDATE if CANDIDATE in calling else calling[0] if len(calling) == 1 else ""
    others = [name for name in names_of(run) if name != BASELINE]
    return CANDIDATE if CANDIDATE in others else others[0] if len(others) == 1 else ""


def compared_name(run: EvaluationRun, model: str, judged: str) -> str:
    """Under which other name than `judged` a run has what that is compared with; empty where there is none."""
    others = [name for name in _names_calling(run, model) or [BASELINE] if name != judged]
    return BASELINE if BASELINE in others else next(iter(others), "")


def in_our_names(run: EvaluationRun, judged: str, compared: str) -> EvaluationRun:
    """The run with these two names replaced by ours in its summary. Of other models the summary loses what would be
    taken for one of the two.
    """
    if judged in ("", CANDIDATE) and compared in ("", BASELINE):
        return run
    ours = {name: role for name, role in ((judged, CANDIDATE), (compared, BASELINE)) if name}
    summary = {}
    for key, value in run.summary.items():
        name = next((name for name in ours if key.startswith(f"{name}/")), "")
        if name:
            summary[f"{ours[name]}{key[len(name) :]}"] = value
        elif not key.startswith((f"{CANDIDATE}/", f"{BASELINE}/")):
            summary[key] = value
    return replace(run, summary=summary)


def _called(run: EvaluationRun) -> dict[str, str]:
    """The models that a run calls, by name."""
    configs = run.request.get("inferenceConfigs")
    given = configs.items() if isinstance(configs, Mapping) else ()
    return {name: str(config.get("model") or "") for name, config in given if isinstance(config, Mapping)}


def _names_calling(run: EvaluationRun, model: str) -> list[str]:
    """Project ids and numbers cannot be told apart here, so what may be the same is taken for it."""
    return [name for name, called in _called(run).items() if model and same_resource(called, model) is not False]
