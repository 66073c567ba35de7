"""What the planned jobs name besides data: base models, service accounts, keys; and how many jobs may run at once.

Pages on keys and accounts: https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/general/cmek
"""

import re
from collections.abc import Callable, Mapping

from pulumi_ctune.core import grammar
from pulumi_ctune.core.cloud import Cloud
from pulumi_ctune.core.errors import CtuneError, NotFoundError
from pulumi_ctune.core.job_of_version import TUNED_IN
from pulumi_ctune.core.printable import listed
from pulumi_ctune.insight.doctor.finding import Finding, in_words, not_read, ok, unknown, wrong
from pulumi_ctune.insight.doctor.project import member
from pulumi_ctune.insight.doctor.subject import PlannedJob, Subject

CountTokens = Callable[[str, str, str], object]
"""Has the service count a word with a base model, which is free: (project, location, model)."""

_TUNING_REGIONS = [region for regions in TUNED_IN.values() for region in regions]
_GENERATION = re.compile(r"gemini-(\d+)")
_FIRST_OF_MULTI_REGIONS = 3  # served from `us` and `eu` only, and tuned in few regions
_ACT_AS = "iam.serviceAccounts.actAs"
_USE_KEY = "roles/cloudkms.cryptoKeyEncrypterDecrypter"


def planned(subject: Subject) -> list[Finding]:
    """The jobs themselves, and what of their inputs is not known yet."""
    if not subject.stack:
        step = "ctune doctor --stack STACK"
        return [unknown("jobs", "no stack is named, so nothing is known of models, datasets, accounts and keys", step)]
    if subject.planned is None:
        return [unknown("jobs", "what `pulumi up` would submit is not known, since the preview failed")]
    if not subject.jobs:
        return [ok("jobs", f"`pulumi up` of {subject.stack} would submit no tuning job")]
    found = [
        ok("jobs", f"`pulumi up` of {subject.stack} may submit {listed(sorted(job.resource for job in subject.jobs))}")
    ]
    for job in subject.jobs:
        if job.later:
            found.append(unknown("jobs", f"{job.resource}: {listed(job.later)} cannot be read out of a preview"))
    return found


def models(subject: Subject, count_tokens: CountTokens) -> list[Finding]:
    """Whether the service knows the base models in the regions of the jobs. Which can be tuned where no API tells."""
    found = []
    for project, location, model in dict.fromkeys(
        (job.project, job.location, job.base_model) for job in subject.jobs if job.base_model
    ):
        if why := grammar.base_model(model):
            found.append(wrong("models", why))
        elif not project or not location:
            found.append(unknown("models", f"where {model} is to be tuned is not known yet"))
        else:
            found.append(_model(count_tokens, project, location, model))
    return found


def _model(count_tokens: CountTokens, project: str, location: str, model: str) -> Finding:
    try:
        count_tokens(project, location, model)
    except CtuneError as error:
        step = "Look the model and its tuning regions up in Google's list of models."
        return unknown("models", f"whether {model} is known in {location}: {in_words(error)}", step)
    if _is_of_multi_region(model) and location not in _TUNING_REGIONS:
        why = f"{model} answers in {location}; for tuning Google's pages name {listed(_TUNING_REGIONS)}"
        return unknown("models", why, f"pulumi config set gcp:region {_TUNING_REGIONS[0]}")
    return ok("models", f"{model} answers in {location}; whether it can be tuned there only a job can tell")


def _is_of_multi_region(model: str) -> bool:
    generation = _GENERATION.search(model)
    return generation is not None and int(generation[1]) >= _FIRST_OF_MULTI_REGIONS


def accounts(subject: Subject, cloud: Cloud, account: str) -> list[Finding]:
    """Whether the caller may submit jobs that run as another account."""
    found = []
    for email in dict.fromkeys(job.service_account for job in subject.jobs if job.service_account):
        step = (
            f"gcloud iam service-accounts add-iam-policy-binding {email} --member={member(account)} "
            "--role=roles/iam.serviceAccountUser"
        )
        try:
            held = cloud.account_permissions(email, [_ACT_AS])
        except NotFoundError:
            found.append(unknown("accounts", f"{email} does not exist yet; the program may make it"))
        except CtuneError as error:
            found.append(not_read("accounts", error, step))
        else:
            if _ACT_AS in held:
                found.append(ok("accounts", f"you may submit jobs that run as {email}"))
            else:
                found.append(wrong("accounts", f"you lack {_ACT_AS} on {email}", step))
    return found


def keys(subject: Subject, cloud: Cloud, numbers: Mapping[str, str]) -> list[Finding]:
    """Whether keys are where the jobs are, enabled, and open to Vertex AI's service agent."""
    found = []
    for key, project, location in dict.fromkeys(
        (job.key, job.project, job.location) for job in subject.jobs if job.key
    ):
        found += _key(cloud, key, numbers.get(project, ""), location)
    return found


def _key(cloud: Cloud, name: str, number: str, location: str) -> list[Finding]:
    if why := grammar.kms_key_name(name):
        return [wrong("keys", why)]
    place = grammar.location_of_key(name)
    if location and place != location:
        step = f"Make a key in {location}."
        return [wrong("keys", f"{name} is in {place}; it has to be in the job's region, {location}", step)]
    try:
        key = cloud.key(name)
    except NotFoundError:
        return [unknown("keys", f"{name} does not exist yet; the program may make it")]
    except CtuneError as error:
        return [not_read("keys", error)]
    if not key.can_encrypt:
        return [wrong("keys", f"{name} is of another purpose than encryption", "Make one with --purpose=encryption.")]
    if not key.is_enabled:
        step = f"gcloud kms keys versions enable VERSION --key={name}"
        return [wrong("keys", f"the primary version of {name} is not enabled", step)]
    return [ok("keys", f"{name} is enabled"), *([_key_agent(cloud, name, number)] if number else [])]


def _key_agent(cloud: Cloud, name: str, number: str) -> Finding:
    agent = f"serviceAccount:service-{number}@gcp-sa-aiplatform.iam.gserviceaccount.com"
    step = f"gcloud kms keys add-iam-policy-binding {name} --member={agent} --role={_USE_KEY}"
    try:
        policy = cloud.key_policy(name)
    except CtuneError as error:
        return not_read("keys", error, step)
    if agent in policy.get(_USE_KEY, ()):
        return ok("keys", f"Vertex AI's service agent may use {name}")
    why = f"the policy of {name} does not name Vertex AI's service agent; that of its key ring or project may"
    return unknown("keys", why, step)


def quota(subject: Subject, cloud: Cloud) -> list[Finding]:
    """How many tuning jobs may run at once."""
    found = []
    for project in subject.projects:
        limit = cloud.concurrent_jobs(project)
        wanted = sum(_is_in(job, project) for job in subject.jobs)
        if limit is None:
            found.append(ok("quota", f"{project} has no limit of concurrent tuning jobs"))
        elif limit == 0:
            step = "Ask for more of `Global concurrent tuning jobs` on the quota page of Google Cloud's console."
            found.append(wrong("quota", f"{project} may run no tuning job", step))
        elif limit < wanted:
            found.append(ok("quota", f"{project} may run {limit} of {wanted} planned jobs at once; the others wait"))
        else:
            found.append(ok("quota", f"{project} may run {limit} tuning {'job' if limit == 1 else 'jobs'} at once"))
    return found


def _is_in(job: PlannedJob, project: str) -> bool:
    return job.project == project
