"""Resource names, taken apart and put together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_ctune.core import names
from pulumi_ctune.core.names import EndpointName, JobName, ModelName

_PROJECTS = st.from_regex(r"[a-z][a-z0-9-]{4,20}[a-z0-9]|[1-9][0-9]{5,12}|example\.com:[a-z]{6}", fullmatch=True)
_LOCATIONS = st.sampled_from(["us-central1", "europe-west4", "us", "eu", "global"])
_IDS = st.from_regex(r"[1-9][0-9]{0,18}|[a-z][a-z0-9_-]{0,20}", fullmatch=True)
_VERSIONS = st.none() | st.from_regex(r"[1-9][0-9]{0,4}|[a-z][a-z0-9-]{0,20}[a-z0-9]", fullmatch=True)


@given(_PROJECTS, _LOCATIONS, _IDS, _VERSIONS)
def test_model_name_reads_back(project: str, location: str, model_id: str, version: str | None) -> None:
    """What is put together is taken apart into the same parts."""
    name = ModelName(project, location, model_id, version)

    assert ModelName.parse(str(name)) == name


@given(_PROJECTS, _LOCATIONS, _IDS)
def test_job_and_endpoint_names_read_back(project: str, location: str, resource_id: str) -> None:
    """What is put together is taken apart into the same parts."""
    job, endpoint = JobName(project, location, resource_id), EndpointName(project, location, resource_id)

    assert (JobName.parse(str(job)), EndpointName.parse(str(endpoint))) == (job, endpoint)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4711",
        "models/4711",
        "projects/p/locations/us-central1/models/",
        "projects/p/locations/us-central1/models/..",
        "projects/p/locations/us-central1/models/1@",
        "projects/p/locations/us-central1/models/1@Golden",
        "projects/p/locations/us-central1/models/1@2@3",
        "projects/p/locations/us-central1/models/1/2",
        "projects/p/locations/us-central1/models/1?x=y",
        "projects/p/locations/evil.example/models/1",
        "projects/p/locations/evil.example#/models/1",
        "projects/../locations/us-central1/models/1",
        "projects/p/locations/us-central1/models/1\n",
        "projects/p/locations/us-central1/publishers/google/models/gemini-3.5-flash",
        "projects/p/locations/us-central1/endpoints/1",
    ],
)
def test_anything_but_a_model_name_is_refused(text: str) -> None:
    """The error shows the value and the form that is expected; names that could lead a request elsewhere are none."""
    with pytest.raises(
        ValueError, match="is not of the form projects/PROJECT/locations/LOCATION/models/MODEL"
    ) as refused:
        ModelName.parse(text)

    assert repr(text) in str(refused.value)


@pytest.mark.parametrize(
    ("text", "pinned"),
    [("@3", True), ("@golden", False), ("@releaseB1", False), ("", False)],
    ids=["number", "alias", "alias with a capital", "none"],
)
def test_only_a_numeric_version_is_pinned(text: str, pinned: bool) -> None:
    """Aliases move, and so does the version that a bare model name means."""
    name = ModelName.parse(f"projects/p/locations/us-central1/models/1{text}")

    assert name.is_pinned is pinned


@pytest.mark.parametrize(
    ("name", "location"),
    [
        ("projects/p/locations/us-central1", "us-central1"),
        ("projects/1/locations/us/endpoints/2/operations/3", "us"),
        ("projects/1/locations/eu/metadataStores/default/contexts/tuning-experiment-20260101", "eu"),
        ("projects/example.com:p/locations/global/models/1@golden", "global"),
    ],
)
def test_location_is_read_from_any_name(name: str, location: str) -> None:
    """Every resource of Vertex AI says where it lies."""
    assert names.location_of(name) == location


@pytest.mark.parametrize(
    "name",
    ["", "gs://b/o", "projects/p", "projects/p/locations/us.evil.example/models/1", "projects/p/locations/us/../../x"],
)
def test_name_without_a_location_is_refused(name: str) -> None:
    """A location becomes part of a host name: it is a host label or an error."""
    with pytest.raises(ValueError, match="is not of the form"):
        names.location_of(name)


def test_version_replaces_the_one_in_the_name() -> None:
    """`with_version` takes names with and without `@`."""
    bare, aliased = "projects/p/locations/us-central1/models/1", "projects/p/locations/us-central1/models/1@golden"

    actual = names.with_version(bare, "2"), names.with_version(aliased, "2")

    assert actual == (f"{bare}@2", f"{bare}@2")


def test_console_url_shows_the_job() -> None:
    """The link carries location, id and project of the job."""
    actual = names.console_url("projects/4711/locations/us-central1/tuningJobs/99")

    expected = (
        "https://console.cloud.google.com/vertex-ai/tuning/locations/us-central1/tuningJob/99/monitor?project=4711"
    )
    assert actual == expected


@pytest.mark.parametrize(
    ("text", "model_id"),
    [
        ("publishers/google/models/gemini-3.5-flash", "gemini-3.5-flash"),
        ("projects/p/locations/us-central1/publishers/google/models/gemini-3.5-flash", "gemini-3.5-flash"),
        ("publishers/google/models/gemini-3.5-flash@default", "gemini-3.5-flash"),
        ("publishers/meta/models/llama3_1@llama-3.1-8b-instruct", "meta/llama3_1@llama-3.1-8b-instruct"),
        ("gemini-3.5-flash", None),
        ("projects/p/locations/us-central1/models/1", None),
    ],
)
def test_publisher_model_is_known_from_a_tuned_one(text: str, model_id: str | None) -> None:
    """A publisher's path is a base model, although it looks like a resource name."""
    assert names.publisher_model_id(text) == model_id


