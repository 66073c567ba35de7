"""What rests on what: edges from what came later, of which the text and the picture say the same."""

import re
from typing import Any

import pytest

from pulumi_ctune.core.api import ModelVersion, TuningJob
from pulumi_ctune.insight import inventory, lineage_text
from pulumi_ctune.insight.datasets import datasets_of
from pulumi_ctune.insight.inventory import Inventory
from pulumi_ctune.insight.lineage import Lineage
from pulumi_ctune.insight.lineage_building import connected, lineage_of
from tests.core.evaluating import Evaluating
from tests.core.rig import Rig
from tests.core.serving import Serving
from tests.insight.scopes import place_scope, submit

P = "projects/1/locations/us-central1"


def graph_of(rig: Rig) -> Lineage:
    found = inventory.take(place_scope(rig))
    return lineage_of(found, datasets_of(rig.client, found.jobs.values()))


def edges_of(graph: Lineage, kind: str) -> set[tuple[str, str]]:
    return {(edge["from"], edge["to"]) for edge in graph.as_dict()["edges"] if edge["kind"] == kind}


def test_document_has_the_documented_keys(rig: Rig) -> None:
    rig.create(rig.inputs())

    document = graph_of(rig).as_dict()

    assert [*document] == ["nodes", "edges"]
    assert all([*node][:2] == ["id", "kind"] for node in document["nodes"])
    assert all([*edge][:4] == ["from", "to", "kind", "job"] for edge in document["edges"])
    ids = {node["id"] for node in document["nodes"]}
    assert all({edge["from"], edge["to"]} <= ids for edge in document["edges"])


def test_version_rests_on_what_it_was_tuned_from(rig: Rig) -> None:
    first = rig.create(rig.inputs())
    second = rig.create(rig.continued(first["tuned_model_name"]))

    graph = graph_of(rig)

    made, later = first["tuned_model_name"], second["tuned_model_name"]
    assert edges_of(graph, "tuned_from") == {(made, "gemini-3.5-flash"), (later, made)}
    (edge,) = graph.out_of(later, "tuned_from")
    assert edge.job == second["name"]


def test_version_rests_on_its_data_in_the_generation_that_was_trained_on(rig: Rig) -> None:
    state = rig.create(rig.inputs())

    graph = graph_of(rig)

    assert edges_of(graph, "trained_on") == {(state["tuned_model_name"], "gs://data/train.jsonl")}
    node = graph.node("gs://data/train.jsonl")
    there = rig.client.get_object("gs://data/train.jsonl")
    assert node is not None
    assert there is not None
    assert node.facts["generation"] == there.generation


def test_dataset_that_was_changed_since_has_no_generation(rig: Rig) -> None:
    """What lies there now is not what was trained on, and nothing tells which generation that was."""
    rig.create(rig.inputs())
    rig.clock.pause(60)
    rig.emulator.put_object("data", "train.jsonl", b'{"other": 1}\n')

    node = graph_of(rig).node("gs://data/train.jsonl")

    assert node is not None
    assert (node.facts["generation"], node.facts["changed_since"]) == (None, True)


def test_alias_points_at_its_version(rig: Rig) -> None:
    state = rig.create(rig.inputs())
    rig.client.merge_version_aliases(state["tuned_model_name"], ["golden"])

    pairs = edges_of(graph_of(rig), "points_at")

    assert pairs == {(f"{state['model']}@{alias}", state["tuned_model_name"]) for alias in ("default", "golden")}


def test_deployment_serves_a_version_with_a_share_of_the_traffic(rig: Rig) -> None:
    with Serving.start(rig) as serving:
        serving.create(serving.versions[-1])

        graph = graph_of(rig)

    deployment = next(node for node in graph.of_kind("deployment") if not node.facts["of_job"])
    (edge,) = graph.out_of(deployment.id)
    assert (edge.kind, edge.end) == ("serves", serving.versions[-1])
    assert deployment.facts["traffic_percent"] == 100


def test_evaluation_rests_on_the_version_it_judged(rig: Rig) -> None:
    with Evaluating.start(rig) as evaluating:
        run = evaluating.create()

        assert edges_of(graph_of(rig), "evaluates") == {(run["name"], evaluating.versions[0])}


def test_job_without_a_version_stands_for_itself(rig: Rig) -> None:
    job = submit(rig)

    graph = graph_of(rig)

    assert edges_of(graph, "tuned_from") == {(job.name, "gemini-3.5-flash")}
    assert not graph.of_kind("version")


def test_source_that_is_gone_stays_by_its_name() -> None:
    source = f"{P}/models/7@1"
    job = TuningJob(f"{P}/tuningJobs/1", "JOB_STATE_RUNNING", request={"preTunedModel": {"tunedModelName": source}})

    graph = lineage_of(Inventory(jobs={job.name: job}))

    assert edges_of(graph, "tuned_from") == {(job.name, source)}
    node = graph.node(source)
    assert node is not None
    assert node.facts == {"gone": True}


def test_copy_rests_on_what_was_copied() -> None:
    source, copy = version("7"), version("8", copied_from=f"{P}/models/7@1")

    graph = lineage_of(Inventory(versions={each.name: each for each in (source, copy)}))

    assert edges_of(graph, "copied_from") == {(copy.name, source.name)}


