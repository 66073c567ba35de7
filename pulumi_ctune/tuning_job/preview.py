"""A job that is to be made, looked at in a check: what is wrong with its data, and what it would cost.

In a preview this is the only look before the user decides, and `up` has it too, before `preflight`. So what cannot be
known yet (an object that the program is still to make, a bucket out of reach) is a warning here. Loaded only for jobs
that are to be made: a preview in which nothing changes asks nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_ctune.core.api import Vertex
from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.core.kind import CheckRun
from pulumi_ctune.core.messages import Findings
from pulumi_ctune.core.program_facts import BASE_MODEL, SUM_FILE
from pulumi_ctune.core.run import current_run
from pulumi_ctune.core.values import Unknown, has_unknown, unknown_in
from pulumi_ctune.data.estimate import Estimate
from pulumi_ctune.data.hyper_parameters import PRICED
from pulumi_ctune.data.limits import METHOD_OF_SPEC
from pulumi_ctune.tuning_job.budget_hold import held_to
from pulumi_ctune.tuning_job.dataset_look import PREVIEW, Total, in_words, look_at_datasets
from pulumi_ctune.tuning_job.draft import Draft
from pulumi_ctune.tuning_job.reported import Reported
from pulumi_ctune.tuning_job.request import Spec
from pulumi_ctune.tuning_job.reward_look import RewardLook, read_reward, try_reward
from pulumi_ctune.tuning_job.spending import budget_for, check_new_job


@dataclass
class Preview:
    """What there is to say: `problems` by the path of their input, the other two one line each."""

    problems: Findings = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, look: RewardLook) -> None:
        for path, reason in look.problems.items():
            self.problems.setdefault(path, reason)
        self.warnings += look.warnings
        self.notes += look.notes


def preview(run: CheckRun, draft: Draft) -> Preview:
    """Look at a job whose inputs have nothing wrong in themselves."""
    found = Preview()
    expected = _look(run, draft, found)
    current_run().part(Reported).note(run.call.urn, found.warnings)
    if not found.problems:
        total = current_run().part(Total)
        if isinstance(file := run.program.get(SUM_FILE), str):
            total.tell_in(file)
        total.note(run.call.urn, expected)
        found.notes += [in_words(expected)] if expected else []
    return found


def _look(run: CheckRun, draft: Draft, found: Preview) -> Estimate | None:
    """What the job would take, where its data can be read."""
    client = run.client if run.client and run.spending.data_checks != "off" else None
    canonical = draft.canonical
    spec = _spec(canonical)
    is_there = spec is not None and not has_unknown([spec.training_dataset_uri, spec.validation_dataset_uri])
    base_model = _base_model(run, canonical, client() if client and is_there else None)
    check_new_job(draft, run.spending, base_model, found.problems)
    if spec:
        found.add(read_reward(canonical, spec, run.spending, run.call.urn))
    if client is None or spec is None or not is_there or found.problems:
        return None
    path = f"{spec.name}.training_dataset_uri"
    known = {spec.name: _known(canonical[spec.name])}
    try:
        look = look_at_datasets(client(), known, spec, run.spending, base_model, PREVIEW)
    except CtuneError as error:
        why = f": {error.why}" if error.why else ""
        found.warnings.append(f"{path}: {error.what}{why}; `pulumi up` looks again before it submits the job")
        return None
    if look is None:
        return None
    found.problems.update(look.problems)
    found.warnings += look.warnings
    if look.problems:
        return None
    found.add(try_reward(client(), canonical, spec, run.spending, run.call.urn))
    if look.estimate is None:
        return None
    if unknown := sorted(unknown_in(_priced(canonical[spec.name]), f"{spec.name}.hyper_parameters")):
        found.notes.append(f"{', '.join(unknown)}: not known yet; `pulumi up` tells what the job would cost")
        return None
    budget = budget_for(draft.written, run.spending)
    if budget:
        refusal, warning = held_to(budget, look.estimate)
        found.problems.update({"budget": refusal} if refusal else {})
        found.warnings += [warning] if warning else []
    return look.estimate


def _spec(canonical: Mapping[str, Any]) -> Spec | None:
    """The method and its datasets, which may be unknown; None while the method is."""
    for name in METHOD_OF_SPEC:
        given = canonical.get(name)
        if isinstance(given, Mapping):
            return Spec.of({name: given})
    return None


def _priced(spec: Mapping[str, Any]) -> Any:
    """The hyperparameters that a price hangs on."""
    given = spec.get("hyper_parameters")
    return {key: value for key, value in given.items() if key in PRICED} if isinstance(given, Mapping) else given


def _known(value: Any) -> Any:
    """The value without what is not known yet."""
    if isinstance(value, Mapping):
        return {key: _known(item) for key, item in value.items() if not isinstance(item, Unknown)}
    if isinstance(value, list):
        return [_known(item) for item in value if not has_unknown(item)]
    return value


def _base_model(run: CheckRun, canonical: Mapping[str, Any], vertex: Vertex | None) -> str:
    """The base model of the job, or of what it continues from; empty where nobody can say."""
    if isinstance(named := canonical.get("base_model"), str):
        return named
    if isinstance(stated := run.program.get(BASE_MODEL), str):
        return stated
    source = canonical.get("pre_tuned_model")
    name = source.get("tuned_model_name") if isinstance(source, Mapping) else None
    if vertex is None or not isinstance(name, str):
        return ""
    try:
        return vertex.get_model_version(name).base_model
    except CtuneError:
        return ""
