"""The states that releases have saved: one file for each resource, as `pulumi stack export` showed it."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi.dynamic import ResourceProvider

from pulumi_ctune import providers
from pulumi_ctune.alias import diff as alias_diff
from pulumi_ctune.alias.checks import check as check_alias
from pulumi_ctune.core.outcomes import Plan
from pulumi_ctune.deployment import diff as deployment_diff
from pulumi_ctune.deployment.attributes import LEFT_OVER
from pulumi_ctune.deployment.checks import check as check_deployment
from pulumi_ctune.tuning_job import diff
from pulumi_ctune.tuning_job.checks import check
from pulumi_ctune.tuning_job.draft import Draft
from pulumi_ctune.tuning_job.state import State

FOLDER = Path(__file__).parent / "states"
PATHS = sorted(FOLDER.glob("*/*.json"))
RELEASES = sorted({path.parent.name for path in PATHS})

assert PATHS, "there are no saved states beside this file"

UNFINISHED = {"interrupted": ("state",), "interrupted-live": (LEFT_OVER,)}
"""Resources whose last run was cut short, by name, and what is still to be done; all others are finished."""


@dataclass(frozen=True)
class Kind:
    """Today's code for one kind of resource. `check` returns what is wrong with inputs."""

    provider: type[ResourceProvider]
    check: Callable[[Mapping[str, Any]], Collection[Any]]
    plan: Callable[[Mapping[str, Any], Mapping[str, Any]], Plan]


def plan_of_job(state: Mapping[str, Any], inputs: Mapping[str, Any]) -> Plan:
    return diff.plan(State.parse(state), Draft.of(inputs))


KINDS = {
    "ContinuousTuningJob": Kind(providers.ContinuousTuningJobProvider, check, plan_of_job),
    "ModelVersionAlias": Kind(providers.ModelVersionAliasProvider, check_alias, alias_diff.plan),
    "ModelDeployment": Kind(providers.ModelDeploymentProvider, check_deployment, deployment_diff.plan),
}


def entry(path: Path) -> dict[str, Any]:
    """One resource of a saved deployment: `type`, `id`, `inputs`, `outputs`."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def class_of(saved: Mapping[str, Any]) -> str:
    """The name of the class that made a resource, which its type ends with."""
    return str(saved["type"]).rpartition(":")[2]