def test_around_a_version_lies_its_line_and_nothing_else(rig: Rig) -> None:
    """What it comes from and what comes from it, but no sibling."""
    first = rig.create(rig.inputs())
    left = rig.create(rig.continued(first["tuned_model_name"], tuned_model_display_name="left"))
    right = rig.create(rig.continued(first["tuned_model_name"], tuned_model_display_name="right"))
    last = rig.create(rig.continued(left["tuned_model_name"], tuned_model_display_name="last"))

    around = graph_of(rig).around([left["tuned_model_name"]])

    assert {node.id for node in around.of_kind("version")} == {
        state["tuned_model_name"] for state in (first, left, last)
    }
    assert right["name"] not in {node.id for node in around.nodes}


def test_jobs_of_a_line_are_reported_by_names_alone(rig: Rig) -> None:
    first = rig.create(rig.inputs())
    second = rig.create(rig.continued(first["tuned_model_name"], tuned_model_display_name="second"))
    rig.create(rig.inputs(tuned_model_display_name="another"))

    found = connected(rig.client.list_jobs("acme", "us-central1"), second["model"])

    assert found == {first["name"], second["name"]}


def test_tree_reads_from_the_first_link_on(rig: Rig) -> None:
    first = rig.create(rig.inputs())
    rig.client.merge_version_aliases(first["tuned_model_name"], ["golden"])
    rig.create(rig.continued(first["tuned_model_name"], tuned_model_display_name="better"))

    lines = [line for line in lineage_text.tree_lines(graph_of(rig)) if "served by" not in line]

    generation = getattr(rig.client.get_object("gs://data/train.jsonl"), "generation", "")
    assert lines == [
        "gemini-3.5-flash",
        "└─ support@1  SFT by support, 1,680 tokens",
        f"   ├─ trained on gs://data/train.jsonl (generation {generation})",
        "   ├─ alias default",
        "   ├─ alias golden",
        "   └─ better@1  SFT by support, from checkpoint 3, 1,680 tokens",
        f"      ├─ trained on gs://data/train.jsonl (generation {generation})",
        "      ├─ alias default",
    ]


def test_flowchart_leads_from_the_first_link_to_what_serves(rig: Rig) -> None:
    with Serving.start(rig) as serving:
        serving.create(serving.versions[-1])

        lines = [*lineage_text.mermaid_lines(graph_of(rig))]

    ids = {
        label: node
        for line in lines
        if (found := re.match(r'  (n\d+)\W+"(.*?)"', line))
        for node, label in [found.groups()]
    }
    assert lines[0] == "flowchart LR"
    assert f"  {ids['gemini-3.5-flash']} -->|SFT| {ids['support@1']}" in lines
    assert any(line.startswith(f"  {ids['support@3']} ==>|100 %| ") for line in lines)


@pytest.mark.parametrize(
    "name",
    [
        '"]; click n1 "javascript:alert(1)"',
        "<script>alert(1)</script>",
        "\x1b[31mred",
        "a\nb",
        "\u202egnp",
        "x" * 5_000,
    ],
    ids=["quotes", "script", "escape", "lines", "rtl", "long"],
)
def test_hostile_name_stays_a_name(name: str) -> None:
    """It neither steers the terminal nor ends a label."""
    graph = lineage_of(Inventory(versions={f"{P}/models/7@1": version("7", display_name=name)}))

    tree, chart = [*lineage_text.tree_lines(graph)], [*lineage_text.mermaid_lines(graph)]

    assert all(line.isprintable() and len(line) < 200 for line in (*tree, *chart))
    (box,) = (line for line in chart if line.startswith("  n1"))
    assert re.fullmatch(r'  n1\["[\w .,:@/()#;-]*"\]', box)


def test_loop_of_sources_has_an_end() -> None:
    """No service makes one, but an answer may be wrong."""
    one, two = version("1", copied_from=f"{P}/models/2@1"), version("2", copied_from=f"{P}/models/1@1")
    root = version("3", base_model="gemini-3.5-flash")
    graph = lineage_of(Inventory(versions={each.name: each for each in (one, two, root)}))

    assert [*lineage_text.tree_lines(graph)] == ["gemini-3.5-flash", "└─ m@1"]
    assert graph.around([one.name]).of_kind("version")


def test_chain_of_a_thousand_nights_is_reported() -> None:
    """It is indented so far, and no further."""
    chain = [
        version(str(n), copied_from=f"{P}/models/{n - 1}@1" if n else "", display_name=f"n{n}") for n in range(1_000)
    ]
    graph = lineage_of(Inventory(versions={each.name: each for each in chain}))

    lines = [*lineage_text.tree_lines(graph)]

    assert [line.split()[-3].lstrip("└├─") for line in lines[1:]] == [f"n{n}@1" for n in range(1, 1_000)]
    assert max(map(len, lines)) < 80


def test_picture_has_the_newest_versions() -> None:
    chain = [version(str(n), copied_from=f"{P}/models/{n - 1}@1" if n else "", display_name=f"n{n}") for n in range(40)]
    graph = lineage_of(Inventory(versions={each.name: each for each in chain}))

    newest, left_out = graph.newest(24)

    assert left_out == 16
    assert [node.label for node in newest.of_kind("version")] == [f"n{n}@1" for n in range(16, 40)]
    assert len(newest.edges) == 23


def version(model_id: str, **fields: Any) -> ModelVersion:
    return ModelVersion(f"{P}/models/{model_id}", "1", **{"display_name": "m", **fields})
