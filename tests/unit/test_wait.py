"""Waiting for a job: when it looks, what it rides out, how it leaves. Time is simulated."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.core.errors import (
    ApiError,
    CredentialsError,
    CtuneError,
    NotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    TuningJobTimeoutError,
    UnavailableError,
    WaitInterruptedError,
)
from pulumi_ctune.core.retry import patiently, while_busy
from pulumi_ctune.tuning_job.wait import wait_for_job
from tests.unit.clock import START, Clock, RecordedReport

NAME = "projects/123456789012/locations/us-central1/tuningJobs/42"
PAGE = (
    "https://console.cloud.google.com/vertex-ai/tuning/locations/us-central1/tuningJob/42/monitor?project=123456789012"
)
SUBMITTED = TuningJob(NAME, "JOB_STATE_PENDING", create_time=START, console_url=PAGE)


class Job:
    """A job that runs for so long on the clock; `looks` counts how often it was read."""

    def __init__(self, clock: Clock, run_time: timedelta, final: str = "JOB_STATE_SUCCEEDED") -> None:
        self._clock = clock
        self._end_s = run_time.total_seconds()
        self._final = final
        self.looks: list[float] = []

    def look(self) -> TuningJob:
        self.looks.append(self._clock.now_s)
        return replace(SUBMITTED, state=self._final if self._clock.now_s >= self._end_s else "JOB_STATE_RUNNING")


@pytest.mark.parametrize(
    "run_time", [timedelta(seconds=20), timedelta(minutes=10), timedelta(minutes=50), timedelta(hours=5)], ids=str
)
def test_end_of_a_job_is_noticed_within_two_percent_or_five_seconds(run_time: timedelta) -> None:
    """A job's end is noticed within 2 % of its run time or 5 s, whichever is more, up to the poll interval."""
    clock = Clock()
    job = Job(clock, run_time)

    wait_for_job(SUBMITTED, job.look, clock.wait_context(RecordedReport()))

    allowed_s = min(max(5.0, 0.02 * run_time.total_seconds()), 60.0)
    assert clock.now_s - run_time.total_seconds() <= allowed_s


def test_five_hours_take_few_looks() -> None:
    """About 200 looks in the first hour at most, and about 60 in each hour after it."""
    clock = Clock()
    job = Job(clock, timedelta(hours=5))

    wait_for_job(SUBMITTED, job.look, clock.wait_context(RecordedReport()))

    first_hour = [moment for moment in job.looks if moment < 3600]
    assert len(first_hour) <= 205
    assert (len(job.looks) - len(first_hour)) / 4 <= 64


def test_pause_never_exceeds_the_poll_interval() -> None:
    """`ctune:pollInterval` is the longest pause, jitter included."""
    clock = Clock()
    job = Job(clock, timedelta(minutes=5))

    wait_for_job(SUBMITTED, job.look, clock.wait_context(RecordedReport(), poll_interval=timedelta(seconds=2)))

    assert max(clock.pauses) <= 2.0


def test_adopted_job_is_not_looked_at_like_a_new_one() -> None:
    """Pauses go by the job's age, not by how long this process has waited."""
    clock = Clock(now_s=7200.0)
    job = Job(clock, timedelta(hours=3))

    wait_for_job(SUBMITTED, job.look, clock.wait_context(RecordedReport()))

    assert len(job.looks) <= 64


@pytest.mark.parametrize(
    "state",
    ["QUEUED", "PENDING", "RUNNING", "PAUSED", "UPDATING", "CANCELLING", "UNSPECIFIED", "OF_TOMORROW"],
)
def test_state_that_is_not_final_goes_on(state: str) -> None:
    """Every state that is not final, also one that nobody knows yet, keeps waiting."""
    clock = Clock()
    seen = iter([replace(SUBMITTED, state=f"JOB_STATE_{state}"), replace(SUBMITTED, state="JOB_STATE_SUCCEEDED")])

    job = wait_for_job(SUBMITTED, lambda: next(seen), clock.wait_context(RecordedReport()))

    assert job.state == "JOB_STATE_SUCCEEDED"


@pytest.mark.parametrize("state", ["SUCCEEDED", "PARTIALLY_SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"])
def test_final_state_ends_the_wait(state: str) -> None:
    """Final states are returned, whichever they are; the caller judges."""
    clock = Clock()
    final = replace(SUBMITTED, state=f"JOB_STATE_{state}")

    assert wait_for_job(SUBMITTED, lambda: final, clock.wait_context(RecordedReport())) == final


