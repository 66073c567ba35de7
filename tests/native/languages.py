"""Language hosts for programs that are not in Python: those of the CLI, or those that `make` has built."""

import os
from pathlib import Path

import pytest

from tools.get_language_hosts import comes_with, executable, find


def language_hosts(pulumi_bin: Path, language: str) -> list[Path]:
    """What PATH needs for a language. Without a host the test fails, as it does without a CLI."""
    if comes_with(pulumi_bin, language):
        return []
    built = find(language)
    if built is None:
        pytest.fail(f"there is no {executable(language)}. Run `make test`, which gets one.", pytrace=False)
    return [built]


def add_to_path(env: dict[str, str], *folders: Path) -> None:
    """Let commands look into these folders first."""
    env["PATH"] = os.pathsep.join((*map(str, folders), env["PATH"]))
