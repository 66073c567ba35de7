"""An evaluation run is never doubled: lost answers, interruptions, lists that lag, twins, forced replacements."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.errors import BadRequestError, EvaluationFailedError, TuningJobTimeoutError, WaitInterruptedError
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.core.ownership import first_token
from pulumi_ctune.vertex.client import VertexClient
from tests.core.evaluating import EXACT, HELD_OUT, Evaluating, lines, urn_of
from tests.core.misinformed import misinformed
from tests.core.rig import Rig
from vertex_emulator.transport import EmbeddedTransport

CREATE = {"method": "POST", "path": "/evaluationRuns$"}
LIST = {"method": "GET", "path": "/evaluationRuns$"}


class PageAfter(httpx2.BaseTransport):
    """The embedded emulator, and a proxy that answers the create of a run with a page of its own once it is made."""

    def __init__(self, rig: Rig) -> None:
        self._embedded = EmbeddedTransport(rig.emulator)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self._embedded.handle_request(request)
        if request.method == "POST" and request.url.path.endswith("/evaluationRuns"):
            return httpx2.Response(403, html="<html>Sign in to the network</html>", request=request)
        return answer


@pytest.fixture
def evaluating(rig: Rig) -> Iterator[Evaluating]:
    with Evaluating.start(rig) as evaluating:
        yield evaluating


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/evaluationRuns$", {"drop": "before"}),
        ("/evaluationRuns$", {"drop": "after"}),
        ("/evaluationRuns$", {"status": 503}),
        ("/evaluationRuns$", {"status": 429, "times": 3, "retry_after_s": 60.0}),
        ("/evaluationSets$", {"drop": "after"}),
        ("/evaluationSets$", {"status": 503}),
        ("/evaluationItems$", {"cut_after_bytes": 20}),
    ],
    ids=str,
)
def test_trouble_while_submitting_leaves_one_run(evaluating: Evaluating, path: str, fault: dict[str, Any]) -> None:
    """Whatever happens to a request or its answer, one run over one set is made."""
    evaluating.rig.emulator.faults.add(method="POST", path=path, **fault)

    state = evaluating.create()

    assert evaluating.names() == [state["name"]]
    assert (state["state"], state["metrics"]) == ("SUCCEEDED", {"exact_match": 1.0})
    assert evaluating.left()["evaluationSets"] == 2  # rows and results


@pytest.mark.parametrize("path", ["/evaluationRuns", "/evaluationSets"])
@pytest.mark.parametrize(
    "document", [{}, {"name": None}, {"name": "odd"}, {"name": "projects/1/locations/us-central1/operations/7"}, []]
)
def test_answer_that_names_nothing_is_as_good_as_lost(evaluating: Evaluating, path: str, document: object) -> None:
    """What was made is looked for. No state has a run without a name, which no later `up` would get past."""
    client = misinformed(evaluating.rig, path, document)

    state = evaluating.verbs(client=client).create(evaluating.inputs())

    assert evaluating.names() == [state["name"]]


@pytest.mark.parametrize("shows_labels", [0, 1])
@pytest.mark.parametrize("fault", [{"drop": "after"}, {"cut_after_bytes": 5}], ids=str)
def test_lost_answer_with_a_list_that_lags_behind_leaves_one_run(
    evaluating: Evaluating, fault: dict[str, Any], shows_labels: int
) -> None:
    """Found by looking again, whether or not lists show labels."""
    evaluating.rig.emulator.configure(evaluation_lists_show_labels=shows_labels)
    evaluating.rig.emulator.faults.add(**CREATE, **fault)
    evaluating.rig.emulator.faults.add(**LIST, stale_s=10.0, times=0)

    state = evaluating.create()

    assert evaluating.names() == [state["name"]]
    assert evaluating.posts("evaluationRuns") == 1


def test_refused_run_is_final(evaluating: Evaluating) -> None:
    """A 4xx is raised at once with Google's words; nothing is sent again."""
    evaluating.rig.emulator.faults.add(**CREATE, status=400, message="no such autorater", times=0)

    with pytest.raises(BadRequestError, match=r"no evaluation run was made.*no such autorater"):
        evaluating.create()

    assert evaluating.posts("evaluationRuns") == 1


