"""Stack `local`, which `make up` shows: every setting at once, an account and a key of its own, an endpoint in `us`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.docs import pages
from tests.engine.harness import Run
from tools.after_up import report

from .looks import ENDPOINTS
from .project import REPOSITORY, ProjectCopy

KEPT = ("gcp:kms/cryptoKey:CryptoKey", "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", "gcp:kms/keyRing:KeyRing")


@dataclass
class Life:
    """Up, a second look, destroy; and what the emulator showed before the destroy and after it."""

    project: ProjectCopy
    up: Run
    outputs: dict[str, Any]
    export: str
    jobs: list[dict[str, Any]]
    callers: dict[str, list[str]]
    again: Run
    destroyed: Run


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory, pulumi_bin: Path) -> Life:
    """All of it, in order."""
    project = ProjectCopy(tmp_path_factory.mktemp("local"), pulumi_bin=pulumi_bin, stages=["local"])
    return Life(
        project,
        up=project.up("local"),
        outputs=project.outputs("local"),
        export=json.dumps({"deployment": project.export("local")}),
        jobs=project.vertex.emulator.jobs(),
        callers=project.vertex.policy(ENDPOINTS["local"]),
        again=project.preview("local", "--refresh"),
        destroyed=project.destroy("local"),
    )


def test_jobs_read_as_the_account_and_encrypt_with_the_key(life: Life) -> None:
    """Both jobs of the chain name the account that may read the data, and the key of the stack."""
    accounts = {job["serviceAccount"] for job in life.jobs}
    keys = {job["encryptionSpec"]["kmsKeyName"].rpartition("-")[0] for job in life.jobs}

    assert [job["state"] for job in life.jobs] == ["JOB_STATE_SUCCEEDED"] * 2
    assert accounts == {"support-tuner-local@local-project.iam.gserviceaccount.com"}
    assert len(keys) == 1
    assert keys.pop().startswith("projects/local-project/locations/us-central1/keyRings/support-bot-")


def test_gated_version_serves_in_the_multi_region(life: Life) -> None:
    """The endpoint in `us` has its callers and shows what the version was judged by."""
    assert life.outputs["endpoint"] == ENDPOINTS["local"]
    assert life.outputs["serves"] == life.outputs["release"]["tuned_model_name"]
    assert list(life.outputs["metrics"]) == ["/eval_mean_reward", "rouge"]
    assert life.callers == {"roles/aiplatform.user": ["group:support@example.com"]}


def test_readme_shows_what_the_up_prints(life: Life) -> None:
    """Whoever runs `make up` sees the lines that the README has promised."""
    (shown,) = (block.text for block in pages.blocks(REPOSITORY / "README.md") if block.language == "text")

    printed = life.up.stdout + report(life.export)

    assert [line for line in shown.splitlines() if not pages.shows(printed, line)] == []


def test_settled_stack_has_nothing_to_do(life: Life) -> None:
    """Nothing of what Google fills in is taken for a change."""
    assert set(life.again.changes) == {"same"}


def test_destroy_leaves_versions_and_their_key(life: Life) -> None:
    """All that the stack made goes, but for the two tuned versions and the key that they need."""
    models = life.project.vertex.ask("GET", "/v1beta1/projects/local-project/locations/us-central1/models")["models"]
    endpoints = life.project.vertex.ask("GET", "/v1beta1/projects/local-project/locations/us/endpoints")["endpoints"]
    bucket = life.outputs["release"]["training_dataset_uri"].split("/")[2]
    made_by_jobs = [name for job in life.jobs for name in _endpoints_of(job)]

    assert {f"{model['name']}@{model['versionId']}" for model in models} == {
        job["tunedModel"]["model"] for job in life.jobs
    }
    assert sorted(endpoint["name"] for endpoint in endpoints) == sorted(made_by_jobs)
    assert sorted(record.partition(" ")[0] for record in life.project.vertex.records()) == list(KEPT)
    assert not life.project.vertex.has(f"/storage/v1/b/{bucket}")


def _endpoints_of(job: dict[str, Any]) -> list[str]:
    return [checkpoint["endpoint"] for checkpoint in job["tunedModel"]["checkpoints"]]


def test_terminal_says_what_was_made_and_what_it_would_have_cost(life: Life) -> None:
    """After `make up`: the jobs of the chain, a price where tokens and price are known, and tokens only elsewhere."""
    shown = report(life.export)

    assert [
        line for line in shown.splitlines() if pages.shows(line, "support-sft ... of gemini-3.5-flash: version ...@1")
    ]
    assert pages.shows(shown, "support-sft $0.29 for 28,550 training tokens, $10 a million")
    assert pages.shows(shown, "support-rft tokens only: 14,845 in the dataset; ...")
