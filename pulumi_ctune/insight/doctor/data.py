"""The datasets of planned jobs, and whether those who have to read them may.

A tuning service agent reads buckets of its own project by the role that it is born with; for a bucket of another
project somebody has to grant it: https://docs.cloud.google.com/iam/docs/service-agents
"""

from collections.abc import Collection, Mapping, Sequence

from pulumi_ctune.core import names
from pulumi_ctune.core.api import Vertex
from pulumi_ctune.core.cloud import Cloud, Policy
from pulumi_ctune.core.errors import CtuneError, NotFoundError
from pulumi_ctune.insight.doctor.finding import Finding, in_words, not_read, ok, unknown, wrong
from pulumi_ctune.insight.doctor.project import member
from pulumi_ctune.insight.doctor.subject import Subject

_READ_OBJECT = "storage.objects.get"
_READERS = (
    *("roles/storage.objectViewer", "roles/storage.objectUser", "roles/storage.objectAdmin", "roles/storage.admin"),
    *("roles/storage.legacyObjectReader", "roles/storage.legacyObjectOwner", "roles/aiplatform.tuningServiceAgent"),
)
_EVERYBODY = ("allUsers", "allAuthenticatedUsers")


def objects(subject: Subject, vertex: Vertex) -> list[Finding]:
    """Whether the datasets are there."""
    found = []
    for uri in subject.datasets:
        try:
            stored = vertex.get_object(uri)
        except NotFoundError:
            step = f"Upload it: gcloud storage cp FILE {uri}"
            found.append(
                unknown("datasets", f"{uri} does not exist yet; `up` fails unless the program makes it before", step)
            )
        except CtuneError as error:
            found.append(not_read("datasets", error))
        else:
            if stored is None:
                why = "ctune:apiEndpoint names a service of your own, and ctune:storageEndpoint is not set"
                found.append(unknown("datasets", f"{uri} is not looked at: {why}"))
            elif not stored.size_bytes:
                found.append(wrong("datasets", f"{uri} is empty", f"ctune validate {uri}"))
            else:
                found.append(ok("datasets", f"{uri}: {stored.size_bytes:,} bytes, generation {stored.generation}"))
    return found


def buckets(subject: Subject, cloud: Cloud, account: str) -> list[Finding]:
    """Whether the caller may read the objects, which are checked before a job is submitted."""
    found = []
    for bucket in _buckets(subject.datasets):
        try:
            held = cloud.bucket_permissions(bucket, [_READ_OBJECT])
        except NotFoundError:
            step = f"gcloud storage buckets create gs://{bucket}"
            found.append(unknown("buckets", f"{bucket} does not exist yet; the program may make it", step))
        except CtuneError as error:
            found.append(not_read("buckets", error))
        else:
            if _READ_OBJECT in held:
                found.append(ok("buckets", f"you may read the objects of {bucket}"))
            else:
                found.append(
                    wrong("buckets", f"you lack {_READ_OBJECT} on {bucket}", _grant_on_bucket(bucket, member(account)))
                )
    return found


def agents(subject: Subject, cloud: Cloud, numbers: Mapping[str, str]) -> list[Finding]:
    """Whether those who read the datasets for a job may: its service account, or the tuning service agent."""
    found: dict[Finding, None] = {}
    for job in subject.jobs:
        number = numbers.get(job.project, "")
        for bucket in _buckets(job.datasets):
            if not job.service_account and not number:
                found[
                    unknown("agents", f"who reads {bucket} has the project's number in its name, which is not known")
                ] = None
                continue
            reader = job.service_account or tuning_agent(number)
            found[_reader(cloud, bucket, reader, "" if job.service_account else number)] = None
    return [*found]


def tuning_agent(number: str) -> str:
    """The account that reads the data of a job that names none."""
    return f"service-{number}@gcp-sa-vertex-tune.iam.gserviceaccount.com"


def _reader(cloud: Cloud, bucket: str, reader: str, number: str) -> Finding:
    """`number` is that of the agent's own project, empty for an account of the user's."""
    step = _grant_on_bucket(bucket, f"serviceAccount:{reader}")
    try:
        if number and cloud.bucket(bucket).project_number == number:
            return ok("agents", f"{reader} reads {bucket}, a bucket of its own project, by its role")
        policy = cloud.bucket_policy(bucket)
    except NotFoundError as error:
        return unknown("agents", in_words(error))
    except CtuneError as error:
        return unknown("agents", f"whether {reader} may read {bucket} cannot be read: {error.why or error.what}", step)
    if _has_any(policy, _READERS, reader):
        return ok("agents", f"{reader} may read {bucket}")
    why = f"the policy of {bucket} does not name {reader}; its project may"
    if number:
        why += ". The agent exists from the project's first tuning job on"
    return unknown("agents", why, step)


def _has_any(policy: Policy, roles: Collection[str], account: str) -> bool:
    wanted = {f"serviceAccount:{account}", *_EVERYBODY}
    return any(wanted & {*members} for role, members in policy.items() if role in roles)


def _buckets(uris: Sequence[str]) -> Sequence[str]:
    found = (names.object_in(uri) for uri in uris)
    return [*dict.fromkeys(each[0] for each in found if each)]


def _grant_on_bucket(bucket: str, who: str) -> str:
    return (
        f"gcloud storage buckets add-iam-policy-binding gs://{bucket} --member={who} --role=roles/storage.objectViewer"
    )
