"""Language hosts and packages for programs that are not in Python: those of the CLI, or those that `make` has built."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tools.get_language_hosts import comes_with, executable, find

_HOST_OF = {"typescript": "nodejs"}
_BUILD = Path(__file__).parents[2] / "build"
_PAGE = Path(__file__).parents[2] / "docs" / "languages.md"
_LINKED = {"typescript": ("node_modules", "@pulumi/ctune"), "go": ("sdks", "ctune")}


def blocks_of(language: str) -> list[str]:
    """The programs of the page on languages, from the first to the last."""
    return re.findall(rf"^```{language}\n(.*?)^```", _PAGE.read_text(), re.MULTILINE | re.DOTALL)


def packages_of(language: str) -> dict[str, Path]:
    """What a program's folder needs beside its files, by name: links to what `make test` has made."""
    if language not in _LINKED:
        return {}
    name, sdk = _LINKED[language]
    made = _BUILD / language / name
    if not (made / sdk).exists():
        pytest.fail(f"there is no {made / sdk}. Run `make test`, which makes it.", pytrace=False)
    return {name: made}


def environment_of(language: str) -> dict[str, str]:
    """What a program's build needs to know: Go compiles with what `make test` has compiled, and downloads nothing."""
    if language != "go":
        return {}
    asked = subprocess.run(["go", "env", "-json", "GOCACHE", "GOMODCACHE"], capture_output=True, text=True, check=True)
    caches: dict[str, str] = json.loads(asked.stdout)
    offline = {"GOFLAGS": os.environ.get("GOFLAGS", ""), "GOPROXY": "off", "GOTOOLCHAIN": "local"}
    return caches | offline | {"PULUMI_GO_USE_RUN": "true"}  # Go keeps what it links for `go run` alone


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
