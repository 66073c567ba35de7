"""The workflow of a release: what its build step leaves to be published."""

import os
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

WORKFLOW = Path(__file__).parents[2] / ".github" / "workflows" / "release.yml"
VERSION = version("pulumi-ctune")
WHEEL = f"pulumi_ctune-{VERSION}-py3-none-any.whl"


def build(folder: Path, tag: str) -> subprocess.CompletedProcess[str]:
    """Run the build step, without what asks a package index."""
    steps = yaml.safe_load(WORKFLOW.read_text())["jobs"]["archives"]["steps"]
    (script,) = (step["run"] for step in steps if step.get("name") == "Build")
    offline = "\n".join(line for line in script.splitlines() if "pip" not in line)
    env = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_REF_NAME": tag,
        "GITHUB_REPOSITORY": "acme/pulumi-ctune",
        "GITHUB_SERVER_URL": "https://github.example",
    }
    return subprocess.run(["bash", "-e", "-c", offline], cwd=folder, env=env, capture_output=True, text=True)


def test_plugin_is_there_under_the_name_of_each_system(tmp_path: Path) -> None:
    """Names are those that the CLI asks a release for."""
    done = build(tmp_path, f"v{VERSION}")

    systems = ("darwin-amd64", "darwin-arm64", "linux-amd64", "linux-arm64")
    expected = [f"pulumi-resource-ctune-v{VERSION}-{system}.tar.gz" for system in systems]
    assert (done.returncode, sorted(path.name for path in (tmp_path / "dist").iterdir())) == (0, expected)


def test_plugin_installs_the_wheel_of_its_release(tmp_path: Path) -> None:
    """What a release has is enough, whether or not a package index has the version."""
    build(tmp_path, f"v{VERSION}")

    (archive, *_) = (tmp_path / "dist").iterdir()
    with tarfile.open(archive) as packed:
        requirements = packed.extractfile("requirements.txt")
        assert requirements is not None
        wheel = f"https://github.example/acme/pulumi-ctune/releases/download/v{VERSION}/{WHEEL}"
        assert requirements.read().decode() == f"pulumi-ctune @ {wheel}\n"


@pytest.mark.parametrize("tag", ["v9.9.9", VERSION])
def test_tag_of_another_version_is_refused(tmp_path: Path, tag: str) -> None:
    """What is published as a version is that version."""
    assert build(tmp_path, tag).returncode == 1
    assert not (tmp_path / "dist").exists()
