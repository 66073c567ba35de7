"""The import directions that DESIGN.md promises, and what `import pulumi_ctune` loads."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "pulumi_ctune"
SHARED = {"config", "durations", "errors", "printable"}
ALLOWED = {
    # package: what of this distribution, and which outside libraries, its modules may import
    "tuning": ({"tuning", "discovery", "durations", "errors", "printable"}, set()),
    "promotion": ({"promotion", "tuning", "durations", "errors", "printable"}, set()),
    "engine": ({"engine", "tuning", "promotion", "vertex", "agreement", *SHARED}, {"pulumi", "grpc"}),
    "vertex": ({"vertex", "tuning", "emulator", *SHARED}, {"google", "httpx2", "tenacity", "requests"}),
    "emulator": ({"emulator"}, {"httpx2", "_typeshed"}),
    "gcp_plugin": ({"gcp_plugin", "emulator"}, {"pulumi", "grpc", "google", "httpx2"}),
    "discovery": ({"discovery"}, set()),
    "cli": ({"cli", "emulator", "promotion", "durations", "errors", "printable"}, {"typer", "rich"}),
}


def imports_of(path: Path) -> Iterator[tuple[str, ...]]:
    """Every module that a file imports, taken apart at the dots; relative ones made absolute."""
    package = ("pulumi_ctune", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield tuple(alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = (*base, *(node.module.split(".") if node.module else ()))
            if module in ((), ("pulumi_ctune",)):
                for alias in node.names:
                    yield (*module, alias.name)
            else:
                yield module


AREAS = {"tuning": {"tuning", "registry", "storage"}, "registry": {"registry"}, "storage": {"storage"}}
"""The areas of the stand-in, and which of them each one may import."""


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_go_downwards_only(package: str) -> None:
    """A layer imports what DESIGN.md allows it and nothing else."""
    own, outside = ALLOWED[package]
    wrong = {
        f"{path.relative_to(PACKAGE)}: {'.'.join(module)}"
        for path in (PACKAGE / package).rglob("*.py")
        for module in imports_of(path)
        if module[0] not in sys.stdlib_module_names
        and not (module[0] == "pulumi_ctune" and (len(module) == 1 or module[1] in own))
        and module[0] not in outside
    }

    assert wrong == set()


@pytest.mark.parametrize("area", [*AREAS, ""], ids=[*AREAS, "shared"])
def test_areas_of_the_stand_in_know_no_area_above_them(area: str) -> None:
    """Models and storage know nothing of jobs, and what all areas share knows none of them, but for `app`."""
    emulator = PACKAGE / "emulator"
    files = (emulator / area).rglob("*.py") if area else set(emulator.glob("*.py")) - {emulator / "app.py"}
    wrong = {
        f"{path.relative_to(emulator)}: {'.'.join(module)}"
        for path in files
        for module in imports_of(path)
        if module[:2] == ("pulumi_ctune", "emulator") and {*module[2:3]} & {*AREAS} - AREAS.get(area, set())
    }

    assert wrong == set()


def test_import_loads_no_library_but_pulumi() -> None:
    """`import pulumi_ctune` leaves google-genai, httpx2, rich and the core for when they are first needed."""
    program = (
        "import sys, pulumi\nbefore = set(sys.modules)\nimport pulumi_ctune\n"
        "print('\\n'.join(sorted(set(sys.modules) - before)))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    own = {name for name in loaded if name.partition(".")[0] == "pulumi_ctune"}
    assert own == {
        "pulumi_ctune",
        "pulumi_ctune.alias",
        "pulumi_ctune.args",
        "pulumi_ctune.config",
        "pulumi_ctune.deployment",
        "pulumi_ctune.durations",
        "pulumi_ctune.engine",
        "pulumi_ctune.engine.providers",
        "pulumi_ctune.errors",
        "pulumi_ctune.job",
        "pulumi_ctune.lookup",
        "pulumi_ctune.optional_outputs",
        "pulumi_ctune.printable",
        "pulumi_ctune.promotion",
        "pulumi_ctune.promotion.alias_attributes",
        "pulumi_ctune.promotion.deployment_attributes",
        "pulumi_ctune.reward_args",
        "pulumi_ctune.stack",
        "pulumi_ctune.tuning",
        "pulumi_ctune.tuning.attributes",
    }
    assert {name for name in set(loaded) - own if name.partition(".")[0] not in sys.stdlib_module_names} == set()
