"""What a report tells of runs on the emulator, and how large it may become."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from pulumi_ctune.core import printable
from pulumi_ctune.core.api import SeriesPoint
from pulumi_ctune.core.type_tokens import type_of
from pulumi_ctune.insight import inventory
from pulumi_ctune.insight.report import curves, numbers
from pulumi_ctune.insight.report.facts import Report, RunFacts
from pulumi_ctune.insight.report.gather import gather
from pulumi_ctune.insight.report.markdown import markdown
from pulumi_ctune.insight.report.markup import breakable
from pulumi_ctune.insight.report.page import LARGEST, html
from tests.core.evaluating import Evaluating
from tests.core.rig import RFT_SPEC, Rig
from tests.core.serving import Serving
from tests.insight.reports import HOSTILE, MADE_AT, report, run
from tests.insight.scopes import PLACE, saved_scope, stack_scope, submit


def gathered(rig: Rig, *states: Mapping[str, Any], **options: Any) -> Report:
    return gather(rig.client, inventory.take(stack_scope(rig, *states)), "support-bot", "stack dev", MADE_AT, **options)


def only_run(rig: Rig, state: Mapping[str, Any], **options: Any) -> RunFacts:
    (found,) = gathered(rig, state, **options).runs
    return found


def test_hyperparameters_are_reported_as_asked_and_as_resolved(rig: Rig) -> None:
    """What the program left to the service is not passed off as asked for."""
    found = only_run(rig, rig.create(rig.inputs()))

    asked = {each.name: (each.asked, each.resolved) for each in found.hyper_parameters}
    assert asked["epoch_count"] == (3, "3")
    assert asked["learning_rate_multiplier"] == (None, 1)


def test_hyperparameter_that_is_a_secret_stays_one(rig: Rig) -> None:
    """The state has it encrypted, and the service's record in plain."""
    state = rig.create(rig.inputs())
    spec = {**state["supervised_tuning_spec"], "hyper_parameters": {"epoch_count": {"ciphertext": "AAA"}}}

    found = only_run(rig, {**state, "supervised_tuning_spec": spec})

    (epochs,) = (each for each in found.hyper_parameters if each.name == "epoch_count")
    assert (epochs.asked, epochs.resolved) == ("[secret]", "[secret]")


