"""Who is signed in, which project is meant, and what Google Cloud allows there.

Roles: https://docs.cloud.google.com/iam/docs/roles-permissions/aiplatform
"""

from collections.abc import Sequence

from pulumi_ctune.config import Settings
from pulumi_ctune.core import grammar
from pulumi_ctune.core.cloud import Cloud
from pulumi_ctune.core.errors import ApiError, CredentialsError, CtuneError, NotFoundError, PermissionDeniedError
from pulumi_ctune.insight.doctor.finding import Finding, in_words, ok, unknown, wrong
from pulumi_ctune.insight.doctor.subject import Subject

_NEEDED = (
    *("aiplatform.tuningJobs.create", "aiplatform.tuningJobs.get", "aiplatform.tuningJobs.list"),
    *("aiplatform.tuningJobs.cancel", "aiplatform.models.get", "aiplatform.models.list", "aiplatform.endpoints.get"),
)
"""What create, wait and read ask for; roles/aiplatform.user has all of it."""
_ALWAYS = ("aiplatform.googleapis.com", "storage.googleapis.com")
_FOR_KEYS = "cloudkms.googleapis.com"


def names_of_place(settings: Settings) -> list[Finding]:
    """Project and region of the settings, by their grammar alone."""
    found = []
    for check, key, value, rule in (
        ("project", "gcp:project", settings.project, grammar.project),
        ("region", "gcp:region", settings.region, grammar.location),
    ):
        example = "PROJECT" if check == "project" else "us-central1"
        step = f"pulumi config set {key} {example}"
        if value is None:
            found.append(unknown(check, f"{key} is not set: each job has to name its own", step))
        elif why := rule(value):
            found.append(wrong(check, f"{key}: {why}", step))
        elif check == "region":
            found.append(ok(check, value))  # what the project is called at Google is looked up
    return found


def sign_in(settings: Settings, cloud: Cloud) -> tuple[str, Finding]:
    """The account, empty where it is not known, and what to say of it. Raises `CtuneError` where nobody answers."""
    if settings.kind == "emulator":
        return "", ok(
            "sign-in", "none is needed: an emulator takes everybody. What it says of APIs, roles and quota is its own"
        )
    try:
        account = cloud.account()
    except (CredentialsError, PermissionDeniedError) as error:
        return "", wrong("sign-in", in_words(error), error.next_step)
    source = _source_of(settings)
    if not account:
        return "", unknown("sign-in", f"{source} gives a token; whose it is cannot be read with it")
    return account, ok("sign-in", f"{account}, by {source}")


def at_google(subject: Subject, cloud: Cloud) -> tuple[list[Finding], dict[str, str]]:
    """What the projects are, and the number of each that could be read."""
    found, numbers = [], {}
    for name in subject.projects:
        try:
            project = cloud.project(name)
        except (NotFoundError, PermissionDeniedError) as error:
            step = error.next_step or f"gcloud projects describe {name}"
            found.append(unknown("project", f"{in_words(error)}. It may not exist, or you may not look", step))
            continue
        except CtuneError as error:
            found.append(unknown("project", in_words(error), error.next_step))
            continue
        numbers[name] = project.number
        if not project.is_active:
            found.append(wrong("project", f"{name} is being deleted", f"gcloud projects undelete {name}"))
        else:
            found.append(ok("project", f"{project.project_id or name}, number {project.number}"))
    return found, numbers


def services(subject: Subject, cloud: Cloud) -> list[Finding]:
    """Whether the APIs are enabled that jobs need."""
    found = []
    for project in subject.projects:
        wanted = [*_ALWAYS, *([_FOR_KEYS] if any(job.key for job in subject.jobs) else [])]
        enabled = cloud.enabled_services(project, wanted)
        missing = [service for service in wanted if service not in enabled]
        if missing:
            step = f"gcloud services enable {' '.join(missing)} --project={project}"
            found.append(wrong("apis", f"not enabled in {project}: {', '.join(missing)}", step))
        else:
            found.append(ok("apis", f"enabled in {project}: {', '.join(wanted)}"))
    return found


def roles(subject: Subject, cloud: Cloud, account: str) -> list[Finding]:
    """Whether the caller may make and read tuning jobs."""
    found = []
    for project in subject.projects:
        held = cloud.permissions(project, _NEEDED)
        missing = [permission for permission in _NEEDED if permission not in held]
        if missing:
            step = (
                f"gcloud projects add-iam-policy-binding {project} --member={member(account)} "
                "--role=roles/aiplatform.user"
            )
            found.append(wrong("roles", f"you lack on {project}: {', '.join(missing)}", step))
        else:
            found.append(ok("roles", f"you may submit, read and cancel tuning jobs in {project}"))
    return found


def member(account: str) -> str:
    """The account as IAM writes it; the reader fills in what is not known."""
    if not account:
        return "user:YOUR_EMAIL"
    return f"serviceAccount:{account}" if account.endswith(".gserviceaccount.com") else f"user:{account}"


def _source_of(settings: Settings) -> str:
    if settings.access_token:
        source = "gcp:accessToken"
    elif settings.credentials:
        source = settings.credentials_where
    else:
        source = "Application Default Credentials"
    account = settings.impersonate_service_account
    return f"impersonation with {source}" if account else source


def reached(subject: Subject, cloud: Cloud) -> Sequence[Finding]:
    """Whether Vertex AI answers in each place, to the request that every `up` begins with."""
    found = []
    for project, location in subject.places:
        try:
            cloud.can_list_jobs(project, location)
        except PermissionDeniedError as error:
            step = error.next_step or "Check the region's name, and whether the project may use it."
            found.append(wrong("vertex", in_words(error), step))
        except NotFoundError as error:
            found.append(wrong("vertex", in_words(error), "Check the project's and the region's name."))
        except ApiError as error:
            step = error.next_step or "Check the network and the region's name."
            found.append((wrong if error.never_sent else unknown)("vertex", in_words(error), step))
        else:
            found.append(ok("vertex", f"Vertex AI answers for {project} in {location}"))
    return found or [unknown("vertex", "no project and region are known to ask for", "Set gcp:project and gcp:region.")]