def test_run_of_a_crowded_project_is_found_again(evaluating: Evaluating) -> None:
    """The list has pages, and what other people have made comes first."""
    first = evaluating.unfinished().resource_id
    theirs = {**evaluating.runs()[0], "displayName": "by hand", "labels": {}}
    body = {key: theirs[key] for key in ("displayName", "dataSource", "evaluationConfig")}
    for _ in range(101):
        evaluating.ask("POST", "projects/acme/locations/us-central1/evaluationRuns", body)

    state = evaluating.create()

    assert state["name"] == first


@pytest.mark.parametrize("at_s", [0.0, 1.0, 100.0])
def test_interrupted_create_and_a_second_one_make_one_run(evaluating: Evaluating, at_s: float) -> None:
    """Before the request nothing is sent; after it the run goes on, and the next create takes it over."""
    clock = evaluating.rig.clock
    clock.interrupt_at_s = clock.now_s + at_s
    with pytest.raises((Unfinished, WaitInterruptedError)):
        evaluating.verbs().create(evaluating.inputs())
    begun = evaluating.names()
    clock.interrupt_at_s = float("inf")

    state = evaluating.create()

    assert evaluating.names() == [state["name"]]
    assert begun in ([], [state["name"]])
    assert bool(begun) == (at_s > 0)


@pytest.mark.parametrize("later_s", [0, 3600], ids=["still running", "ended meanwhile"])
def test_create_after_a_crash_takes_the_run_over(evaluating: Evaluating, later_s: float) -> None:
    """The state holds nothing; the next create finds the run, and knows its rows as its own."""
    first = evaluating.unfinished().resource_id
    evaluating.rig.clock.now_s += later_s

    state = evaluating.create()

    assert (state["name"], state["__own_set"]) == (first, True)
    assert evaluating.rig.report.infos[-1] == f"took over evaluation run {first}, which an earlier run began"


def test_taken_over_run_is_reported_by_what_it_called(evaluating: Evaluating) -> None:
    """The baseline's alias has moved since: the record does not say that the new version was compared with."""
    second = evaluating.rig.create(evaluating.rig.continued(evaluating.versions[0]))["tuned_model_name"]
    model, _, _ = second.partition("@")
    baseline = {"model": f"{model}@prod"}
    evaluating.ask("POST", f"{model}@1:mergeVersionAliases", {"versionAliases": ["prod"]})
    first = evaluating.unfinished(baseline=baseline)
    evaluating.ask("POST", f"{model}@2:mergeVersionAliases", {"versionAliases": ["prod"]})

    state = evaluating.create(baseline=baseline)

    assert state["name"] == first.resource_id
    assert first.state["baseline_tuned_model_names"] == {evaluating.versions[0]: 100}
    assert (state["baseline_model"], state["baseline_tuned_model_names"]) == (first.state["baseline_model"], {})


def test_run_is_taken_over_though_its_baseline_has_gone(evaluating: Evaluating) -> None:
    """What it called is told by the run; what served there is not known any more."""
    baseline = {"model": evaluating.endpoint(evaluating.versions[0])}
    first = evaluating.unfinished(baseline=baseline)
    evaluating.ask("POST", f"{baseline['model']}:undeployModel", {"deployedModelId": "1"})
    evaluating.rig.clock.pause(5)

    state = evaluating.create(baseline=baseline)

    assert (state["name"], state["baseline_model"]) == (first.resource_id, first.state["baseline_model"])
    assert state["baseline_tuned_model_names"] == {}


def test_page_of_a_proxy_leaves_one_run(evaluating: Evaluating) -> None:
    """Somebody on the way answers instead of Google, after the run was made."""
    transport = PageAfter(evaluating.rig)
    settings = Settings(project="acme", api_endpoint=ApiEndpoint("embedded"))

    def sleep(seconds: float) -> None:
        evaluating.rig.clock.pause(seconds)

    client = VertexClient(settings, transport=transport, sleep=sleep)

    state = evaluating.verbs(client=client).create(evaluating.inputs())

    assert evaluating.names() == [state["name"]]
    assert evaluating.posts("evaluationRuns") == 1


