"""The picture of a stack: what `tools/stack_picture.py` draws, and whether docs/stack.svg is still that of `local`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.engine.harness import find_pulumi_bin
from tests.stacks.project import REPOSITORY, ProjectCopy
from tools.stack_picture import PADDING, draw

TOOL = REPOSITORY / "tools" / "stack_picture.py"
URN = "urn:pulumi:local::shop::"
STACK = f"{URN}pulumi:pulumi:Stack::shop-local"
SHOP = f"{URN}shop:index:Shop::shop"
MEASURED = {  # of DejaVu Sans Bold at 15 pixels, by Chromium
    "caller-group-support@example.com": 302.4,
    "support-sft-validation": 185.4,
    "kms.CryptoKeyIAMMember": 229.1,
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@/": 686.8,
}
BUCKET, JOB = "gcp:storage/bucket:Bucket", "pulumi-python:dynamic/ctune:ContinuousTuningJob"


def test_picture_in_the_docs_is_that_of_a_real_run(tmp_path: Path) -> None:
    """docs/stack.svg shows what `make up` makes, however often and wherever it runs."""
    project = ProjectCopy(tmp_path, pulumi_bin=find_pulumi_bin(os.environ), stages=("local",))
    project.set_config("local", {"ctune:pollInterval": "200ms"})
    project.up("local")

    drawn = draw(json.dumps({"deployment": project.export("local")}))

    published = (REPOSITORY / "docs" / "stack.svg").read_text()
    assert drawn == published, "docs/stack.svg is not of this program: run `make up`, then `make picture`"


def test_resource_of_ours_is_accented() -> None:
    """Tuning jobs, aliases and deployments stand out among the resources of other providers."""
    drawn = draw(export(resource(BUCKET, "data"), resource(JOB, "tuned")))

    assert texts(drawn, "strong ours") == ["tuned"]


def test_arrow_that_others_imply_is_left_out() -> None:
    """Who waits for B, which waits for A, has no arrow from A of its own."""
    a = resource(BUCKET, "a")
    b = resource(BUCKET, "b", needs=[a])
    c = resource(BUCKET, "c", needs=[a, b])

    drawn = draw(export(a, b, c))

    assert arrows(drawn) == 2


def test_arrow_that_a_component_implies_is_left_out() -> None:
    """A component that waits for B, which waits for A, has no arrow from A to a resource in it."""
    a = resource(BUCKET, "a")
    b = resource(BUCKET, "b", needs=[a])
    shop = component(SHOP, needs=[b])
    c = resource(BUCKET, "c", parent=SHOP, needs=[a])

    drawn = draw(export(a, b, shop, c))

    assert arrows(drawn) == 2


def test_dependency_of_a_property_is_an_arrow() -> None:
    """What only one property waits for is a dependency too."""
    a = resource(BUCKET, "a")
    b = resource(BUCKET, "b") | {"propertyDependencies": {"name": [a["urn"]], "location": None}}

    drawn = draw(export(a, b))

    assert arrows(drawn) == 1


def test_providers_and_resources_to_be_deleted_are_left_out() -> None:
    """The picture has what the program declares, and nothing that the engine keeps beside it."""
    provider = resource("pulumi:providers:gcp", "default")
    replaced = resource(BUCKET, "data") | {"delete": True}

    drawn = draw(export(provider, resource(BUCKET, "data"), replaced))

    assert texts(drawn, "strong") == ["shop", "Stack", "data"]


def test_names_are_escaped() -> None:
    """A name with characters that XML uses itself is shown as it is."""
    drawn = draw(export(resource(BUCKET, 'a<b> & "c"')))

    assert texts(drawn, "strong") == ["shop", "Stack", 'a<b> & "c"']


@pytest.mark.parametrize(("name", "pixels"), MEASURED.items())
def test_box_has_room_for_its_text_in_the_widest_common_font(name: str, pixels: float) -> None:
    """Where Helvetica is missing the text is wider, and not every program squeezes it."""
    drawn = draw(export(resource(BUCKET, name)))

    widths = [float(found.get("width", 0)) for found in elements(drawn, "rect") if found.get("class") == "box"]
    assert max(widths) >= PADDING + pixels + PADDING


def test_another_run_of_the_same_program_gives_the_same_picture() -> None:
    """Neither ids nor the order in which resources were registered show."""
    a, b = resource(BUCKET, "a"), resource(BUCKET, "b")
    jobs = [resource(JOB, name, needs=[a, b]) for name in ("one", "two")]

    first = draw(export(a, b, *jobs))
    second = draw(export(*(state | {"id": "4711"} for state in (b, a, *reversed(jobs)))))

    assert first == second


def test_components_that_wait_for_each_other_are_named() -> None:
    """There is no order of columns for a circle; the error says which components make it."""
    a = resource(BUCKET, "a")
    b = resource(BUCKET, "b", parent=SHOP, needs=[a])
    c = resource(BUCKET, "c", needs=[b])

    run = run_tool(export(a, component(SHOP), b, c))

    assert_refused(run, "these components wait for each other: shop, shop-local")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"deployment": 1}'])
def test_other_input_than_an_export_is_refused(text: str) -> None:
    """What cannot be read ends in one line, not in a traceback."""
    run = run_tool(text)

    assert_refused(run, "this is not what `pulumi stack export` prints")


@pytest.mark.parametrize("deployment", [None, {}, {"resources": []}, {"resources": [{"urn": STACK, "type": "x:y:Z"}]}])
def test_empty_state_is_refused(deployment: dict[str, Any] | None) -> None:
    """Without resources there is no picture, and the line says how to get some."""
    run = run_tool(json.dumps({"version": 3, "deployment": deployment}))

    assert_refused(run, "this stack has no resources; `make up` gives stack `local` some")


def export(*states: dict[str, Any]) -> str:
    """What `pulumi stack export` prints for a stack of these."""
    stack = {"urn": STACK, "type": "pulumi:pulumi:Stack", "custom": False}
    return json.dumps({"version": 3, "deployment": {"resources": [stack, *states]}})


def component(urn: str, *, needs: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    urns = [need["urn"] for need in needs or []]
    return {"urn": urn, "type": "shop:index:Shop", "custom": False, "parent": STACK, "dependencies": urns}


def resource(kind: str, name: str, *, parent: str = STACK, needs: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    urns = [need["urn"] for need in needs or []]
    return {"urn": f"{URN}{kind}::{name}", "type": kind, "custom": True, "parent": parent, "dependencies": urns}


def texts(svg: str, kind: str) -> list[str]:
    """The texts of a class, in the order of the file."""
    return [found.text or "" for found in elements(svg, "text") if found.get("class") == kind]


def arrows(svg: str) -> int:
    return len([found for found in elements(svg, "path") if (found.get("class") or "").startswith("arrow")])


def elements(svg: str, name: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter(f"{{http://www.w3.org/2000/svg}}{name}"))


def run_tool(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(TOOL)], input=text, capture_output=True, text=True, check=False)


def assert_refused(run: subprocess.CompletedProcess[str], why: str) -> None:
    assert (run.returncode, run.stdout, run.stderr) == (1, "", f"no picture was drawn: {why}\n")
