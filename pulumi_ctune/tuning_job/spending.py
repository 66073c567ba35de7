"""A job held to its budget: what has to be known beforehand, and whether the service's own count is above it.

`dataset_look` has the estimate. Prices load only where there is money to compare.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.core.budget import budget_of
from pulumi_ctune.core.messages import Findings
from pulumi_ctune.core.spending import Budget, Spending
from pulumi_ctune.core.values import Unknown
from pulumi_ctune.data.limits import METHOD_OF_SPEC, Method
from pulumi_ctune.tuning_job.draft import Draft

if TYPE_CHECKING:
    from pulumi_ctune.data.prices import Prices

_WIRE_METHODS: Mapping[str, Method] = {
    "supervisedTuningSpec": "sft",
    "reinforcementTuningSpec": "rft",
    "preferenceOptimizationSpec": "dpo",
}


def budget_for(written: Mapping[str, Any], spending: Spending) -> Budget | None:
    """The job's own budget, else the stack's."""
    return budget_of(written.get("budget")) or spending.budget


def prices_of(spending: Spending) -> "Prices":
    from pulumi_ctune.data.prices import Prices

    return Prices.parse(json.loads(spending.prices), "ctune:prices") if spending.prices else Prices()


def check_new_job(draft: Draft, spending: Spending, base_model: str, found: Findings) -> None:
    """What a budget needs of a job that is to be submitted; `base_model` is empty while nobody knows it."""
    budget = budget_for(draft.written, spending)
    if budget is None:
        return
    for spec, method in METHOD_OF_SPEC.items():
        given = draft.canonical.get(spec)
        if not isinstance(given, Mapping):
            continue
        hyper_parameters = given.get("hyper_parameters") or {}
        known = not isinstance(hyper_parameters, Unknown)
        if method != "rft" and known and hyper_parameters.get("epoch_count") is None:
            reason = f"not set, so the service chooses it, and {budget.where} could not be held: set it"
            found.setdefault(f"{spec}.hyper_parameters.epoch_count", reason)
        if budget.max_usd is not None and base_model and prices_of(spending).of(base_model, method) is None:
            path = "budget.max_usd" if budget.where == "budget" else "budget"
            reason = (
                f"no price is known for {base_model} and {method}, so {budget.where}.max_usd could not be held: set "
                "the config key ctune:prices, or max_tokens instead"
            )
            found.setdefault(path, reason)


def excess(job: TuningJob, budget: Budget, spending: Spending) -> str:
    """Why the service's count of this job is above the budget, in words; empty while it is not, or is not known.

    Of reinforcement tuning the count is of the prompts, the least that is billed.
    """
    counted, epochs = job.billable_token_count, _epochs(job)
    if not counted or not epochs:
        return ""
    tokens, usd = counted * epochs, None
    if budget.max_usd is not None:
        method = next((method for spec, method in _WIRE_METHODS.items() if job.request.get(spec)), None)
        price = prices_of(spending).of(base_model_of(job), method) if method else None
        usd = price.usd(tokens) if price else None
    found = budget.exceeded_by(tokens, usd)
    return f"the service counts {counted:,} tokens, times {epochs} epochs: {found}" if found else ""


def base_model_of(job: TuningJob) -> str:
    """What the job is tuned from in the end; empty where its record does not say."""
    source = job.request.get("preTunedModel")
    named = job.request.get("baseModel") or (source.get("baseModel") if isinstance(source, Mapping) else "")
    return str(named or "").rpartition("/")[2]


def _epochs(job: TuningJob) -> int:
    """Those that the service has resolved."""
    if job.training_token_count and job.billable_token_count:
        return job.training_token_count // job.billable_token_count
    spec = job.request.get("reinforcementTuningSpec")
    given = spec.get("hyperParameters") if isinstance(spec, Mapping) else None
    try:
        return int(given.get("epochCount") or 0) if isinstance(given, Mapping) else 0
    except (TypeError, ValueError):
        return 0
