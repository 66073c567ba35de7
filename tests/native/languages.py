"""Language hosts and packages for programs that are not in Python: those of the CLI, or those that `make` has built."""

import os
from pathlib import Path

import pytest

from tools.get_language_hosts import comes_with, executable, find

_HOST_OF = {"typescript": "nodejs"}
_NODE_MODULES = Path(__file__).parents[2] / "build" / "typescript" / "node_modules"


def packages_of(language: str) -> dict[str, Path]:
    """What a program's folder needs beside its files, by name: links to what `make test` has made."""
    if language != "typescript":
        return {}
    if not (_NODE_MODULES / "@pulumi" / "ctune").exists():
        pytest.fail(f"there is no {_NODE_MODULES}. Run `make test`, which makes it.", pytrace=False)
    return {"node_modules": _NODE_MODULES}


def language_hosts(pulumi_bin: Path, language: str) -> list[Path]:
    """What PATH needs for a language. Without a host the test fails, as it does without a CLI."""
    language = _HOST_OF.get(language, language)
    if comes_with(pulumi_bin, language):
        return []
    built = find(language)
    if built is None:
        pytest.fail(f"there is no {executable(language)}. Run `make test`, which gets one.", pytrace=False)
    return [built]


def add_to_path(env: dict[str, str], *folders: Path) -> None:
    """Let commands look into these folders first."""
    env["PATH"] = os.pathsep.join((*map(str, folders), env["PATH"]))
