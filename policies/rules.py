"""What a team demands of its resources: each rule is a plain function that yields one line for each violation.

Owns the rules and the defaults of their settings; `__main__` makes policies of them. Knows nothing of Pulumi's policy
SDK. A rule that meets an input which a preview does not know yet is left by the exception that the SDK raises for it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TYPES = ("pulumi-python:dynamic/ctune:", "ctune:index:")
"""What the types of all resources of pulumi-ctune begin with: of programs in Python, and of those in any language."""

JOB, COPY, ALIAS, DEPLOYMENT, EVALUATION = (
    *("ContinuousTuningJob", "ModelCopy", "ModelVersionAlias", "ModelDeployment", "EvaluationRun"),
)

SPECS = ("supervised_tuning_spec", "reinforcement_tuning_spec", "preference_optimization_spec")

Settings = Mapping[str, Any]
"""The settings of one rule; what is left out has the default."""


@dataclass(frozen=True)
class Resource:
    """A resource as a rule sees it."""

    kind: str
    """The name of its class, such as `ContinuousTuningJob`."""
    stack: str
    inputs: Mapping[str, Any]
    """Its inputs in snake_case, with the defaults that the program fills in: project and location."""
    config: Mapping[str, Any]
    """The stack's config as far as the provider was given it: `ctune:budget` and the like."""


Rule = Callable[[Resource, Settings], Iterator[str]]


def kind_of(type_token: str) -> str | None:
    """The name of the resource's class, or None for a resource of another provider."""
    return next((type_token.removeprefix(each) for each in TYPES if type_token.startswith(each)), None)


class InSnakeCase(Mapping[str, Any]):
    """Inputs by their names in snake_case, whatever the language of the program. Only what a rule asks for is looked
    at: what a preview does not know yet is left alone.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given

    def __getitem__(self, key: str) -> Any:
        first, *others = key.split("_")
        camel = first + "".join(word.capitalize() for word in others)
        value = self._given[key if key in self._given else camel]
        return InSnakeCase(value) if isinstance(value, Mapping) else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)


def configured(config: Mapping[str, Any], key: str) -> Any:
    """A value of the stack's config: the plugin is given its own without their namespace. None where there is none."""
    return config.get(f"ctune:{key}") or config.get(key)


def stack_of(urn: str) -> str:
    """The stack's name: the SDK does not tell a policy which stack it looks at, but each URN does."""
    return urn.removeprefix("urn:pulumi:").partition("::")[0]


def epoch_count_set(resource: Resource, settings: Settings) -> Iterator[str]:
    """A tuning job says how many epochs it trains."""
    if resource.kind != JOB:
        return
    for name in SPECS:
        spec = resource.inputs.get(name)
        if spec is not None and (spec.get("hyper_parameters") or {}).get("epoch_count") is None:
            yield (
                f"{name}.hyper_parameters.epoch_count is not given. Set it: without it the service chooses, "
                "and each epoch is paid for."
            )


def budget_set(resource: Resource, settings: Settings) -> Iterator[str]:
    """A tuning job has a budget of its own or, unless `stack_budget` is false, that of its stack."""
    if resource.kind != JOB or resource.inputs.get("budget"):
        return
    if not settings.get("stack_budget", True):
        yield 'budget is not given. Set it on the job, such as budget={"max_usd": 50}.'
    elif not configured(resource.config, "budget"):
        yield (
            'there is no budget. Set it on the job, such as budget={"max_usd": 50}, '
            "or for all jobs of the stack in its config as ctune:budget."
        )


def protected_in_prod(resource: Resource, settings: Settings) -> Iterator[str]:
    """In the stacks of `prod_stacks`, no destroy deletes or forgets a tuning job or a copy of a model."""
    if resource.kind not in (JOB, COPY) or not _in_prod(resource, settings):
        return
    policy = resource.inputs.get("deletion_policy") or "ABANDON"
    if policy != "PREVENT":
        yield f'deletion_policy is {policy} in stack {resource.stack}. Set deletion_policy="PREVENT".'


def gated_in_prod(resource: Resource, settings: Settings) -> Iterator[str]:
    """In the stacks of `prod_stacks`, an alias moves and a deployment changes only through gates."""
    if resource.kind in (ALIAS, DEPLOYMENT) and _in_prod(resource, settings) and not resource.inputs.get("require"):
        yield (
            f"require is not given in stack {resource.stack}. Name the metrics that a version must meet, "
            'such as require=[{"metric": "/eval_mean_reward", "at_least": 0.1}].'
        )


def allowed_model(resource: Resource, settings: Settings) -> Iterator[str]:
    """A tuning job starts from a base model of `models`; without the setting, from any."""
    allowed = settings.get("models")
    if resource.kind != JOB or allowed is None:
        return
    given = resource.inputs.get("base_model")
    if given is not None and given.rpartition("/")[2] not in allowed:
        yield f"base_model is {given}. Allowed: {_listed(allowed)}."


def allowed_region(resource: Resource, settings: Settings) -> Iterator[str]:
    """Jobs, copies, evaluations and deployments are in a location of `regions`; without the setting, in any."""
    allowed = settings.get("regions")
    if allowed is None:
        return
    match resource.kind:
        case "ContinuousTuningJob" | "ModelCopy" | "EvaluationRun":
            field, location = "location", resource.inputs.get("location") or configured(resource.config, "region")
        case "ModelDeployment":
            field, location = "endpoint", _location_in(resource.inputs["endpoint"])
        case _:
            return
    if location is not None and location not in allowed:
        yield f"{field} is in {location}. Allowed: {_listed(allowed)}."


def _in_prod(resource: Resource, settings: Settings) -> bool:
    return resource.stack in settings.get("prod_stacks", ("prod",))


def _location_in(name: str) -> str | None:
    """The location of `projects/P/locations/L/...`."""
    parts = name.split("/")
    return parts[3] if len(parts) > 3 and parts[2] == "locations" else None


def _listed(allowed: Sequence[str]) -> str:
    return ", ".join(allowed) or "none"
