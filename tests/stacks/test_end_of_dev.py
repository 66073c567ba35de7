"""Dev goes, and prod serves on: what a destroy leaves, and what keeps it from taking too much."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.engine.harness import Run

from .looks import ENDPOINTS, aliases, forget, steps, traffic
from .policies import with_policy
from .project import ProjectCopy

KEY_TYPES = ("gcp:kms/keyRing:KeyRing", "gcp:kms/cryptoKey:CryptoKey", "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember")


@dataclass
class End:
    """Two ways to destroy dev while prod serves its version: with `deletion_policy` DELETE, then with ABANDON."""

    project: ProjectCopy
    release: dict[str, Any]
    refused: Run
    refused_in_steps: list[str]
    job_made_endpoint_is_there: bool
    destroyed: Run
    prod: Run
    """A preview with refresh, after both."""

    @property
    def version(self) -> str:
        version: str = self.release["tuned_model_name"]
        return version


@pytest.fixture(scope="module")
def end(fresh_project: ProjectCopy) -> End:
    """Dev, which encrypts, promoted to prod and destroyed."""
    project = fresh_project
    project.configure("dev", encrypt=True)
    program = (project.folder / "stacks" / "tuning.py").read_text()
    project.write("stacks/tuning.py", with_policy(program, "DELETE"))
    project.up("dev")
    project.promote("dev", "prod")
    project.up("prod")
    release = project.outputs("dev")["release"]
    forget(project)
    refused = project.destroy("dev", fails=True)
    refused_in_steps = steps(project)
    is_there = project.vertex.has(f"/v1beta1/{release['endpoint']}")
    project.write("stacks/tuning.py", program)
    project.up("dev")
    return End(
        project,
        release,
        refused,
        refused_in_steps,
        is_there,
        destroyed=project.destroy("dev"),
        prod=project.preview("prod", "--refresh"),
    )


def test_version_that_another_stage_has_promoted_is_not_deleted(end: End) -> None:
    """The other stage's alias protects it: one line says so, before anything that the job made is taken away."""
    assert end.refused.errors[0] == (
        f"the tuned model version is not deleted [{end.version}]: the version alias 'prod' points at it. Move the "
        "alias to another version or take it away (`ctune.ModelVersionAlias`), or set deletion_policy to ABANDON; then "
        "run `pulumi up`, and delete again."
    )
    assert end.job_made_endpoint_is_there


def test_refused_destroy_takes_off_what_is_of_dev_alone(end: End) -> None:
    """Caller, deployment and alias of dev go; nothing of prod is touched."""
    assert end.refused_in_steps == ["setIamPolicy", "mergeVersionAliases", "undeployModel"]
    assert not end.project.vertex.has(f"/v1beta1/{ENDPOINTS['dev']}")


def test_destroyed_stage_leaves_its_version(end: End) -> None:
    """With ABANDON, the default, prod serves on, and its alias is where it was."""
    assert end.destroyed.returncode == 0
    assert traffic(end.project, "prod") == {end.version: 100}
    assert aliases(end.project, end.version) == {"default", "prod"}


def test_destroyed_stage_leaves_its_key(end: End) -> None:
    """Without its key a version serves nowhere: ring, key and grant stay, and nothing else that dev had."""
    kept = [record.partition(" ")[0] for record in end.project.vertex.records()]

    assert sorted(kept) == sorted(KEY_TYPES)


def test_prod_has_nothing_to_do_when_dev_is_gone(end: End) -> None:
    """A refresh, too, finds all as it was."""
    assert set(end.prod.changes) == {"same"}