def test_unknown_state_is_warned_of_once() -> None:
    """A state that is new gets one warning, however often it is seen."""
    clock, report = Clock(), RecordedReport()
    new = replace(SUBMITTED, state="JOB_STATE_OF_TOMORROW")
    seen = iter([new, new, new, replace(SUBMITTED, state="JOB_STATE_SUCCEEDED")])

    wait_for_job(SUBMITTED, lambda: next(seen), clock.wait_context(report))

    assert report.warnings == [
        f"tuning job {NAME} is in the state 'JOB_STATE_OF_TOMORROW', which is new; still waiting"
    ]


def failing(clock: Clock, error: CtuneError, until_s: float) -> Callable[[], TuningJob]:
    def look() -> TuningJob:
        if clock.now_s < until_s:
            raise error
        return replace(SUBMITTED, state="JOB_STATE_SUCCEEDED")

    return look


@pytest.mark.parametrize(
    "error",
    [
        UnavailableError("refused", code=503),
        UnavailableError("no answer"),
        QuotaExceededError("refused", code=429),
        PermissionDeniedError("refused", code=401),
        CredentialsError("no token"),
    ],
    ids=["503", "network", "429", "expired token", "signed out"],
)
def test_trouble_that_passes_is_ridden_out(error: CtuneError) -> None:
    """429, 5xx, a lost network and an expired token cost time, never the wait."""
    clock = Clock()

    job = wait_for_job(SUBMITTED, failing(clock, error, until_s=3600), clock.wait_context(RecordedReport()))

    assert job.state == "JOB_STATE_SUCCEEDED"


def test_retry_after_is_honoured() -> None:
    """What the server asks for is waited, though the next look was due earlier."""
    clock = Clock()
    error = QuotaExceededError("refused", code=429, retry_after_s=30.0)

    wait_for_job(SUBMITTED, failing(clock, error, until_s=1.5), clock.wait_context(RecordedReport()))

    assert clock.now_s >= 30.0


def test_new_job_that_cannot_be_read_yet_is_waited_for() -> None:
    """A 404 shortly after create is patience."""
    clock = Clock()
    error = NotFoundError("not found", code=404)

    job = wait_for_job(SUBMITTED, failing(clock, error, until_s=60), clock.wait_context(RecordedReport()))

    assert job.state == "JOB_STATE_SUCCEEDED"


@pytest.mark.parametrize(
    ("error", "age_s"),
    [(NotFoundError("not found", code=404), 3600.0), (PermissionDeniedError("refused", code=403), 0.0)],
    ids=["old job is gone", "403"],
)
def test_trouble_that_waiting_cannot_mend_is_raised(error: ApiError, age_s: float) -> None:
    """A job that vanished and a permission that is missing end the wait with what the API said."""
    clock = Clock(now_s=age_s)

    with pytest.raises(type(error)):
        wait_for_job(SUBMITTED, failing(clock, error, until_s=1e9), clock.wait_context(RecordedReport()))


def test_timeout_says_that_the_job_goes_on() -> None:
    """At the deadline the user learns that the job runs on, its name, how to resume, how to cancel, and its page."""
    clock = Clock()
    context = clock.wait_context(RecordedReport(), timeout=timedelta(minutes=90))

    with pytest.raises(TuningJobTimeoutError) as raised:
        wait_for_job(SUBMITTED, Job(clock, timedelta(hours=5)).look, context)

    assert str(raised.value) == (
        f"the timeout of 1h30m passed [{NAME}]: the job goes on at Google (running). `pulumi up` waits for it again; "
        "to cancel it: `gcloud ai tuning-jobs cancel 42 --region=us-central1 --project=123456789012`; its page: "
        f"{PAGE}"
    )


def test_interruption_ends_the_wait_at_once() -> None:
    """An interruption leaves the wait within the pause that it hit."""
    clock = Clock(interrupt_at_s=100.0)

    with pytest.raises(WaitInterruptedError):
        wait_for_job(SUBMITTED, Job(clock, timedelta(hours=5)).look, clock.wait_context(RecordedReport()))

    assert clock.now_s == 100.0


def test_status_is_reported_at_least_every_heartbeat() -> None:
    """Between two looks the status is told again, so that nobody has to guess whether anything goes on."""
    clock, report = Clock(now_s=20_000), RecordedReport()
    context = clock.wait_context(report, poll_interval=timedelta(minutes=10), heartbeat=timedelta(seconds=30))

    wait_for_job(SUBMITTED, Job(clock, timedelta(seconds=20_400)).look, context)

    assert max(clock.pauses) <= 30.0