def test_crashed_run_for_other_inputs_is_cancelled(evaluating: Evaluating) -> None:
    """No state holds it, and it costs."""
    first = evaluating.unfinished().resource_id

    state = evaluating.create(triggers=["2"])

    assert [run["state"] for run in evaluating.runs()] == ["CANCELLED", "SUCCEEDED"]
    assert evaluating.names() == [first, state["name"]]


def test_timeout_keeps_the_run_and_the_next_update_waits_on(evaluating: Evaluating) -> None:
    """The state holds a run that is not over, and the next diff asks for an update."""
    cut = evaluating.unfinished()

    plan = evaluating.plan(cut.state)
    state = evaluating.update(cut.state)

    assert isinstance(cut.cause, TuningJobTimeoutError)
    assert (plan.replaces, plan.updates) == ((), ("state",))
    assert (state["name"], state["state"], state["metrics"]) == (cut.resource_id, "SUCCEEDED", {"exact_match": 1.0})
    assert not evaluating.plan(state).changes
    assert len(evaluating.names()) == 1


def test_late_update_keeps_what_served_at_the_baseline(evaluating: Evaluating) -> None:
    """What served when the run was made, though nothing does any more."""
    baseline = {"model": evaluating.endpoint(evaluating.versions[0])}
    cut = evaluating.unfinished(baseline=baseline)
    evaluating.ask("POST", f"{baseline['model']}:undeployModel", {"deployedModelId": "1"})
    evaluating.rig.clock.pause(5)

    state = evaluating.update(cut.state, baseline=baseline)

    assert cut.state["baseline_tuned_model_names"] == {evaluating.versions[0]: 100}
    kept = ("model", "baseline_model", "baseline_tuned_model_names", "tuned_model_name", "checkpoint_id")
    assert {key: state[key] for key in kept} == {key: cut.state[key] for key in kept}
    assert state["result"]["checkpoint_id"] == cut.state["checkpoint_id"]


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_run_that_fails_is_an_error_and_the_next_create_makes_another(evaluating: Evaluating, state: str) -> None:
    evaluating.rig.emulator.faults.add(run={"state": state, "message": "The judge is out of quota."})

    with pytest.raises(EvaluationFailedError, match=r"The judge is out of quota\."):
        evaluating.create()
    again = evaluating.create()

    assert [run["state"] for run in evaluating.runs()] == [state, "SUCCEEDED"]
    assert again["name"] == evaluating.names()[1]


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_run_that_fails_after_a_timeout_is_replaced_by_the_next_up(evaluating: Evaluating, state: str) -> None:
    """The failed update leaves a state by which the next diff makes another run, instead of failing for ever."""
    evaluating.rig.emulator.faults.add(run={"state": state, "message": "The judge is out of quota."})
    cut = evaluating.unfinished()
    evaluating.saved.append(cut.state)

    with pytest.raises(Unfinished, match=r"The judge is out of quota\.") as failed:
        evaluating.update(cut.state)
    evaluating.saved[:] = [failed.value.state]
    plan = evaluating.plan(failed.value.state)
    again = evaluating.replace(failed.value.state)

    assert isinstance(failed.value.cause, EvaluationFailedError)
    assert plan.replaces == ("state",)
    assert again["state"] == "SUCCEEDED"
    assert [run["state"] for run in evaluating.runs()] == [state, "SUCCEEDED"]


def test_twins_make_two_runs_over_one_set(evaluating: Evaluating) -> None:
    """Two resources with the same inputs have a run each, and share the rows."""
    first = evaluating.create()
    evaluating.name = "twin"
    evaluating.token = first_token("acme-org", urn_of("twin"))

    second = evaluating.create()

    assert evaluating.names() == [first["name"], second["name"]]
    assert first["evaluation_set"] == second["evaluation_set"]
    assert evaluating.left()["evaluationSets"] == 3  # the rows, and two of results


