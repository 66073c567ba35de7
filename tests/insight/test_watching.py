"""One job looked at until it has ended: what is shown on the way, in every end that a job can have."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.errors import WaitInterruptedError
from pulumi_ctune.core.retry import SILENT, WaitContext
from pulumi_ctune.insight import jobs
from pulumi_ctune.insight.scope import Scope
from pulumi_ctune.insight.watching import NO_TIMEOUT, View, has_news, watch
from pulumi_ctune.tuning_job.course import ReadingTurns
from pulumi_ctune.vertex.client import VertexClient
from tests.core.rig import TRAINING, VALIDATION, Rig, supervised_examples
from tests.core.test_many_waits import LIMIT_S, CommonClock, Wire, as_it_is
from tests.insight.scopes import PLACE, stack_scope, submit
from tests.unit.clock import START
from vertex_emulator.app import Emulator

SFT_SPEC = {
    "training_dataset_uri": TRAINING,
    "validation_dataset_uri": VALIDATION,
    "hyper_parameters": {"epoch_count": 6},
}
MANY = 50


def watched(rig: Rig, **options: float) -> list[View]:
    """All views of the stack's job."""
    rig.clock.interrupt_at_s = options.get("until_s", float("inf"))
    scope, views = stack_scope(rig), list[View]()
    row = jobs.find(scope, "support", rig.clock.utc_now())
    views.append(watch(scope, row, rig.clock.wait_context(rig.report, timeout=NO_TIMEOUT), views.append))
    return views


def test_views_go_from_the_queue_to_the_model(rig: Rig) -> None:
    """Progress rises, curves grow, and the end is foretold until it is there."""
    submit(rig, supervised_tuning_spec=SFT_SPEC)

    views = watched(rig)

    shares = [view.row.progress or 0.0 for view in views]
    points = [len(view.series.train_loss.points) for view in views]
    assert shares == sorted(shares)
    assert points == sorted(points)
    assert any(view.expected for view in views)
    assert (views[-1].has_succeeded, views[-1].expected) == (True, None)
    assert len(views[-1].series.eval_loss.points) == 6


def test_news_are_few(rig: Rig) -> None:
    """A line for each state, phase and epoch of ten minutes, of hundreds of views."""
    submit(rig, supervised_tuning_spec=SFT_SPEC)

    views = watched(rig)

    assert sum(has_news(view, before) for view, before in zip(views, [None, *views[:-1]], strict=True)) < 15


@pytest.mark.parametrize("state", ["JOB_STATE_FAILED", "JOB_STATE_EXPIRED"])
def test_job_that_ends_in_vain_has_not_succeeded(rig: Rig, state: str) -> None:
    rig.emulator.faults.add(method="POST", path="/tuningJobs$", job={"state": state, "at": 0.5, "with_model": False})
    submit(rig)

    last = watched(rig)[-1]

    assert (last.job.state, last.has_succeeded) == (state, False)


def test_job_that_is_cancelled_by_somebody_has_not_succeeded(rig: Rig) -> None:
    job = submit(rig)
    rig.clock.pause(100)
    rig.client.cancel_job(job.name)

    last = watched(rig)[-1]

    assert (last.job.state, last.has_succeeded) == ("JOB_STATE_CANCELLED", False)


def test_leaving_sends_nothing(rig: Rig) -> None:
    job = submit(rig)
    rig.emulator.forget_requests()

    with pytest.raises(WaitInterruptedError):
        watched(rig, until_s=120.0)

    assert {entry["method"] for entry in rig.emulator.requests()} == {"GET"}
    assert rig.live_jobs() == [job.name]


def test_ended_job_is_shown_with_all_points(rig: Rig) -> None:
    submit(rig, supervised_tuning_spec=SFT_SPEC)
    rig.clock.pause(10_000)

    views = watched(rig)

    assert views[-1].has_succeeded
    assert len(views[-1].series.eval_loss.points) == 6
    assert [view.row.is_going for view in views] == [False] * len(views)


def test_trouble_on_the_way_is_recorded_and_ridden_out(rig: Rig) -> None:
    submit(rig)
    rig.clock.pause(200)
    scope = stack_scope(rig)
    row = jobs.find(scope, "support", rig.clock.utc_now())
    rig.emulator.faults.add(method="GET", path="/tuningJobs/", status=503, times=40)
    views: list[View] = []

    last = watch(scope, row, rig.clock.wait_context(rig.report, timeout=NO_TIMEOUT), views.append)

    assert last.has_succeeded
    assert any("cannot be read at the moment" in note for note in last.notes)


def test_fifty_at_once_share_their_looks(tmp_path: Path) -> None:
    """One client looks at all of them, curves included: less than forty requests a minute, and each end is seen."""
    clock = CommonClock(MANY)
    with Emulator(tmp_path, clock=lambda: START.timestamp() + clock.now_s) as emulator:
        emulator.put_object("data", "train.jsonl", supervised_examples(40))
        emulator.configure(job_duration_s=3_600)
        wire = Wire(emulator, clock, as_it_is)
        settings = Settings(project="acme", api_endpoint=ApiEndpoint("embedded"))
        client = VertexClient(settings, transport=wire, clock=clock.now)
        scope, turns = Scope(client, [PLACE]), ReadingTurns()
        spec = {"trainingDatasetUri": TRAINING, "hyperParameters": {"epochCount": "4"}}
        made = [
            client.submit(*PLACE, {"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": spec}) for _ in range(MANY)
        ]
        ended: list[View] = []
        context = WaitContext(clock.now, clock.pause, SILENT, NO_TIMEOUT, utc_now=clock.utc_now)

        def one(number: int) -> None:
            try:
                row = jobs.row_of(scope, made[number], clock.utc_now())
                ended.append(watch(scope, row, replace(context, heartbeat=timedelta(hours=1)), lambda _: None, turns))
            finally:
                clock.leave()

        threads = [threading.Thread(target=one, args=(number,), daemon=True) for number in range(MANY)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT_S)
        client.close()

    assert [view.has_succeeded for view in ended] == [True] * MANY
    assert (wire.reads + wire.lists) / (clock.now_s / 60) < 40