@pytest.mark.parametrize(
    ("text", "dataset"),
    [("projects/p/locations/us-central1/datasets/1", True), ("gs://b/projects/p/locations/l/datasets/1", False)],
)
def test_dataset_resource_is_known_from_an_object(text: str, dataset: bool) -> None:
    """Training data may be a Vertex AI dataset instead of a `gs://` object."""
    assert names.is_dataset(text) is dataset


_ACME = ("acme", "123456")
_KEY = "locations/us-central1/keyRings/r/cryptoKeys/k"


@pytest.mark.parametrize(
    ("one", "other", "known", "same"),
    [
        ("acme", "acme", (), True),
        ("acme", "123456", _ACME, True),
        ("123456", "acme", _ACME, True),
        ("acme", "other", (), False),
        ("123456", "654321", (), False),
        ("acme", "654321", _ACME, False),
        ("123456", "other", _ACME, False),
        ("123456", "other", ("123456",), None),  # nobody has said which id the number has
        ("keys", "654321", _ACME, None),
    ],
)
def test_projects_are_compared_by_what_is_known_of_them(
    one: str, other: str, known: tuple[str, ...], same: bool | None
) -> None:
    """Id and number of the project whose both spellings are known are the same, either of them and another are not."""
    assert names.same_project(one, other, known) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (f"projects/acme/{_KEY}", f"projects/123456/{_KEY}", True),
        (f"projects/acme/{_KEY}", f"projects/other/{_KEY}", False),
        (f"projects/acme/{_KEY}", f"projects/123456/{_KEY}2", False),
        (f"projects/keys/{_KEY}", f"projects/654321/{_KEY}", None),
        ("gs://acme/t.jsonl", "gs://123456/t.jsonl", False),
        ("gs://acme/t.jsonl", f"projects/acme/{_KEY}", False),
    ],
)
def test_resources_are_the_same_whichever_way_the_project_is_written(one: str, other: str, same: bool | None) -> None:
    """One rule for every name in the inputs: keys, datasets, models, jobs."""
    assert (names.same_resource(one, other, _ACME), names.same_resource(other, one, _ACME)) == (same, same)
