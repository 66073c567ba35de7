"""One version on its way through the stages: tuned in dev, promoted to staging and to prod by a change of config."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.engine.harness import Run

from .looks import ENDPOINTS, aliases, forget, steps, traffic
from .project import STAGES, ProjectCopy, changed

SERVING = {
    "Serving support-bot": "create",
    "AiEndpoint support-bot": "create",
    "ModelVersionAlias support-bot-alias": "create",
    "ModelDeployment support-bot": "create",
}
CALLERS = {
    "dev": "group:support-developers@example.com",
    "staging": "group:support-testers@example.com",
    "prod": "group:support@example.com",
}


@dataclass
class Promotion:
    """What each stage's `up` did, what was asked of the emulator, and how many tuning jobs there were then."""

    project: ProjectCopy
    ups: dict[str, Run] = field(default_factory=dict)
    steps: dict[str, list[str]] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    jobs: dict[str, int] = field(default_factory=dict)

    @property
    def version(self) -> str:
        version: str = self.outputs["dev"]["release"]["tuned_model_name"]
        return version


@pytest.fixture(scope="module")
def promotion(fresh_project: ProjectCopy) -> Promotion:
    """`ctune promote` and `pulumi up`, stage by stage; during prod's the version has another default checkpoint."""
    promotion = Promotion(fresh_project)
    for before, stage in zip((None, *STAGES), STAGES, strict=False):
        if before:
            fresh_project.promote(before, stage)
        if stage == "prod":
            usual = change_default_checkpoint(fresh_project, promotion.version)
        forget(fresh_project)
        promotion.ups[stage] = fresh_project.up(stage)
        promotion.steps[stage] = steps(fresh_project)
        promotion.outputs[stage] = fresh_project.outputs(stage)
        promotion.jobs[stage] = len(fresh_project.vertex.emulator.jobs())
    set_default_checkpoint(fresh_project, promotion.version, usual)
    return promotion


def change_default_checkpoint(project: ProjectCopy, version: str) -> str:
    """As somebody does in the console, for a while; returns which one it was."""
    found = project.vertex.ask("GET", f"/v1beta1/{version}")
    usual: str = found["defaultCheckpointId"]
    others = {item["checkpointId"] for item in found["checkpoints"]} - {usual}
    set_default_checkpoint(project, version, min(others))
    return usual


def set_default_checkpoint(project: ProjectCopy, version: str, checkpoint_id: str) -> None:
    change = {"defaultCheckpointId": checkpoint_id}
    project.vertex.ask("PATCH", f"/v1beta1/{version}?updateMask=defaultCheckpointId", json=change)


def test_only_dev_tunes(promotion: Promotion) -> None:
    """Promotion makes no tuning job."""
    assert promotion.jobs == {"dev": 2, "staging": 2, "prod": 2}
    assert ["POST tuningJobs" in promotion.steps[stage] for stage in STAGES] == [True, False, False]


def test_only_dev_evaluates(promotion: Promotion) -> None:
    """Staging and prod gate on the result that came with the release: they ask no evaluation service."""
    assert ["POST evaluationRuns" in promotion.steps[stage] for stage in STAGES] == [True, False, False]


def test_promoted_release_is_the_one_that_dev_exports(promotion: Promotion) -> None:
    """`ctune promote` hands it on unchanged, through staging too."""
    pinned = promotion.project.settings("prod")["release"]

    assert pinned == promotion.outputs["dev"]["release"]


def test_each_stage_serves_the_same_version(promotion: Promotion) -> None:
    """Name and version number are those of dev, on an endpoint of the stage's own."""
    served = {stage: traffic(promotion.project, stage) for stage in STAGES}

    assert served == {stage: {promotion.version: 100} for stage in STAGES}
    assert [promotion.outputs[stage]["endpoint"] for stage in STAGES] == [ENDPOINTS[stage] for stage in STAGES]
    assert [promotion.outputs[stage]["serves"] for stage in STAGES] == [promotion.version] * len(STAGES)


def test_each_stage_serves_the_checkpoint_of_the_release(promotion: Promotion) -> None:
    """What staging has tried is what prod gets, though the version has another default checkpoint by then; only then
    Google is told which one.
    """
    found = {stage: promotion.project.vertex.ask("GET", f"/v1beta1/{ENDPOINTS[stage]}") for stage in STAGES}

    named = [item.get("checkpointId") for stage in STAGES for item in found[stage]["deployedModels"]]
    assert named == [None, None, promotion.outputs["dev"]["release"]["checkpoint_id"]]


def test_each_stage_has_its_alias_on_it(promotion: Promotion) -> None:
    """In a shared Google Cloud project the aliases say which stage serves what."""
    assert aliases(promotion.project, promotion.version) == {"default", *STAGES}


@pytest.mark.parametrize("stage", ["staging", "prod"])
def test_stage_gates_deploys_moves_the_alias_and_grants_in_that_order(promotion: Promotion, stage: str) -> None:
    """The training series are read before anything is changed, and the alias names what serves."""
    assert changed(promotion.ups[stage]) == SERVING | {
        f"AiEndpointIamMember caller-{CALLERS[stage].replace(':', '-')}": "create"
    }
    assert promotion.steps[stage] == [
        "POST endpoints",
        "read series",
        "deployModel",
        "mergeVersionAliases",
        "setIamPolicy",
    ]


def test_each_stage_has_its_callers(promotion: Promotion) -> None:
    """Who may call is a setting of the stage."""
    policies = {stage: promotion.project.vertex.policy(ENDPOINTS[stage]) for stage in STAGES}

    assert policies == {stage: {"roles/aiplatform.user": [caller]} for stage, caller in CALLERS.items()}


def test_gated_stage_shows_what_it_was_judged_by(promotion: Promotion) -> None:
    """The output `metrics` has the values that the gates judged, those that the release came with."""
    release = promotion.outputs["dev"]["release"]
    reward, rouge = release["metrics"]["/eval_mean_reward"], release["evaluations"]["quality"]["metrics"]["rouge"]

    assert promotion.outputs["prod"]["metrics"] == {"/eval_mean_reward": reward, "rouge": rouge}


@pytest.mark.parametrize("option", ["--diff", "--refresh"])
@pytest.mark.parametrize("stage", STAGES)
def test_settled_stage_has_nothing_to_do(promotion: Promotion, stage: str, option: str) -> None:
    """After `up` a preview is empty, and so is one that looks at everything anew; neither writes anything."""
    forget(promotion.project)

    preview = promotion.project.preview(stage, option)

    assert changed(preview) == {}
    assert set(preview.changes) == {"same"}
    assert steps(promotion.project) == []


@pytest.mark.parametrize("setting", ["dedicatedAccount", "encrypt"])
def test_preview_shows_the_training_runs_that_a_setting_asks_for(promotion: Promotion, setting: str) -> None:
    """Account and key are part of a job; though neither exists yet, both jobs show as replaced."""
    before = promotion.project.stack_file("dev").read_text()
    promotion.project.configure("dev", **{setting: "true"})

    preview = promotion.project.preview("dev")
    promotion.project.stack_file("dev").write_text(before)

    jobs = {name: op for name, op in changed(preview).items() if name.startswith("ContinuousTuningJob")}
    assert jobs == dict.fromkeys(
        ("ContinuousTuningJob support-sft", "ContinuousTuningJob support-rft"), "delete-replaced"
    )