@pytest.mark.parametrize("secret", ["100", "line", "max-width", "div"])
def test_secret_breaks_no_page(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """It is hidden in the texts of others; styles, drawings and tags stay what they are."""
    monkeypatch.setattr(printable, "_secrets", printable._Secrets())
    made = report(run(title=f"a {secret} b"))
    before, before_markdown = html(made), markdown(made)

    printable.hide(secret)
    after, after_markdown = html(made), markdown(made)

    assert (f"a {secret} b" in before, f"a {secret} b" in after, "a [secret] b" in after) == (True, False, True)
    assert _skeleton(after) == _skeleton(before)
    assert _charts(after_markdown) == _charts(before_markdown) != []


def test_secret_with_an_underscore_is_hidden_where_a_line_may_break(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printable, "_secrets", printable._Secrets())
    printable.hide("hunter_two")

    assert breakable("a_hunter_two_b") == "a_<wbr/>[secret]_<wbr/>b"


def _skeleton(page: str) -> list[str]:
    """All but the texts of a page."""
    return re.findall(r"<style>.*?</style>|<[^>]*>", page, re.DOTALL)


def _charts(document: str) -> list[str]:
    return [line for line in document.splitlines() if line.startswith(("  x-axis", "  line"))]


def test_kept_checkpoint_is_the_one_that_the_version_serves(rig: Rig) -> None:
    state = rig.create(rig.inputs())

    points = only_run(rig, state).checkpoints

    assert [point.checkpoint_id for point in points if point.is_kept] == [state["default_checkpoint_id"]]
    assert len(points) == 3


def test_checkpoint_has_the_values_of_its_evaluation(rig: Rig) -> None:
    spec = {
        "training_dataset_uri": "gs://data/train.jsonl",
        "validation_dataset_uri": "gs://data/validation.jsonl",
        "hyper_parameters": {"epoch_count": 3},
    }
    found = only_run(rig, rig.create(rig.inputs(supervised_tuning_spec=spec)))

    last = found.checkpoints[-1]
    assert last.values["loss, evaluation"] == found.series.eval_loss.points[-1].value


def test_cost_is_the_services_count_at_the_list_price(rig: Rig) -> None:
    state = rig.create(rig.inputs())

    cost = only_run(rig, state).cost

    assert cost.training_tokens == state["training_token_count"]
    assert cost.price is not None
    assert cost.usd == pytest.approx(cost.training_tokens * cost.price.usd_per_million / 1e6)
    assert cost.estimate is not None
    assert cost.estimate.training.low <= cost.training_tokens <= cost.estimate.training.high


def test_what_rft_bills_is_not_made_up(rig: Rig) -> None:
    changes = {"supervised_tuning_spec": None, "reinforcement_tuning_spec": RFT_SPEC}
    found = only_run(rig, rig.create(rig.inputs(**changes)))

    assert (found.cost.training_tokens, found.cost.usd) == (None, None)
    assert found.cost.estimate is not None
    ((name, computed_by),) = found.reward
    assert name == "answer"
    assert re.fullmatch(r"string match reward scorer \(sha256 [0-9a-f]{12}\)", computed_by)


def test_data_card_counts_what_was_trained_on(rig: Rig) -> None:
    (card,) = only_run(rig, rig.create(rig.inputs())).data

    assert (card.role, card.uri, card.examples, card.note) == ("training", "gs://data/train.jsonl", 40, "")
    assert card.generation
    assert card.problems == {"few-examples": 1}


def test_dataset_that_was_changed_since_is_not_read(rig: Rig) -> None:
    """The numbers of another dataset would be wrong."""
    state = rig.create(rig.inputs())
    rig.clock.pause(60)
    rig.emulator.put_object("data", "train.jsonl", b"{}\n")

    found = only_run(rig, state)

    (card,) = found.data
    assert (card.examples, card.generation, card.note) == (None, "", "changed since the job was submitted")
    assert found.cost.estimate is None


def test_datasets_are_left_alone_on_request(rig: Rig) -> None:
    state = rig.create(rig.inputs())
    rig.emulator.forget_requests()

    (card,) = only_run(rig, state, reads_data=False).data

    assert card.note == "not read"
    assert not [each for each in rig.emulator.requests() if "alt=media" in each.get("query", "")]


def test_gate_is_judged_by_the_series_of_the_version(rig: Rig) -> None:
    state = rig.create(rig.inputs())
    limits = [{"metric": "/train_total_loss", "at_most": 9}, {"metric": "/train_total_loss", "at_most": 0.001}]

    met, missed = gates(rig, state, limits)

    assert met.is_met
    assert met.value == state["metrics"]["/train_total_loss"]
    assert not missed.is_met
    assert "at most 0.001 is allowed" in missed.reason


def test_gate_on_an_evaluation_is_judged_by_its_result(rig: Rig) -> None:
    state = rig.create(rig.inputs())
    result = {"tuned_model_name": state["tuned_model_name"], "metrics": {"helpful": 0.8}, "total_items": 100}

    (gate,) = gates(rig, state, [{"metric": "helpful", "at_least": 0.9, "evaluation": result}])

    assert (gate.value, gate.limit, gate.is_met) == (0.8, "at least 0.9", False)


def test_evaluation_shows_candidate_beside_baseline(rig: Rig) -> None:
    with Evaluating.start(rig) as evaluating:
        evaluating.create(baseline={"model": "gemini-3.5-flash"})
        found = gathered(rig).runs[0]

    (evaluated,) = found.evaluations
    ((metric, mean, baseline, _),) = evaluated.rows
    assert metric == "exact_match"
    assert mean is not None
    assert baseline is not None


def test_traffic_is_reported_for_endpoints_that_somebody_owns(rig: Rig) -> None:
    with Serving.start(rig) as serving:
        serving.create(serving.versions[-1])
        found = gathered(rig).runs[-1]

    (own,) = (each for each in found.serving if not each.of_job)
    assert (own.label, own.traffic_percent) == ("prod-bot", 100)


def test_running_job_has_a_report_too(rig: Rig) -> None:
    submit(rig)
    rig.clock.pause(400)

    found = gathered(rig)

    assert not found.runs[0].succeeded
    assert "running" in html(found)
    assert "running" in markdown(found)


def test_series_that_cannot_be_read_are_reported_as_a_gap(rig: Rig) -> None:
    state = rig.create(rig.inputs())
    rig.emulator.faults.add(path="timeSeries", status=403, times=0)

    found = gathered(rig, state)

    assert not found.runs[0].series
    assert any("the series of" in gap for gap in found.gaps)


@pytest.mark.parametrize("runs", [1, 12, 40])
def test_page_stays_below_its_limit(runs: int) -> None:
    """With more runs each is told in less detail."""
    page = html(report(*(run(i, f"support-{i}", steps=240) for i in range(1, runs + 1))), compare=True)

    assert len(page.encode()) < LARGEST


def test_names_of_any_length_keep_the_page_below_its_limit() -> None:
    name = "<&\"'>" * 1_000

    page = html(report(*(run(i, name, steps=240) for i in range(1, 20)), title=name, gaps=[name]), compare=True)

    assert len(page.encode()) < LARGEST


def test_page_names_nothing_to_load() -> None:
    page = html(report(run(1), run(2, "other")), compare=True)

    assert not re.search(r"<(script|link|img|iframe|object|base)\b|@import|url\(|src=", page)
    assert {*re.findall(r'href="([^"]*)"', page)} == {"#run-1", "#run-2"}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=[*HOSTILE])
