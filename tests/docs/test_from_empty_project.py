"""The guide from an empty project to prod, followed to its end on the emulator."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import yaml

from tests.stacks.project import ProjectCopy
from vertex_emulator.server import running

from . import pages
from .reader import Followed, Reader, failures, not_shown

PROD = "projects/my-project/locations/us/endpoints/4711004"
SIGNED_IN = {  # as `gcloud auth application-default login` leaves it, with a token that needs no renewal
    "type": "authorized_user",
    "client_id": "x",
    "client_secret": "x",
    "refresh_token": "x",
    "token": "local",
    "expiry": "2099-01-01T00:00:00Z",
}


@pytest.fixture(scope="module")
def google(project: ProjectCopy) -> Iterator[str]:
    """The emulator of the stacks, over HTTP."""
    with running(project.vertex.emulator) as base_url:
        yield base_url


@pytest.fixture(scope="module")
def record(project: ProjectCopy, place: Path, google: str) -> list[Followed]:
    """What came of the guide's commands."""
    key = place / "credentials.json"
    key.write_text(json.dumps(SIGNED_IN))
    env = {"GOOGLE_APPLICATION_CREDENTIALS": str(key), "GOOGLE_VERTEX_BASE_URL": google}
    return Reader(project, place, env).follow(pages.FIRST_RELEASE)


def output_of(record: list[Followed], command: str) -> str:
    (found,) = (done.output for done in record if command in done.block.text)
    return found


def test_every_command_succeeds(record: list[Followed]) -> None:
    """Whoever follows the guide comes to its end."""
    assert failures(record) == []


def test_output_is_what_the_guide_shows(record: list[Followed]) -> None:
    """The lines of output in the guide are lines that the commands print."""
    assert not_shown(pages.FIRST_RELEASE, record) == []


def test_guide_trains_once(record: list[Followed], project: ProjectCopy) -> None:
    """The whole way to prod costs one run of each job of the chain: previews and promotions train nothing."""
    assert len(project.vertex.emulator.jobs()) == 2


def test_prod_serves_what_dev_has_made(record: list[Followed], project: ProjectCopy) -> None:
    """The version goes through the stages unchanged."""
    made = project.outputs("dev")["release"]["tuned_model_name"]

    assert [project.outputs(stage)["serves"] for stage in ("staging", "prod")] == [made, made]


def test_every_release_is_a_commit(record: list[Followed], project: ProjectCopy) -> None:
    """What staging and prod serve is in Git."""
    log = project.run("git", "log", "--format=%s", "--", "stacks/Pulumi.staging.yaml", "stacks/Pulumi.prod.yaml").stdout

    assert log.splitlines()[:2] == ["Release to prod", "Release to staging"]


def test_call_is_answered_by_prods_own_endpoint(record: list[Followed], project: ProjectCopy) -> None:
    """The program in the guide calls the address that stays, at its own location."""
    calls = [request["path"] for request in project.vertex.emulator.requests() if "generateContent" in request["path"]]

    assert calls == [f"/v1beta1/{PROD}:generateContent"]
    assert output_of(record, "python call.py").strip() != ""


def test_bill_of_each_job_is_printed(record: list[Followed]) -> None:
    """The command that reads what is billed finds both jobs."""
    rows = output_of(record, "billable_token_count").splitlines()

    assert [row.split(" ", 1)[1].split("/")[0] for row in rows] == ["tokens: projects", "tokens: projects"]


def test_emulator_serves_the_paths_given_to_the_real_plugin(record: list[Followed], google: str) -> None:
    """The custom endpoints in the guide are prefixes of what the emulator serves."""
    (block,) = (block for block in pages.blocks(pages.FIRST_RELEASE) if "gcp:storageCustomEndpoint" in block.text)
    settings = yaml.safe_load(block.text)
    vertex, storage = (
        settings[f"gcp:{name}CustomEndpoint"].replace(settings["ctune:apiEndpoint"], google)
        for name in ("vertexAi", "storage")
    )

    answers = [httpx2.get(f"{vertex}{PROD}"), httpx2.get(f"{storage}b", params={"project": "my-project"})]

    assert [answer.status_code for answer in answers] == [200, 200]
