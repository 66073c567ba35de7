"""Resource names, serving locations and lists by page."""

import sqlite3
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.emulator.conftest import PARENT
from vertex_emulator import names
from vertex_emulator.app import Emulator
from vertex_emulator.wsgi import ApiProblem

Create = Callable[..., dict[str, Any]]


def test_project_number_is_stable_and_has_twelve_digits() -> None:
    """A project id always has the same number; a number stays as it is."""
    number = names.project_number("acme")

    assert (number, names.project_number(number)) == ("569329139872", "569329139872")


@pytest.mark.parametrize(
    ("location", "base_model", "serving"),
    [
        ("us-central1", "gemini-3.5-flash", "us"),
        ("europe-west4", "gemini-3.1-flash-lite", "eu"),
        ("us-central1", "gemini-2.5-pro", "us-central1"),
        ("asia-northeast1", "gemini-3.5-flash", "asia-northeast1"),
        ("us", "gemini-3.5-flash", "us"),
        ("us-east1", "publishers/google/models/gemini-10-flash", "us"),
        ("us-east1", "meta/llama3_1@llama-3.1-8b-instruct", "us-east1"),
    ],
)
def test_tuned_gemini_3_is_served_from_its_multi_region(location: str, base_model: str, serving: str) -> None:
    """From Gemini 3 on, endpoints lie in `us` or `eu`; before that in the job's location."""
    assert names.serving_location(location, base_model) == serving


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("projects/acme/locations/l/models/1@2", ("projects/569329139872/locations/l/models/1", "2")),
        ("projects/7/locations/l/models/1", ("projects/7/locations/l/models/1", "")),
    ],
)
def test_model_name_is_taken_apart(name: str, parts: tuple[str, str]) -> None:
    """A model's name is split at the version and has the project's number."""
    assert names.split_version(name) == parts


@pytest.mark.parametrize(
    "name", ["", "models/1", "projects/p/locations/l/models/1@", "projects/p/locations/l/models/1@2@3"]
)
def test_other_text_is_no_model_name(name: str) -> None:
    """What is no model name is 400."""
    with pytest.raises(ApiProblem, match="Invalid resource name"):
        names.split_version(name)


def test_job_made_between_pages_neither_repeats_nor_hides_one(create: Create, http: httpx2.Client) -> None:
    """A page goes on after the last item of the page before, whatever was made in between."""
    made = [create()["name"] for _ in range(3)]
    first = http.get(f"{PARENT}/tuningJobs", params={"pageSize": 2}).json()
    create()

    second = http.get(f"{PARENT}/tuningJobs", params={"pageSize": 2, "pageToken": first["nextPageToken"]}).json()

    assert [job["name"] for job in first["tuningJobs"] + second["tuningJobs"]] == made[::-1]
    assert "nextPageToken" not in second


@pytest.mark.parametrize(
    "query",
    [{"pageToken": "???"}, {"pageToken": "MTp4"}, {"pageSize": "many"}, {"pageSize": "-1"}, {"filter": "colour=red"}],
)
def test_wrong_list_query_is_refused(http: httpx2.Client, query: dict[str, str]) -> None:
    """A token that was not given out, a size that is no number and an unknown field are 400."""
    assert http.get(f"{PARENT}/tuningJobs", params=query).status_code == 400


def test_filtered_pages_follow_each_other(create: Create, http: httpx2.Client) -> None:
    """What the filter leaves out is no part of a page; the last page has no token."""
    wanted = [create(labels={"team": team})["name"] for team in "abacaa"][::-1]
    query = {"pageSize": "2", "filter": "labels.team=a"}

    first = http.get(f"{PARENT}/tuningJobs", params=query).json()
    last = http.get(f"{PARENT}/tuningJobs", params=query | {"pageToken": first["nextPageToken"]}).json()

    assert [job["name"] for job in first["tuningJobs"] + last["tuningJobs"]] == [
        wanted[place] for place in (0, 1, 3, 5)
    ]
    assert "nextPageToken" not in last


def test_page_reads_no_more_jobs_than_it_shows(create: Create, http: httpx2.Client, emulator: Emulator) -> None:
    """Old jobs cost a list nothing: what is damaged in one is not seen before its page."""
    oldest, second, newest = (create()["name"] for _ in range(3))
    with sqlite3.connect(emulator.state_dir / "state.sqlite3") as sql:
        sql.execute("UPDATE documents SET due = NULL, body = '{}' WHERE kind = 'tuning_job' AND name = ?", (oldest,))

    page = http.get(f"{PARENT}/tuningJobs", params={"pageSize": "1"}).json()
    whole = http.get(f"{PARENT}/tuningJobs")

    assert [job["name"] for job in page["tuningJobs"]] == [newest]
    assert http.get(second).status_code == 200
    assert whole.status_code == 500


def test_verb_that_is_not_served_says_so(http: httpx2.Client) -> None:
    """Methods of the API that the emulator leaves out are 501 with their name."""
    answer = http.post(f"{PARENT}/tuningJobs:rebaseTunedModel", json={})

    assert (answer.status_code, answer.json()["error"]["status"]) == (501, "UNIMPLEMENTED")
