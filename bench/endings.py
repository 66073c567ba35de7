"""How late the end of a job is noticed and how many polls that takes, in simulated time.

Ours against the loop of Google's sample for continuous tuning, which polls, sleeps a minute, and then sees what it saw
before. Both ask the emulator with the same client.
"""

import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median

from bench.report import Line
from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.core.canonical import request_body
from pulumi_ctune.tuning_job.wait import wait_for_job
from tests.core.rig import SFT, Rig
from tests.unit.clock import RecordedReport

DURATIONS = {"20 s": timedelta(seconds=20), "10 min": timedelta(minutes=10), "5 h": timedelta(hours=5)}
RUNS = 7  # each a little longer, so that no loop is lucky with its phase
_SAMPLE_PAUSE_S = 60.0

_Poll = Callable[[], TuningJob]


def endings() -> list[Line]:
    lines: list[Line] = []
    for name, duration in DURATIONS.items():
        durations_s = [duration.total_seconds() * (1 + run / 20) for run in range(RUNS)]
        ours = [_ending(_ours, seconds) for seconds in durations_s]
        sample = [_ending(_as_in_the_sample, seconds) for seconds in durations_s]
        note = f"median of {RUNS} lengths"
        baseline_is = "loop of Google's sample (60 s)"
        for what, unit, index in (("end noticed after", "s", 0), ("polls", "", 1)):
            our_median, baseline = (median(result[index] for result in results) for results in (ours, sample))
            lines.append(Line(f"job of {name}: {what}", unit, our_median, baseline, baseline_is, note))
    return lines


def _ending(wait: Callable[[Rig, TuningJob, _Poll], None], job_duration_s: float) -> tuple[float, int]:
    """Seconds between a job's end and the moment that `wait` came back, and the number of polls."""
    with tempfile.TemporaryDirectory() as folder, Rig.start(Path(folder)) as rig:
        rig.emulator.configure(job_duration_s=job_duration_s)
        job = rig.client.submit("acme", "us-central1", request_body({**SFT, "project": "acme"}))
        polls = 0

        def poll() -> TuningJob:
            nonlocal polls
            polls += 1
            return rig.client.get_job(job.name)

        wait(rig, job, poll)
        ended = rig.client.get_job(job.name).end_time
        assert ended is not None
        return (rig.clock.utc_now() - ended).total_seconds(), polls


def _ours(rig: Rig, job: TuningJob, poll: _Poll) -> None:
    wait_for_job(job, poll, rig.clock.wait_context(RecordedReport()))


def _as_in_the_sample(rig: Rig, job: TuningJob, poll: _Poll) -> None:
    while job.state in ("JOB_STATE_PENDING", "JOB_STATE_RUNNING"):
        job = poll()
        rig.clock.pause(_SAMPLE_PAUSE_S)