def test_ended_job_is_reported_with_the_time_that_it_took() -> None:
    """A job that ended long ago, as in an adoption or a change of labels, took 24 s, however old it is by now."""
    clock, report = Clock(now_s=389.0), RecordedReport()
    ended = replace(SUBMITTED, state="JOB_STATE_SUCCEEDED", end_time=START + timedelta(seconds=24))

    wait_for_job(ended, lambda: ended, clock.wait_context(report))

    assert report.statuses == ["succeeded after 24s"]


def test_job_that_ended_without_saying_when_is_not_timed() -> None:
    """Its age is no duration."""
    clock, report = Clock(now_s=389.0), RecordedReport()
    ended = replace(SUBMITTED, state="JOB_STATE_FAILED")

    wait_for_job(ended, lambda: ended, clock.wait_context(report))

    assert report.statuses == ["failed"]


def test_running_job_is_reported_with_its_age() -> None:
    """While it goes on, the line says for how long it has; before anything is counted it has room for the page."""
    clock, report = Clock(now_s=300.0), RecordedReport()

    wait_for_job(
        replace(SUBMITTED, state="JOB_STATE_RUNNING"), Job(clock, timedelta()).look, clock.wait_context(report)
    )

    assert report.statuses[0] == f"running after 5m, {SUBMITTED.console_url}"


def test_call_is_repeated_until_the_api_is_back() -> None:
    """`patiently` repeats what may be repeated for as long as the API is out of reach."""
    clock = Clock()

    job = patiently(failing(clock, UnavailableError("no answer"), until_s=600), clock.wait_context(RecordedReport()))

    assert job.state == "JOB_STATE_SUCCEEDED"


def test_call_gives_up_at_the_timeout() -> None:
    """`patiently` raises what the API last said once the timeout leaves no room for another try."""
    clock = Clock()
    context = clock.wait_context(RecordedReport(), timeout=timedelta(minutes=1))

    with pytest.raises(UnavailableError):
        patiently(failing(clock, UnavailableError("no answer"), until_s=1e9), context)


@pytest.mark.parametrize("repeating", [patiently, while_busy])
def test_nothing_is_sent_after_an_interruption(repeating: Callable[..., object]) -> None:
    """A verb that was interrupted between two requests sends no further one."""
    clock, sent = Clock(), []

    with pytest.raises(WaitInterruptedError) as refused:
        repeating(lambda: sent.append(1), clock.wait_context(RecordedReport(), interrupted=lambda: True))

    assert sent == []
    assert refused.value.never_sent


def test_look_that_is_interrupted_ends_the_wait_as_a_pause_does() -> None:
    """The user reads what goes on at Google, and not which request was cut short."""
    clock = Clock()

    def look() -> TuningJob:
        raise WaitInterruptedError("interrupted")

    with pytest.raises(WaitInterruptedError) as left:
        wait_for_job(SUBMITTED, look, clock.wait_context(RecordedReport()))

    assert str(left.value).startswith(f"the wait was interrupted [{NAME}]: the job goes on at Google")


def test_patience_with_a_new_jobs_404_goes_by_one_clock() -> None:
    """A server whose clock is ten minutes behind makes no new job an old one."""
    clock = Clock()
    job = replace(SUBMITTED, create_time=START - timedelta(minutes=10))
    missing = NotFoundError("refused", code=404, from_google=True)

    ended = wait_for_job(job, failing(clock, missing, until_s=60), clock.wait_context(RecordedReport()))

    assert ended.state == "JOB_STATE_SUCCEEDED"


@pytest.mark.parametrize("code", [302, 400, 403, 404, 407, 418])
def test_answer_of_somebody_on_the_way_is_ridden_out(code: int) -> None:
    """A captive portal must not cost a wait of hours."""
    clock = Clock()

    job = wait_for_job(
        SUBMITTED, failing(clock, ApiError("page", code=code), until_s=900), clock.wait_context(RecordedReport())
    )

    assert job.state == "JOB_STATE_SUCCEEDED"


def test_retry_after_of_ten_years_does_not_freeze_a_wait() -> None:
    """What a server may ask for has a limit."""
    clock = Clock()
    error = QuotaExceededError("refused", code=429, retry_after_s=315_360_000.0)

    wait_for_job(SUBMITTED, failing(clock, error, until_s=1.5), clock.wait_context(RecordedReport()))

    assert clock.now_s < 700
