"""Everything goes, the models too: `deletion_policy` DELETE on dev's jobs once no other stage has a use for them."""

from dataclasses import dataclass

import pytest

from tests.engine.harness import Run

from .looks import ENDPOINTS, traffic
from .policies import with_policy
from .project import ProjectCopy, changed

SFT, RFT = "ContinuousTuningJob support-sft", "ContinuousTuningJob support-rft"


@dataclass
class End:
    """Dev and prod serve one chain; dev's policy is PREVENT first, then DELETE; prod goes, and then dev."""

    project: ProjectCopy
    made: list[str]
    """Full names of the models and endpoints that the jobs made."""
    prevented: Run
    there_when_prevented: list[bool]
    changed_policy: Run
    protected: Run
    """A destroy of prod before its endpoint was unprotected."""
    served_when_protected: dict[str, int]
    destroyed: Run


@pytest.fixture(scope="module")
def end(fresh_project: ProjectCopy) -> End:
    """All of it, in order."""
    project = fresh_project
    program = (project.folder / "stacks" / "tuning.py").read_text()
    project.write("stacks/tuning.py", with_policy(program, "PREVENT"))
    project.up("dev")
    project.promote("dev", "prod")
    project.up("prod")
    made = [name for job in project.vertex.emulator.jobs() for name in _made_by(job["tunedModel"])]
    prevented = project.destroy("dev", fails=True)
    there = [project.vertex.has(f"/v1beta1/{name}") for name in made]
    project.write("stacks/tuning.py", with_policy(program, "DELETE"))
    changed_policy = project.up("dev")
    protected = project.pulumi("destroy", "--yes", "--stack", "prod", fails=True)  # with a preview, as is the default
    served = traffic(project, "prod")
    project.unprotect("prod")
    project.destroy("prod")
    destroyed = project.destroy("dev")
    return End(project, made, prevented, there, changed_policy, protected, served, destroyed)


def _made_by(tuned: dict[str, str]) -> list[str]:
    return [tuned["model"].partition("@")[0], tuned["endpoint"]]


def test_prevent_refuses_the_destroy(end: End) -> None:
    """One line says which job, and how to go on; its model and endpoint stay."""
    last_job = end.project.vertex.emulator.jobs()[-1]["name"]
    assert end.prevented.errors[0] == (
        f"the tuned model is not deleted [{last_job}]: its deletion_policy is PREVENT. Set deletion_policy to ABANDON "
        "or DELETE, run `pulumi up`, then delete again."
    )
    assert all(end.there_when_prevented)


def test_another_policy_is_no_training_run(end: End) -> None:
    """It is changed in place, on both jobs."""
    assert changed(end.changed_policy)[SFT] == changed(end.changed_policy)[RFT] == "update"
    assert len(end.project.vertex.emulator.jobs()) == 2


def test_address_of_prod_is_protected(end: End) -> None:
    """A destroy fails in its preview while the endpoint is protected; afterwards the endpoint is gone."""
    assert "AiEndpoint::support-bot" in end.protected.stdout
    assert "because it is protected" in end.protected.stdout
    assert list(end.served_when_protected.values()) == [100]
    assert not end.project.vertex.has(f"/v1beta1/{ENDPOINTS['prod']}")


def test_destroyed_dev_takes_its_models_along(end: End) -> None:
    """With DELETE both models are gone from the registry, and the endpoints that the jobs made with them."""
    assert end.destroyed.returncode == 0
    assert [name for name in end.made if end.project.vertex.has(f"/v1beta1/{name}")] == []
