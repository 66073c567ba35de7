"""The SDK that is generated for Go: what it takes, and what it refuses before anything runs."""

import os
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

from .languages import blocks_of, environment_of, packages_of

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "examples" / "go" / "sft-then-rft"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A copy of the example, with the SDK."""
    copy = Path(shutil.copytree(PROGRAM, tmp_path / "program"))
    for link, target in packages_of("go").items():
        (copy / link).symlink_to(target)
    return copy


def errors(program: Path) -> list[str]:
    """What the compiler says; nothing is linked."""
    command = ["go", "list", "-export", "-f", "{{.Name}}", "."]
    env = {"HOME": str(program), "PATH": os.environ["PATH"], **environment_of("go")}
    done = subprocess.run(command, cwd=program, env=env, capture_output=True, text=True)
    return [line for line in done.stderr.splitlines() if not line.startswith("#")]


def test_programs_of_the_docs_fit_the_sdk(program: Path) -> None:
    """What a reader copies out of the page on languages compiles."""
    blocks = blocks_of("go")
    assert len(blocks) == 2
    for block in blocks:
        (program / "main.go").write_text(block)

        assert errors(program) == []


def test_misspelt_input_does_not_compile(program: Path) -> None:
    """An input that does not exist is told by the compiler."""
    text = (program / "main.go").read_text()
    (program / "main.go").write_text(text.replace("EpochCount:  pulumi", "EpochCout:  pulumi"))

    (error,) = errors(program)

    assert error.endswith("unknown field EpochCout in struct literal of type ctune.SupervisedHyperParametersArgs")


def test_sdk_asks_for_the_plugin_of_its_version(program: Path) -> None:
    """And is a module of the path that programs import, so that `go.mod` can say where it lies."""
    sdk = program / "sdks" / "ctune"

    assert f'"version": "{metadata.version("pulumi-ctune")}"' in (sdk / "ctune" / "pulumi-plugin.json").read_text()
    assert (sdk / "go.mod").read_text().startswith("module example.com/pulumi-ctune/sdk/go\n")
