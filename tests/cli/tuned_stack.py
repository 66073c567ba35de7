"""Stack `dev` of the real CLI with one tuning job, `sft`, on an emulator; and commands that run in its folder."""

import json
import os
import subprocess
from pathlib import Path

from tests.cli.service import COMMAND
from tests.engine.emulator import VertexEmulator
from tests.engine.harness import Project, find_pulumi_bin
from tests.engine.programs import SFT, program


def tuned_stack(folder: Path) -> Project:
    vertex = VertexEmulator(folder / "vertex")
    project = Project(folder, pulumi_bin=find_pulumi_bin(os.environ))
    config = {
        "gcp:project": "acme",
        "gcp:region": "us-central1",
        "ctune:apiEndpoint": f"embedded:{vertex.folder}",
        "ctune:pollInterval": "200ms",
    }
    project.write("Pulumi.yaml", "name: shop\nruntime: python\n")
    project.write("Pulumi.dev.yaml", json.dumps({"config": config}))
    project.write("__main__.py", program(sft=SFT))
    project.pulumi("stack", "init", "dev")
    project.up("dev")
    return project


def ctune_in(project: Project, *arguments: str) -> str:
    """What a command that succeeds prints."""
    done = subprocess.run([*COMMAND, *arguments], cwd=project.folder, env=project.env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