def test_triggers_back_and_forth_are_three_runs(evaluating: Evaluating) -> None:
    """1, 2, 1: an evaluation of today is asked for, and not that of last week."""
    first = evaluating.create(triggers=["1"])
    second = evaluating.replace(first, triggers=["2"])
    third = evaluating.replace(second, triggers=["1"])

    assert evaluating.names() == [first["name"], second["name"], third["name"]]


@pytest.mark.parametrize("before", [0, 1, 2])
def test_forced_replacement_makes_another_run(evaluating: Evaluating, before: int) -> None:
    """`--replace` asks no diff and checks without old inputs; the saved state alone tells that there is an entry,
    however often it was replaced before.
    """
    first = evaluating.token
    state = evaluating.create()
    for number in range(before):
        state = evaluating.replace(state, triggers=[str(number % 2)] if number % 2 == 0 else None)
    evaluating.token = first

    forced = evaluating.create()

    assert forced["name"] not in evaluating.names()[:-1]
    assert len(evaluating.names()) == before + 2


def test_interrupted_forced_replacement_is_taken_up(evaluating: Evaluating) -> None:
    """The second `--replace` finds what the first one began."""
    evaluating.create()
    begun = evaluating.unfinished().resource_id

    state = evaluating.create()

    assert state["name"] == begun
    assert len(evaluating.names()) == 2


def test_destroyed_and_created_again_adopts_what_was_left(evaluating: Evaluating) -> None:
    """ABANDON leaves the run, and the same resource finds it again."""
    first = evaluating.create()
    evaluating.delete(first)
    evaluating.saved.clear()

    again = evaluating.create()

    assert again["name"] == first["name"]
    assert evaluating.posts("evaluationRuns") == 1


def test_changed_rows_are_another_set(evaluating: Evaluating) -> None:
    first = evaluating.create()
    evaluating.rig.emulator.put_object("data", "held-out.jsonl", lines({"prompt": "Hello?", "reference": "Hi."}))

    second = evaluating.replace(first, triggers=["2"])

    assert first["evaluation_set"] != second["evaluation_set"]
    assert (first["total_items"], second["total_items"]) == (4, 1)


def test_update_in_place_takes_labels_and_policy_in(evaluating: Evaluating) -> None:
    """Kept for the next run, and what the program no longer says is no longer kept."""
    state = evaluating.create(labels={"team": "search"}, deletion_policy="PREVENT")

    plan = evaluating.plan(state)
    updated = evaluating.update(state)

    assert (plan.replaces, plan.updates) == ((), ("labels", "deletion_policy"))
    assert not evaluating.plan(updated).changes
    assert updated["metrics"] == state["metrics"]
    evaluating.delete(updated)


def test_lost_set_is_not_adopted_by_a_run_of_other_rows(evaluating: Evaluating) -> None:
    """A run that died between rows and request leaves rows, which the next one uses."""
    evaluating.rig.emulator.faults.add(**CREATE, status=400, message="no")
    with pytest.raises(BadRequestError):
        evaluating.create()

    state = evaluating.create()

    assert evaluating.posts("evaluationSets") == 1
    assert state["data_source"] == {"dataset_uri": HELD_OUT}


def test_limit_of_runs_is_waited_out(evaluating: Evaluating) -> None:
    """429 is told on the row, and ridden out until the timeout."""
    evaluating.rig.emulator.configure(max_concurrent_evaluation_runs=1)
    evaluating.rig.emulator.faults.add(run={"duration_s": 900})
    evaluating.unfinished()
    evaluating.name, evaluating.token = "other", first_token("acme-org", urn_of("other"))

    state = evaluating.verbs(timeout=timedelta(hours=2)).create(
        evaluating.inputs(evaluation_config={"metrics": [{**EXACT, "metric": "em"}], "allow_cross_region_model": True})
    )

    assert state["metrics"] == {"em": 1.0}
    assert any(status.startswith("waiting for quota") for status in evaluating.rig.report.statuses)
