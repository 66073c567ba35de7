"""The SDK that is generated for TypeScript: what it takes, and what it refuses before anything runs."""

import json
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

from .languages import blocks_of, packages_of

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "examples" / "typescript" / "sft-then-rft"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A copy of the example, with the SDK and Pulumi's own package."""
    copy = Path(shutil.copytree(PROGRAM, tmp_path / "program"))
    for link, target in packages_of("typescript").items():
        (copy / link).symlink_to(target)
    return copy


def type_errors(program: Path) -> str:
    done = subprocess.run(["node_modules/.bin/tsc", "-p", "."], cwd=program, capture_output=True, text=True)
    return done.stdout


def test_example_fits_the_sdk(program: Path) -> None:
    """Names and types of the example are those of the SDK."""
    assert type_errors(program) == ""


def test_programs_of_the_docs_fit_the_sdk(program: Path) -> None:
    """What a reader copies out of the page on languages compiles."""
    blocks = blocks_of("typescript")
    assert len(blocks) == 3
    for index, block in enumerate(blocks):
        (program / f"block{index}.ts").write_text(block)
    (program / "index.ts").write_text("".join(f'import "./block{index}";\n' for index in range(len(blocks))))

    assert type_errors(program) == ""


def test_package_names_its_plugin_and_what_a_program_needs(program: Path) -> None:
    """The version is that of the plugin, which the engine asks for, and the README says how to install it."""
    sdk = program / "node_modules" / "@pulumi" / "ctune"
    package = json.loads((sdk / "package.json").read_text())
    version = metadata.version("pulumi-ctune")

    assert (package["name"], package["version"], package["license"]) == ("@pulumi/ctune", version, "Apache-2.0")
    assert package["pulumi"] == {"resource": True, "name": "ctune", "version": version}
    assert (
        "    pulumi plugin install resource ctune VERSION --file ctune-plugin.tar.gz\n"
        in (sdk / "README.md").read_text()
    )


def test_sdk_has_the_types_of_the_api(program: Path) -> None:
    """What is allowed compiles, what is not does not: each line of `sdk_types.ts` says which of them it is."""
    shutil.copyfile(Path(__file__).with_name("sdk_types.ts"), program / "index.ts")

    assert type_errors(program) == ""
