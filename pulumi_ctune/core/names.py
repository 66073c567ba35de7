"""Resource names of Vertex AI: `projects/P/locations/L/...`, taken apart and put together.

Pure text: knows no requests. P is a project id or number (the API answers with numbers, people write ids);
`same_resource` tells whether two names mean the same thing, given what is known of the project. The location is read
from each name, never from the job: the endpoint of a Gemini 3 model lies in `us` or `eu` while its job ran in
`us-central1`. Names become paths and hosts of requests that carry credentials, so the grammar is strict: no segment can
climb out of its path, and a location can only be a label of a host name.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.models
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from pulumi_ctune.core.printable import shown

_PROJECT = r"(?P<project>[A-Za-z0-9][A-Za-z0-9.:_-]*)"  # ids of old projects carry a domain: example.com:my-project
_LOCATION = r"(?P<location>[a-z](?:[a-z0-9-]*[a-z0-9])?)"
_ID = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"
MULTI_REGIONS = {"us": "us-", "eu": "europe-"}
"""Multi-region -> how the names of its regions start."""
# A colon as in buckets of domains, example.com:bucket. How long a name may be is the server's to say.
_OBJECT = re.compile(r"gs://(?P<bucket>[a-z0-9](?:[a-z0-9._:-]*[a-z0-9])?)/(?P<object>[^\r\n]+)")
_VERSION_ID = re.compile(r"[0-9]+")
_ALIAS = r"[a-z][a-zA-Z0-9-]{0,126}[a-z0-9]"  # as the API words it for versionAliases
_VERSION = rf"(?P<version>[0-9]+|{_ALIAS})"
_PARENT = rf"projects/{_PROJECT}/locations/{_LOCATION}"

_ANY = re.compile(rf"{_PARENT}(?:/[A-Za-z0-9_-][A-Za-z0-9._@:~-]*)*")
_ANY_FORM = "projects/PROJECT/locations/LOCATION/..."
_JOB = re.compile(rf"{_PARENT}/tuningJobs/(?P<job_id>{_ID})")
_MODEL = re.compile(rf"{_PARENT}/models/(?P<model_id>{_ID})(?:@{_VERSION})?")
_ENDPOINT = re.compile(rf"{_PARENT}/endpoints/(?P<endpoint_id>{_ID})")
_DATASET = re.compile(rf"{_PARENT}/datasets/(?P<dataset_id>{_ID})")
_PUBLISHER_MODEL = re.compile(
    rf"(?:{_PARENT}/)?publishers/(?P<publisher>{_ID})/models/(?P<model_id>{_ID})(?P<version>(?:@[A-Za-z0-9._-]+)?)"
)

ALIAS_GRAMMAR = (
    "2 to 128 characters a-z, A-Z, 0-9 or -, starting with a small letter, ending with a small letter or a digit"
)
"""What `is_alias` asks for, in words."""


@dataclass(frozen=True)
class _FullName:
    """What names of a project's resources have in common."""

    project: str
    location: str

    FORM: ClassVar[str]
    _GRAMMAR: ClassVar[re.Pattern[str]]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError, with the form that is expected, for anything but a full name, also a publisher's."""
        return cls(**_taken_apart(cls._GRAMMAR, text, cls.FORM))


@dataclass(frozen=True)
class JobName(_FullName):
    """`projects/P/locations/L/tuningJobs/J`."""

    job_id: str

    FORM = "projects/PROJECT/locations/LOCATION/tuningJobs/JOB"
    _GRAMMAR = _JOB

    def __str__(self) -> str:
        return f"{parent(self.project, self.location)}/tuningJobs/{self.job_id}"


@dataclass(frozen=True)
class ModelName(_FullName):
    """`projects/P/locations/L/models/M`, or `..M@V`: a numeric version, an alias, or None (no `@`)."""

    model_id: str
    version: str | None = None

    FORM = "projects/PROJECT/locations/LOCATION/models/MODEL[@VERSION]"
    _GRAMMAR = _MODEL

    @property
    def is_pinned(self) -> bool:
        """Whether the name can never mean another version later: aliases move, so does the absence of a version."""
        return self.version is not None and _VERSION_ID.fullmatch(self.version) is not None

    @property
    def model(self) -> str:
        """The name without `@VERSION`."""
        return str(replace(self, version=None))

    def with_version(self, version: str | None) -> Self:
        return replace(self, version=version)

    def __str__(self) -> str:
        at_version = "" if self.version is None else f"@{self.version}"
        return f"{parent(self.project, self.location)}/models/{self.model_id}{at_version}"


def model_name(text: Any) -> ModelName | None:
    """The model or version that this names; None for anything else, also a publisher's model or a value to come."""
    try:
        return ModelName.parse(text) if isinstance(text, str) else None
    except ValueError:
        return None


