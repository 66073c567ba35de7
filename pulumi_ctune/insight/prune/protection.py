"""Every reason to keep something, each by itself: a function that says why in words, or nothing.

`PROTECTIONS` are certain and come first. What a user asks to keep (`keep`, `older_than`), and what hangs on other items
of the same list, is `plan`'s.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from pulumi_ctune.core import job_states, names, ownership
from pulumi_ctune.core.api import ModelVersion, TuningJob
from pulumi_ctune.core.version_removal import deployments_of
from pulumi_ctune.evaluation_run.wait import is_final
from pulumi_ctune.insight.inventory import key_of
from pulumi_ctune.insight.prune.survey import Item, Survey
from pulumi_ctune.tuning_job.request import Submitted

Protection = Callable[[Survey, Item], str]

DEFAULT = "default"


def made_by_others(survey: Survey, item: Item) -> str:
    """Whatever the labels of job or run do not say this stack made."""
    if ownership.is_of_stack(item.labels, survey.owner):
        return ""
    return f"it was made by {ownership.holder_in_words(item.labels)}"


def under_way(_: Survey, item: Item) -> str:
    """What is not over may still be taken up."""
    if item.job is not None and not job_states.is_final(item.job.state):
        return f"its job is {job_states.words(item.job.state)}"
    return "it is not over" if item.run is not None and not is_final(item.run) else ""


def claimed(_: Survey, item: Item) -> str:
    """A mark on a version is of the state entry that holds it, perhaps in a backend that nobody can read here."""
    mark = item.version.labels.get(ownership.RECORDED, "") if item.version else ""
    return "" if mark in ("", ownership.ABANDONED) else "a state entry has claimed it, as a label on it says"


def pending(survey: Survey, item: Item) -> str:
    """What an update had in hand when it was cut short may be recorded in no state, and the next one takes it over. The
    engine keeps such notes long after that.
    """
    if item.version is not None and item.version.labels.get(ownership.RECORDED):
        return ""
    made_for = item.labels.get(ownership.RESOURCE)
    is_pending = any(replace(survey.owner, urn=urn).key == made_for for urn in survey.pending)
    return "an update that was cut short may have made it, and the next takes it over" if is_pending else ""


def named(survey: Survey, item: Item) -> str:
    """A saved state or a file of the project holds a name of it."""
    for name in _names_of(item):
        if who := survey.mentions.who(name):
            return f"{who} names {name}"
    return ""


def pointed_at(_: Survey, item: Item) -> str:
    """An alias is somebody's pin. For `default`, which every model needs, see `plan`."""
    aliases = [alias for alias in item.version.aliases if alias != DEFAULT] if item.version else []
    return f"the alias {aliases[0]!r} points at it" if aliases else ""


def served(survey: Survey, item: Item) -> str:
    """An endpoint has it that its job did not make, or one of the job's has more than the job put there."""
    own = {key_of(name) for name in item.endpoints}
    if item.version is not None:
        for deployed in item.version.deployed_models:
            if key_of(deployed.endpoint) not in own:
                return f"{deployed.endpoint} serves it"
    for endpoint in survey.inventory.endpoints.values():
        ours = deployments_of(endpoint, names.ModelName.parse(item.version.name)) if item.version else []
        if key_of(endpoint.name) not in own:
            if ours:
                return f"{endpoint.name} serves it"
        elif len(endpoint.deployed_models) > len(ours):
            return f"{endpoint.name} serves something else too"
        elif len(ours) > _made_by_job(item, endpoint.name):
            return f"somebody has deployed it on {endpoint.name} once more"
    return ""


def continued(survey: Survey, item: Item) -> str:
    """A later job continues from it: one that goes on, has left something that is still there, or is not this stack's,
    of which nobody here knows what it has left.
    """
    if item.version is None:
        return ""
    for job in _all_jobs(survey).values():
        if _continues_from(survey, job, item.version) and not _has_left_nothing(survey, job):
            return f"{job.name} continues from it"
    return ""


def judged(survey: Survey, item: Item) -> str:
    """A run that goes on asks the version for answers, whoever made it."""
    for run in survey.inventory.evaluations.values():
        found = None if item.version is None or is_final(run) else survey.inventory.judged_by(run)
        if found is not None and item.version is not None and found[0].name == item.version.name:
            return f"{run.name} evaluates it"
    return ""


PROTECTIONS: Mapping[str, Protection] = {
    "made_by_others": made_by_others,
    "under_way": under_way,
    "named": named,
    "claimed": claimed,
    "pending": pending,
    "pointed_at": pointed_at,
    "served": served,
    "continued": continued,
    "judged": judged,
}


def continues_from(job: TuningJob, version: ModelVersion) -> bool:
    """Whether a job's request names a version; one that names an alias or no version may mean any that was there."""
    asked = Submitted.of(job).source
    source = names.model_name(asked.tuned_model_name) if asked else None
    if source is None or key_of(source.model) != key_of(version.model):
        return False
    if source.version is not None and source.version.isdecimal():
        return source.version == version.version_id
    return not (job.create_time and version.create_time and job.create_time < version.create_time)


def _continues_from(survey: Survey, job: TuningJob, version: ModelVersion) -> bool:
    if continues_from(job, version):
        return True
    source, _ = survey.inventory.source_of(job)
    return bool(source) and survey.inventory.version(source) is version


def _has_left_nothing(survey: Survey, job: TuningJob) -> bool:
    if not ownership.is_of_stack(job.labels, survey.owner) or not job_states.is_final(job.state):
        return False
    return not job.tuned_model_name or survey.inventory.version(job.tuned_model_name) is None


def _all_jobs(survey: Survey) -> dict[str, TuningJob]:
    found = {key_of(job.name): job for job in survey.inventory.listed}
    return found | {key_of(job.name): job for job in survey.inventory.jobs.values()}


def _made_by_job(item: Item, endpoint: str) -> int:
    checkpoints = item.job.checkpoints if item.job else ()
    return max(1, sum(key_of(checkpoint.endpoint) == key_of(endpoint) for checkpoint in checkpoints))


def _names_of(item: Item) -> Iterator[str]:
    yield item.name
    yield from item.endpoints
    if item.job is not None:
        yield item.job.name
    if item.run is not None and item.run.result_set:
        yield item.run.result_set
    if item.version is not None:
        for alias in item.version.aliases:
            yield f"{item.version.model}@{alias}"
        if DEFAULT in item.version.aliases:  # the name alone means it
            yield item.version.model
