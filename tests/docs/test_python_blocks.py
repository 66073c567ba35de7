"""Every Python block of the pages: run with the real CLI on the emulator, run by itself, or an excerpt of the source.

`make check` type-checks all but the excerpts. `call.py` of the guide from an empty project is run by that guide's test.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.engine.harness import Run, Stack
from tests.pulumi_gcp.stacks import Place, gcp_stack, on
from tests.stacks.project import REPOSITORY

from .python_blocks import BEFORE, EXCERPTS, fences, pages_with_python, program, python_blocks
from .test_pages import ROOT, every_page

PULUMI = ("README.md", "docs/evaluation.md", "docs/promotion.md", "docs/tuning-jobs.md")
BY_THEMSELVES = ("vertex_emulator/README.md",)
IN_A_GUIDE = ("docs/from-empty-project-to-prod.md",)
DATASETS = REPOSITORY / "stacks" / "datasets"
THEIR_MODEL = "projects/acme/locations/us-central1/models/4711"
"""The model of the page's lookup, in place of which the tests have one with an alias `prod`."""


@dataclass
class Followed:
    """A page's program after `up`, and what a preview then found to do."""

    up: Run
    outputs: dict[str, Any]
    again: Run


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An emulator with the datasets that the pages name; its jobs meet the gate of the page."""
    place = Place(tmp_path_factory.mktemp("vertex"))
    for name, source in (("sft", "train"), ("more", "validation"), ("held-out", "validation")):
        content = (DATASETS / f"support-sft-{source}.jsonl").read_bytes()
        place.emulator.put_object("my-bucket", f"{name}.jsonl", content)
    place.emulator.configure(copies_need_grants=0)
    place.emulator.faults.add(path="tuningJobs$", method="POST", times=0, job={"metrics": {"/eval_total_loss": 0.7}})
    return place


@pytest.fixture(scope="module")
def readme(emulated: Place, tmp_path_factory: pytest.TempPathFactory, pulumi_bin: Path) -> Followed:
    text = program("README.md")
    return followed(Stack(tmp_path_factory.mktemp("readme"), text, pulumi_bin=pulumi_bin, config=on(emulated)))


@pytest.fixture(scope="module")
def promotion(
    emulated: Place, readme: Followed, tmp_path_factory: pytest.TempPathFactory, pulumi_bin: Path
) -> Followed:
    model = emulated.emulator.jobs()[0]["tunedModel"]["model"].partition("@")[0]
    emulated.ask("POST", f"/v1beta1/{model}@1:mergeVersionAliases", json={"versionAliases": ["prod"]})
    text = program("docs/promotion.md").replace(THEIR_MODEL, model)
    return followed(gcp_stack(tmp_path_factory.mktemp("promotion"), pulumi_bin, text, config=on(emulated)))


def followed(stack: Stack) -> Followed:
    return Followed(stack.up(), stack.outputs(), stack.preview("--refresh"))


def test_every_page_with_python_is_covered() -> None:
    """A new page with a program has to be run too, or a new block would be one that nobody has tried."""
    covered = {*PULUMI, *BY_THEMSELVES, *IN_A_GUIDE, EXCERPTS}

    assert set(pages_with_python()) == covered == {*BEFORE, EXCERPTS}


def test_no_block_of_python_hides() -> None:
    """A block that is indented, or says `py`, would be overlooked."""
    pages = sorted(set(every_page()))

    assert {page: fences(page) for page in pages} == {page: len(python_blocks(page)) for page in pages}


def test_program_of_the_readme_tunes_a_chain(readme: Followed, emulated: Place) -> None:
    """Two jobs, the second from the first one's version; its endpoint is exported, and nothing is left to do."""
    first, second, *_ = emulated.emulator.jobs()

    assert readme.up.ops == {"support-sft": "create", "support-sft-2": "create"}
    assert second["preTunedModel"]["tunedModelName"] == first["tunedModel"]["model"]
    assert readme.outputs == {"endpoint": second["tunedModel"]["endpoint"]}
    assert set(readme.again.changes) == {"same"}


def test_blocks_about_promotion_make_what_they_say(promotion: Followed, readme: Followed) -> None:
    """Alias, endpoint, deployment and copy are of the job's version; the lookup finds the one with the alias."""
    made = {name for name, operation in promotion.up.ops.items() if operation == "create"}

    assert made == {"support-sft", "support-prod", "support-staging", "bot", "live", "support-bot", "copy-prod"}
    assert re.fullmatch(r"projects/\d+/locations/us/endpoints/\d+", promotion.outputs["endpoint"])
    assert set(promotion.again.changes) == {"same"}


def test_block_about_evaluation_gates_an_alias(emulated: Place, tmp_path: Path, pulumi_bin: Path) -> None:
    """The version is judged beside the base model, and nothing is left to do."""
    judged = followed(Stack(tmp_path, program("docs/evaluation.md"), pulumi_bin=pulumi_bin, config=on(emulated)))

    assert {"support-quality", "support-judged"} <= {name for name, done in judged.up.ops.items() if done == "create"}
    assert judged.outputs["quality"]["metrics"].keys() == {"exact_match"}
    assert set(judged.again.changes) == {"same"}


def test_block_about_data_of_others_looks_up(emulated: Place, tmp_path: Path, pulumi_bin: Path) -> None:
    """The generation and the number of examples are exported."""
    text = program("docs/tuning-jobs.md")
    looked_up = followed(Stack(tmp_path, text, pulumi_bin=pulumi_bin, config=on(emulated)))

    assert (looked_up.outputs["trained_on"].isdigit(), looked_up.outputs["examples"]) == (True, 40)


def test_blocks_about_the_emulator_run() -> None:
    """In a program of one's own: an emulator, its clock, and its faults."""
    blocks = python_blocks(ROOT / BY_THEMSELVES[0])

    for before, block in zip(BEFORE[BY_THEMSELVES[0]], blocks, strict=True):
        exec(compile(before + block, BY_THEMSELVES[0], "exec"), {})


@pytest.mark.parametrize("number", range(len(python_blocks(ROOT / EXCERPTS))))
def test_excerpt_stands_in_the_source(number: int) -> None:
    """What shows how the code reads is code that is there, to the letter."""
    excerpt = python_blocks(ROOT / EXCERPTS)[number].rstrip()
    sources = (file for folder in ("pulumi_ctune", "tests/core") for file in (ROOT / folder).rglob("*.py"))

    assert [file for file in sources if excerpt in file.read_text()]