def test_hostile_name_stays_text_in_markdown(name: str) -> None:
    """It is no link, mention or HTML, and ends neither a cell nor a block."""
    document = markdown(report(run(1, name), title=name, gaps=[name]), compare=True)

    outside = "".join(part for i, part in enumerate(document.split("```")) if i % 2 == 0)
    assert not re.search(r"<(?!/?(br)\b)|https?://|(?<!&#)@\w|\]\(|javascript:|\x1b|www\.", outside)
    tables = [line for line in outside.splitlines() if line.startswith("|")]
    columns = [line.count("|") for line in tables]
    assert all(one == two for one, two, line in zip(columns[1:], columns, tables[1:], strict=False) if "---" in line)


def test_markdown_is_a_chain_a_curve_and_tables() -> None:
    document = markdown(report(run(1, overfits=True)))

    assert "```mermaid\nflowchart LR" in document
    assert "```mermaid\nxychart-beta" in document
    assert "> [!WARNING]\n> the evaluation loss rises since step" in document
    assert "| 4 (kept) | 4 |" in document


def test_points_that_are_no_numbers_part_a_line() -> None:
    points = [SeriesPoint(1, 1.0), SeriesPoint(2, 2.0), SeriesPoint(3, float("nan")), SeriesPoint(4, 1.0)]

    drawn = curves.chart([curves.Line("loss", points)])

    assert len(re.findall(r'<path d="M', drawn)) == 2
    assert "nan" not in drawn  # a coordinate; the pointer is told NaN


def test_pointer_over_a_curve_shows_all_values_at_its_step() -> None:
    one = curves.Line("training", [SeriesPoint(step, step / 10) for step in range(1, 9)])
    two = curves.Line("evaluation", [SeriesPoint(4, 0.5), SeriesPoint(8, 0.7)], 1, is_sparse=True)

    titles = re.findall(r"<title>(step .*?)</title>", curves.chart([one, two]))

    assert len(titles) == 8
    assert titles[3] == "step 4 · training 0.4 · evaluation 0.5"


def test_series_without_a_number_has_no_picture() -> None:
    assert "No point of it is a number" in curves.chart([curves.Line("loss", [SeriesPoint(1, float("inf"))])])


def test_thinned_line_keeps_its_peaks() -> None:
    points = [SeriesPoint(i, 0.0) for i in range(5_000)]
    points[1_234] = SeriesPoint(1_234, 9.0)

    thin = curves.thinned(points, 100)

    assert len(thin) <= 102
    assert points[1_234] in thin
    assert (thin[0], thin[-1]) == (points[0], points[-1])


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (None, "\u2013"),
        (0.123456, "0.1235"),
        (12_345.6, "12,346"),
        (0.0, "0"),
        (float("nan"), "NaN"),
        (3e-7, "3.000e-07"),
    ],
)
def test_value_has_four_digits_that_count(number: float | None, words: str) -> None:
    assert numbers.value(number) == words


def gates(rig: Rig, state: Mapping[str, Any], require: list[dict[str, Any]]) -> Any:
    """Of an alias on the version of this state."""
    outputs = {"tuned_model_name": state["tuned_model_name"], "alias": "golden", "require": require}
    entry = {"type": type_of("ModelVersionAlias"), "urn": "urn:pulumi:dev::infra::t::golden", "outputs": outputs}
    found = inventory.take(saved_scope(rig, entry))
    (facts,) = gather(rig.client, found, "support-bot", str(PLACE), MADE_AT).runs
    return facts.gates
