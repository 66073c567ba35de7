"""The policy pack through the real CLI, in the environment that `make` makes for it.

The engine has Pulumi's language host start a pack. The one that can be built from Go modules (3.79) is too old: it does
not know the field with the pack's folder and starts the program instead. So the pack is given as an executable, which
the engine starts itself, and which runs the SDK's own starter of packs.
"""

import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import DOCS, blocks
from tests.engine.conftest import new_stack, pulumi_bin  # noqa: F401 - fixtures go by name
from tests.engine.emulator import (
    VertexEmulator,
    new_tuning_stack_fixture,  # noqa: F401
    vertex_fixture,  # noqa: F401
)
from tests.engine.harness import Run, Stack
from tests.engine.programs import RFT, SFT, TRAINING, program, sft

NewStack = Callable[..., Stack]

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "build" / "policies" / "bin" / "python"
SERVING = """
ctune.ModelVersionAlias("current", tuned_model_name=sft.tuned_model_name, alias="current", require={require})
"""
GATES = [{"metric": "/eval_total_loss", "at_most": 100}]


@pytest.fixture
def with_policies(tmp_path: Path) -> Callable[..., tuple[str, ...]]:
    """`with_policies(rule={setting: value})`: the options of a command that run the pack with these settings."""
    assert PYTHON.exists(), "the policy pack has no environment; `make build/policies/.ready` makes it"
    pack = tmp_path / "pack"
    shutil.copytree(ROOT / "policies", pack, ignore=shutil.ignore_patterns("venv", "__pycache__"))
    start = pack / "start"
    start.write_text(f'#!/bin/sh\nexec "{PYTHON}" -u -m pulumi.policy "$1" "{pack}"\n')
    start.chmod(start.stat().st_mode | stat.S_IXUSR)

    def options(**settings: Any) -> tuple[str, ...]:
        config = tmp_path / "policies.json"
        config.write_text(json.dumps(settings))
        return "--policy-pack", str(start), "--policy-pack-config", str(config)

    return options


def refused(run: Run) -> set[tuple[str, str]]:
    """The violations that a command shows: policy and resource."""
    lines = [line.split() for line in run.stdout.splitlines() if line.strip().startswith("- [mandatory]")]
    return {(line[2], line[-1].rstrip(")")) for line in lines}


def test_each_rule_refuses_what_breaks_it(
    new_tuning_stack: NewStack, vertex: VertexEmulator, with_policies: Callable[..., tuple[str, ...]]
) -> None:
    """A preview names every resource that breaks a rule, and an `up` submits no job."""
    no_epochs = sft(supervised_tuning_spec={"training_dataset_uri": TRAINING})
    stack = new_tuning_stack(program(sft=no_epochs) + SERVING.format(require=None))
    options = with_policies(
        protected_in_prod={"prod_stacks": ["test"]},
        gated_in_prod={"prod_stacks": ["test"]},
        allowed_model={"models": ["gemini-2.5-flash"]},
        allowed_region={"regions": ["europe-west4"]},
    )

    preview = stack.preview(*options, fails=True)
    up = stack.up(*options, fails=True)

    of_the_job = ("epoch_count_set", "budget_set", "protected_in_prod", "allowed_model", "allowed_region")
    assert refused(preview) == {*((rule, "sft") for rule in of_the_job), ("gated_in_prod", "current")}
    assert refused(up) == {(rule, "sft") for rule in of_the_job}
    assert vertex.jobs() == {}


def test_stack_that_keeps_every_rule(new_tuning_stack: NewStack, with_policies: Callable[..., tuple[str, ...]]) -> None:
    """Jobs with epochs, the stack's budget, PREVENT and gates pass in prod, though a preview knows no version yet."""
    jobs = {name: job | {"deletion_policy": "PREVENT"} for name, job in {"sft": SFT, "rft": RFT}.items()}
    jobs["sft"]["supervised_tuning_spec"] = SFT["supervised_tuning_spec"] | {
        "validation_dataset_uri": "gs://data/validation.jsonl"
    }
    stack = new_tuning_stack(
        program(**jobs) + SERVING.format(require=GATES), config={"ctune:budget": '{"max_usd": 50}'}
    )
    options = with_policies(
        protected_in_prod={"prod_stacks": ["test"]},
        gated_in_prod={"prod_stacks": ["test"]},
        allowed_model={"models": ["gemini-3.5-flash"]},
        allowed_region={"regions": ["us-central1"]},
    )

    preview = stack.preview(*options)
    up = stack.up(*options)

    assert refused(preview) == refused(up) == set()
    assert "✅ ctune@v0.1.0" in up.stdout
    assert set(up.ops.values()) == {"create"}


def test_settings_of_the_page(new_tuning_stack: NewStack, with_policies: Callable[..., tuple[str, ...]]) -> None:
    """The settings that docs/policies.md shows are taken: regions of the team, and a warning in place of a refusal."""
    (shown,) = [block.text for block in blocks(DOCS / "policies.md") if block.language == "json"]
    stack = new_tuning_stack(program(sft=SFT) + SERVING.format(require=None))

    preview = stack.preview(*with_policies(**json.loads(shown)), fails=True)

    assert refused(preview) == {("allowed_region", "sft")}
    assert "- [advisory]  budget_set  (pulumi-python:dynamic/ctune:ContinuousTuningJob: sft)" in preview.stdout
    assert "there is no budget. Set it on the job, such as" in preview.stdout
