"""The import directions that DESIGN.md promises, and what `import pulumi_ctune` loads."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("pulumi_ctune", "vertex_emulator")
CORE = "pulumi_ctune.core"
RESOURCES = (
    *("pulumi_ctune.tuning_job", "pulumi_ctune.alias", "pulumi_ctune.deployment"),
    *("pulumi_ctune.model_copy", "pulumi_ctune.evaluation_run"),
)
ATTRIBUTES = tuple(f"{resource}.attributes" for resource in RESOURCES)
LOOKUPS = (
    *("pulumi_ctune.tuned_model", "pulumi_ctune.dataset", "pulumi_ctune.evaluation_run.lookup"),
    "pulumi_ctune.vertex.client",
)
"""What a program loads with the first call of `get_tuned_model`, `get_dataset` or `get_evaluation_run`."""
EMBEDDED = ("vertex_emulator.app", "vertex_emulator.transport")
"""The two points at which the client uses the emulator."""

ALLOWED: dict[str, tuple[tuple[str, ...], set[str]]] = {
    # package: what of this distribution (beside itself), and which outside libraries, its modules may import
    "pulumi_ctune.core": ((), set()),
    "pulumi_ctune.gate": ((CORE,), set()),
    "pulumi_ctune.data": ((CORE,), {"msgspec"}),
    "pulumi_ctune.tuned_model": ((CORE,), set()),
    "pulumi_ctune.dataset": ((CORE, "pulumi_ctune.data"), set()),
    "pulumi_ctune.tuning_job": ((CORE, "pulumi_ctune.data"), set()),
    "pulumi_ctune.insight": (
        (CORE, *(f"pulumi_ctune.{name}" for name in ("config", "data", "evaluation_run", "gate", "tuning_job"))),
        set(),
    ),
    "pulumi_ctune.alias": ((CORE, "pulumi_ctune.gate"), set()),
    "pulumi_ctune.deployment": ((CORE, "pulumi_ctune.gate"), set()),
    "pulumi_ctune.evaluation_run": ((CORE, "pulumi_ctune.gate"), set()),
    "pulumi_ctune.model_copy": ((CORE, "pulumi_ctune.gate"), set()),
    "pulumi_ctune.vertex": (
        (CORE, *EMBEDDED, "pulumi_ctune.config"),
        {"google", "httpx2", "tenacity", "requests"},
    ),
    "pulumi_ctune.verbs": (
        (CORE, "pulumi_ctune.agreement", "pulumi_ctune.config", "pulumi_ctune.vertex"),
        {"pulumi", "grpc"},
    ),
    "pulumi_ctune.dynamic": ((CORE, "pulumi_ctune.verbs"), {"pulumi", "grpc"}),
    "pulumi_ctune.native": (
        (
            *(CORE, *(f"{resource}.kind" for resource in RESOURCES)),
            *(f"pulumi_ctune.{name}" for name in ("config", "program", "verbs")),
        ),
        {"pulumi", "grpc", "google"},
    ),
    "pulumi_ctune.program": (
        (CORE, *ATTRIBUTES, "pulumi_ctune.agreement", "pulumi_ctune.config", "pulumi_ctune.providers", *LOOKUPS),
        {"pulumi", "pulumi_gcp"},
    ),
    "pulumi_ctune.conformance": (
        (CORE, *RESOURCES, *EMBEDDED, "pulumi_ctune.config", "pulumi_ctune.data", "pulumi_ctune.vertex"),
        {"httpx2"},
    ),
    "pulumi_ctune.cli": (
        (
            *(CORE, "pulumi_ctune.tuning_job.job_cancellation", "vertex_emulator"),
            *(f"pulumi_ctune.{name}" for name in ("config", "conformance", "data", "insight", "vertex")),
            *(f"pulumi_ctune.native.{name}" for name in ("kept_schema", "setting_texts", "saved_entries", "wording")),
        ),
        {"typer", "rich", "yaml"},
    ),
    "vertex_emulator": ((), {"httpx2", "google_crc32c", "_typeshed"}),
    "vertex_emulator.pulumi_gcp": (("vertex_emulator",), {"pulumi", "grpc", "google", "httpx2"}),
}
DYNAMIC = ("pulumi_ctune.dynamic", "pulumi_ctune.program", "pulumi_ctune.providers")
"""All that may know that there is a dynamic host."""

AREAS = {
    "tuning": {"tuning", "registry", "storage"},
    "evaluation": {"evaluation", "registry", "storage"},
    "registry": {"registry"},
    "storage": {"storage"},
    "cloud": {"cloud"},
}
"""The areas of the emulator, and which of them each one may import."""


def imports_of(path: Path) -> Iterator[str]:
    """The dotted name of all that a file imports, relative ones made absolute; of our packages with what is taken."""
    package = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *(node.module.split(".") if node.module else ())))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def lies_in(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def files_of(package: str) -> Iterator[Path]:
    """The files of a package, without those of packages in it that have a row of their own."""
    inner = tuple(other for other in ALLOWED if other.startswith(f"{package}."))
    for path in (ROOT / package.replace(".", "/")).rglob("*.py"):
        if not lies_in(".".join(path.relative_to(ROOT).parts[:-1]), inner):
            yield path


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_go_downwards_only(package: str) -> None:
    """A layer imports what DESIGN.md allows it and nothing else."""
    own, outside = ALLOWED[package]
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in files_of(package)
        for name in imports_of(path)
        if name.partition(".")[0] not in {*sys.stdlib_module_names, *outside} and not lies_in(name, (package, *own))
    }

    assert wrong == set()


def test_only_the_replay_of_a_conformance_run_knows_the_emulator() -> None:
    """Client and emulator would agree on the same mistake if what compares them shared more."""
    folder = ROOT / "pulumi_ctune" / "conformance"
    using = {path.name for path in folder.glob("*.py") for name in imports_of(path) if lies_in(name, EMBEDDED)}

    assert using == {"replay.py"}


def test_only_the_dynamic_front_imports_pulumi_dynamic() -> None:
    """Resources and `verbs` serve any front."""
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "pulumi_ctune").rglob("*.py")
        if not lies_in(".".join(path.relative_to(ROOT).with_suffix("").parts), DYNAMIC)
        for name in imports_of(path)
        if lies_in(name, ("pulumi.dynamic",))
    }

    assert wrong == set()


@pytest.mark.parametrize("area", [*AREAS, ""], ids=[*AREAS, "shared"])
def test_areas_of_the_emulator_know_no_area_above_them(area: str) -> None:
    """Models and storage know nothing of jobs, and what all areas share knows none of them, but for `app`."""
    emulator = ROOT / "vertex_emulator"
    files = (emulator / area).rglob("*.py") if area else set(emulator.glob("*.py")) - {emulator / "app.py"}
    above = tuple(f"vertex_emulator.{other}" for other in {*AREAS} - AREAS.get(area, set()))
    wrong = {
        f"{path.relative_to(emulator)}: {name}" for path in files for name in imports_of(path) if lies_in(name, above)
    }

    assert wrong == set()


def loaded_by(statement: str) -> set[str]:
    """The modules that a process loads for it after `import pulumi`."""
    program = (
        f"import sys, pulumi\nbefore = set(sys.modules)\n{statement}\n"
        "print('\\n'.join(sorted(set(sys.modules) - before)))"
    )
    return {*subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()}


def test_import_loads_nothing_but_the_names() -> None:
    """`import pulumi_ctune` leaves each resource for when it is first named."""
    assert {name for name in loaded_by("import pulumi_ctune") if name.partition(".")[0] in OURS} == {"pulumi_ctune"}


def test_names_load_no_library_but_pulumi() -> None:
    """All public names together leave google-genai, httpx2, rich and the core for when they are first needed."""
    loaded = loaded_by("from pulumi_ctune import *")

    own = {name for name in loaded if name.partition(".")[0] in OURS}
    assert own == {
        "pulumi_ctune",
        "pulumi_ctune.alias",
        "pulumi_ctune.alias.attributes",
        "pulumi_ctune.config",
        "pulumi_ctune.config.endpoints",
        "pulumi_ctune.config.keys",
        "pulumi_ctune.config.settings",
        "pulumi_ctune.config.values",
        "pulumi_ctune.core",
        "pulumi_ctune.core.defaults",
        "pulumi_ctune.core.durations",
        "pulumi_ctune.core.errors",
        "pulumi_ctune.core.hidden",
        "pulumi_ctune.core.printable",
        "pulumi_ctune.core.program_facts",
        "pulumi_ctune.core.amounts",
        "pulumi_ctune.core.training_sum",
        "pulumi_ctune.core.type_tokens",
        "pulumi_ctune.core.spending",
        "pulumi_ctune.evaluation_run",
        "pulumi_ctune.evaluation_run.attributes",
        "pulumi_ctune.deployment",
        "pulumi_ctune.deployment.attributes",
        "pulumi_ctune.model_copy",
        "pulumi_ctune.model_copy.attributes",
        "pulumi_ctune.program",
        "pulumi_ctune.program.alias",
        "pulumi_ctune.program.args",
        "pulumi_ctune.program.attribute_docs",
        "pulumi_ctune.program.dataset",
        "pulumi_ctune.program.deployment",
        "pulumi_ctune.program.model_copy",
        "pulumi_ctune.program.lookups",
        "pulumi_ctune.program.evaluation_args",
        "pulumi_ctune.program.evaluation_lookup",
        "pulumi_ctune.program.evaluation_run",
        "pulumi_ctune.program.optional_outputs",
        "pulumi_ctune.program.require_args",
        "pulumi_ctune.program.reward_args",
        "pulumi_ctune.program.stack",
        "pulumi_ctune.program.training_sum",
        "pulumi_ctune.program.tuned_model",
        "pulumi_ctune.program.tuning_job",
        "pulumi_ctune.providers",
        "pulumi_ctune.tuning_job",
        "pulumi_ctune.tuning_job.attributes",
    }
    assert {name for name in loaded - own if name.partition(".")[0] not in sys.stdlib_module_names} == set()
