"""What a job's row tells while it is waited for: how far it is, when it ends, how it learns; and what that costs."""

import re
from datetime import timedelta
from typing import Any

from pulumi_ctune.core import durations
from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.core.retry import WaitContext
from pulumi_ctune.tuning_job.course import READ_AT_ONCE, READ_EVERY_S, Course, ReadingTurns
from tests.core.rig import RFT_SPEC, TRAINING, VALIDATION, Rig

SFT_SPEC = {
    "training_dataset_uri": TRAINING,
    "validation_dataset_uri": VALIDATION,
    "hyper_parameters": {"epoch_count": 6},
}


def reported(rig: Rig, **changes: Any) -> list[str]:
    """The lines of the row of a job of ten minutes."""
    rig.create(rig.inputs(supervised_tuning_spec=SFT_SPEC, **changes))
    return rig.report.statuses


def reads(rig: Rig) -> list[str]:
    return [entry["path"] for entry in rig.emulator.requests() if "/timeSeries/" in entry["path"]]


def test_row_tells_progress_end_loss_and_tokens(rig: Rig) -> None:
    """State and count first, for narrow terminals; then what changes all the time."""
    lines = reported(rig)

    assert any(
        re.fullmatch(r"running, epoch 4 of 6 \(~2m left ±\d+s, eval loss 0\.\d+, 2\.2k tokens\) after 6m\d+s", line)
        for line in lines
    ), lines


def test_forecast_of_the_row_is_near_the_end(rig: Rig) -> None:
    """Training ends after nine and a half minutes; as soon as the fourth epoch of six is done, that is known."""
    ends = []
    for line in reported(rig):
        found = re.fullmatch(r"running, epoch 4 of 6 \(~(\w+) left .* after (\w+)", line)
        ends += [durations.parse(found[1]) + durations.parse(found[2])] if found else []

    assert ends
    assert all(timedelta(seconds=510) <= end <= timedelta(seconds=600) for end in ends)


def test_nothing_is_left_once_all_steps_are_done(rig: Rig) -> None:
    lines = [line for line in reported(rig) if line.startswith("running, epoch 6 of 6")]

    assert lines
    assert not any(" left " in line for line in lines)


def test_reward_of_reinforcement_tuning_is_reported(rig: Rig) -> None:
    rig.create(rig.inputs(supervised_tuning_spec=None, reinforcement_tuning_spec=RFT_SPEC))

    assert any(re.match(r"running, step 2 of 3 \(.*, reward -?0\.\d+\) after ", line) for line in rig.report.statuses)


def test_series_are_read_seldom(rig: Rig) -> None:
    """After an epoch that is new, at most once in the poll interval, and only the two that a row can show."""
    reported(rig)

    of_the_row, of_the_state = 2 * 6, 6
    assert len(reads(rig)) <= of_the_row + of_the_state


def test_series_that_cannot_be_read_cost_nothing_but_the_number(rig: Rig) -> None:
    """A wait must not fail over its numbers: those that the state records are read once more, with patience."""
    rig.emulator.faults.add(method="GET", path="/metadataStores/", status=500, times=4)

    lines = reported(rig)

    assert any(line.startswith("succeeded, epoch 6 of 6") for line in lines)


def test_row_names_the_page_of_a_job_that_does_not_count_yet(rig: Rig) -> None:
    """While the line has room."""
    context: WaitContext = rig.verbs().context
    waiting = TuningJob("projects/1/l", "JOB_STATE_PENDING", console_url="https://console.example/1")

    assert Course(context).detail(waiting, 3.0) == "after 3s, https://console.example/1"


def test_readings_of_many_waits_are_few() -> None:
    """Five hundred waits read as often as one may: at first three times, then once in half a minute."""
    turns = ReadingTurns()

    taken = sum(turns.take(float(second)) for second in range(600) for _ in range(500))

    assert taken <= READ_AT_ONCE + 600 / READ_EVERY_S
