"""What the emulator knows of a stage: who serves, which alias is where, and what was done, in order. Reads only."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from .project import ProjectCopy

ENDPOINTS = {
    stage: f"projects/my-project/locations/us/endpoints/{number}"
    for stage, number in (("dev", "4711002"), ("staging", "4711003"), ("prod", "4711004"))
} | {"local": "projects/local-project/locations/us/endpoints/4711001"}
"""Where each stage is called, as its config says."""


def traffic(project: ProjectCopy, stage: str) -> dict[str, int]:
    """Percent of the stage's endpoint by the full name of the version; 0 for what is deployed without traffic."""
    endpoint = project.vertex.ask("GET", f"/v1beta1/{ENDPOINTS[stage]}")
    split = endpoint.get("trafficSplit", {})
    return {
        f"{deployed['model']}@{deployed['modelVersionId']}": split.get(deployed["id"], 0)
        for deployed in endpoint.get("deployedModels", [])
    }


def aliases(project: ProjectCopy, version: str) -> set[str]:
    """The aliases that are on a version."""
    return set(project.vertex.ask("GET", f"/v1beta1/{version}")["versionAliases"])


def steps(project: ProjectCopy) -> list[str]:
    """What was asked of the emulator since `forget`, as far as it belongs to a promotion; the same in a row once.

    `read series`, a custom verb such as `deployModel`, or method and collection: `POST tuningJobs`.
    """
    done = [step for entry in project.vertex.emulator.requests() if (step := _step(entry))]
    return [step for step, _ in groupby(done)]


def forget(project: ProjectCopy) -> None:
    """Let `steps` begin here."""
    project.vertex.emulator.forget_requests()


def _step(entry: Mapping[str, Any]) -> str:
    method, segments = entry["method"], entry["path"].split("/")
    verb = segments[-1].partition(":")[2]
    if "timeSeries" in segments:
        return "read series"
    if method == "GET" or verb in ("getIamPolicy", "validateReinforcementTuningReward"):
        return ""
    return verb or f"{method} {segments[-1 if method == 'POST' else -2]}"