@dataclass(frozen=True)
class EndpointName(_FullName):
    """`projects/P/locations/L/endpoints/E`."""

    endpoint_id: str

    FORM = "projects/PROJECT/locations/LOCATION/endpoints/ENDPOINT"
    _GRAMMAR = _ENDPOINT

    def __str__(self) -> str:
        return f"{parent(self.project, self.location)}/endpoints/{self.endpoint_id}"


def parent(project: str, location: str) -> str:
    """`projects/P/locations/L`."""
    return f"projects/{project}/locations/{location}"


def location_of(name: str) -> str:
    """The location of any resource name, also of `projects/P/locations/L` itself. Raises ValueError for other text."""
    return _taken_apart(_ANY, name, _ANY_FORM)["location"]


def locations_overlap(one: str, other: str) -> bool:
    """Whether two locations are the same, or one is the multi-region (`us`, `eu`) that holds the other."""

    def holds(multi_region: str, region: str) -> bool:
        return multi_region in MULTI_REGIONS and region.startswith(MULTI_REGIONS[multi_region])

    return one == other or holds(one, other) or holds(other, one)


def project_of(name: str) -> str:
    """The project (id or number, as written) of any resource name. Raises ValueError for other text."""
    return _taken_apart(_ANY, name, _ANY_FORM)["project"]


def same_project(one: str, other: str, known: Collection[str] = ()) -> bool | None:
    """Whether two ids or numbers mean the same project; None where an id meets a number that nothing is known of.

    `known` are the spellings of one project, its id and its number as far as they are known.
    """
    if one == other or (one in known and other in known):
        return True
    if _is_number(one) == _is_number(other):
        return False
    both_known = {_is_number(spelling) for spelling in known} == {True, False}
    return False if both_known and (one in known or other in known) else None


def same_resource(one: str, other: str, known: Collection[str] = ()) -> bool | None:
    """Whether two resource names mean the same resource, whichever way each writes the project; None as `same_project`.

    Texts that are no resource names are the same where they are equal. A version or alias is compared as it is written.
    """
    if one == other:
        return True
    if not (is_resource(one) and is_resource(other)):
        return False
    (_, project, rest), (_, other_project, other_rest) = one.split("/", 2), other.split("/", 2)
    return rest == other_rest and same_project(project, other_project, known)


def is_resource(text: str) -> bool:
    """Whether this is a full resource name, of whatever kind and service: `projects/P/locations/L/...`."""
    return _ANY.fullmatch(text) is not None


def _is_number(project: str) -> bool:
    return project.isdigit()


def last_segment(name: str) -> str:
    """`E` of `../endpoints/E`: what `_id` fields hold."""
    return name.rpartition("/")[2]


def with_version(name: str, version: str) -> str:
    """A model's name, with or without `@..`, at this version. Raises ValueError if it is no model's name."""
    return str(ModelName.parse(name).with_version(version))


def is_alias(text: str) -> bool:
    """Whether a version can have this alias; see `ALIAS_GRAMMAR`."""
    return re.fullmatch(_ALIAS, text) is not None


def object_in(uri: str) -> tuple[str, str] | None:
    """Bucket and object that a URI of Cloud Storage names, `gs://BUCKET/OBJECT`; None for any other text."""
    match = _OBJECT.fullmatch(uri)
    return (match["bucket"], match["object"]) if match else None


def is_dataset(name: str) -> bool:
    """Whether this names a Vertex AI dataset (`projects/P/locations/L/datasets/D`), not an object in Cloud Storage."""
    return _DATASET.fullmatch(name) is not None


def publisher_model_id(name: str) -> str | None:
    """The short name of `[projects/P/locations/L/]publishers/PUBLISHER/models/M[@V]`; None for any other text.

    It is `M` of Google's own models, and `PUBLISHER/M[@V]` of others, where the version tells models apart
    (`meta/llama3_1@llama-3.1-8b-instruct`).
    """
    found = _PUBLISHER_MODEL.fullmatch(name)
    if found is None:
        return None
    if found["publisher"] == "google":
        return found["model_id"]
    return f"{found['publisher']}/{found['model_id']}{found['version']}"


def console_url(job_name: str) -> str:
    """The job's page in the Google Cloud console. Raises ValueError if it is no job's name."""
    job = JobName.parse(job_name)
    return (
        f"https://console.cloud.google.com/vertex-ai/tuning/locations/{job.location}/tuningJob/{job.job_id}/monitor"
        f"?project={job.project}"
    )


def _taken_apart(form: re.Pattern[str], text: str, expected: str) -> dict[str, str]:
    if match := form.fullmatch(text):
        return match.groupdict()
    raise ValueError(f"{shown(text)} is not of the form {expected}")


def cancel_command(job_name: str) -> str:
    """The command that cancels a job, for somebody at a shell. Raises ValueError if it is no job's name."""
    job = JobName.parse(job_name)
    return f"`gcloud ai tuning-jobs cancel {job.job_id} --region={job.location} --project={job.project}`"
