"""Which things of a stack nobody needs. Plain data in, plain data out: nothing is asked and nothing is deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pulumi_ctune.core import ownership
from pulumi_ctune.evaluation_run.wait import SUCCEEDED
from pulumi_ctune.insight.prune.protection import DEFAULT, PROTECTIONS, Protection, made_by_others
from pulumi_ctune.insight.prune.survey import Item, Survey, items


@dataclass(frozen=True)
class Kept:
    """Something of this stack that stays, and why."""

    item: Item
    why: str

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.item.kind, "name": self.item.name, "why": self.why}


@dataclass(frozen=True)
class Plan:
    """`listed` may be deleted, in this order. Where there are `gaps`, nothing is."""

    listed: Sequence[Item] = ()
    kept: Sequence[Kept] = ()
    gaps: Sequence[str] = ()


def plan(
    survey: Survey,
    *,
    keep: int = 0,
    older_than: timedelta = timedelta(),
    protections: Mapping[str, Protection] = PROTECTIONS,
) -> Plan:
    """What may go. `keep`: the newest versions of each resource that stay in any case; `older_than`: what is younger,
    or of an age that nobody knows, stays where this is more than nothing. `protections` are all that there are, but in
    tests.
    """
    found = [*items(survey)]
    kept: dict[str, str] = {}
    newest = _newest(survey, found, keep)
    for item in found:
        why = next(filter(None, (protect(survey, item) for protect in protections.values())), "")
        why = why or _too_young(survey, item, older_than)
        if item.name in newest:
            why = why or f"it is one of the newest {keep} of its resource"
        if why:
            kept[item.name] = why
    _keep_defaults(survey, found, kept)
    _keep_evaluations(survey, found, kept)
    ours = [item for item in found if not made_by_others(survey, item)]
    gaps = [*survey.gaps, *survey.inventory.gaps]
    return Plan(
        listed=[] if gaps else _ordered(survey, [item for item in found if item.name not in kept]),
        kept=[Kept(item, kept[item.name]) for item in ours if item.name in kept],
        gaps=gaps,
    )


def _newest(survey: Survey, found: Sequence[Item], keep: int) -> set[str]:
    by_resource: dict[str, list[Item]] = {}
    for item in found:
        if item.version is not None and not made_by_others(survey, item):
            by_resource.setdefault(item.labels.get(ownership.RESOURCE) or item.resource, []).append(item)
    return {
        item.name for line in by_resource.values() for item in sorted(line, key=lambda item: _age(survey, item))[:keep]
    }


def _age(survey: Survey, item: Item) -> timedelta:
    """How old it is; what nobody knows the age of counts as new."""
    return survey.now - item.made if item.made else timedelta()


def _too_young(survey: Survey, item: Item, older_than: timedelta) -> str:
    if not older_than or (item.made is not None and _age(survey, item) > older_than):
        return ""
    return "it is not old enough" if item.made else "its age is not known"


def _keep_defaults(survey: Survey, found: Sequence[Item], kept: dict[str, str]) -> None:
    """The name of a model alone means its default version, so that goes only with the whole model."""
    going = {item.name for item in found if item.version is not None and item.name not in kept}
    for item in found:
        if item.name not in going or item.version is None or DEFAULT not in item.version.aliases:
            continue
        siblings = (each for each in survey.inventory.versions.values() if each.model == item.version.model)
        if stays := next((each.name for each in siblings if each.name not in going), ""):
            kept[item.name] = f"it is the default version of its model, of which {stays} stays"


def _keep_evaluations(survey: Survey, found: Sequence[Item], kept: dict[str, str]) -> None:
    """What is known of a version that stays, stays with it; a run without results tells nothing of it."""
    going = {item.name for item in found if item.name not in kept}
    for item in found:
        if item.run is None or item.name in kept or item.run.state != SUCCEEDED:
            continue
        judged = survey.inventory.judged_by(item.run)
        if judged is not None and judged[0].name not in going:
            kept[item.name] = f"it judges {judged[0].name}, which stays"


def _ordered(survey: Survey, going: Sequence[Item]) -> list[Item]:
    """Old before new, the default version of a model after the others, and each version right after what judges it: an
    evaluation whose version is gone would be found no more.
    """
    versions = sorted((item for item in going if item.version is not None), key=_order)
    judges: dict[str, list[Item]] = {}
    for item in going:
        if item.version is None:
            judged = survey.inventory.judged_by(item.run) if item.run else None
            judges.setdefault(judged[0].name if judged else "", []).append(item)
    found = [each for version in versions for each in (*judges.pop(version.name, ()), version)]
    return [*(item for left in judges.values() for item in left), *found]


def _order(item: Item) -> tuple[bool, float, str]:
    is_default = item.version is not None and DEFAULT in item.version.aliases
    return is_default, item.made.timestamp() if item.made else 0.0, item.name
