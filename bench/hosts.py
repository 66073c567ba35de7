"""Many jobs at once in one real host process: how long they take, and what looking for them and waiting costs."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.emulator_process import JOB, EmulatorProcess, emulator_process
from bench.report import Line
from pulumi_ctune.providers import ContinuousTuningJobProvider
from tests.host.harness import PULUMI_HOST, Created, Pending, ProviderHost, urn

BARE_HOST = ("-m", "bench.bare_host")
READING_HOST = ("-m", "bench.reading_host")
CALL_LIMIT_S = 600.0
OLD_JOBS = 10_000
_FEWER = 5  # times fewer waits that read alone: what they cost grows with their number, and they need minutes to begin
_FOR_EVER_S = 24 * 3600.0
_WAITING = ("submitted tuning job", "took over tuning job")  # the latter where an answer was lost under the load


def many_jobs(count: int = 64, job_duration_s: float = 3) -> list[Line]:
    """So many creates at once, and a Check while they run."""
    (our_time, our_check), (bare_time, bare_check) = (
        _all_done_s(command, count, job_duration_s) for command in (PULUMI_HOST, BARE_HOST)
    )
    jobs = f"{count} jobs of {job_duration_s:g} s at once"
    baseline_is = "same provider on a bare host"
    return [
        Line(f"{jobs}: all done after", "s", our_time, bare_time, baseline_is, "1 run"),
        Line(f"{jobs}: a Check meanwhile", "s", our_check, bare_check, baseline_is, "1 run"),
    ]


def many_creates(count: int = 64) -> list[Line]:
    """What so many creates at once cost until each has submitted its job, beside many jobs of other stacks."""
    ours, empty = (_submitted(count, old_jobs) for old_jobs in (OLD_JOBS, 0))
    creates = f"{count} creates, {OLD_JOBS:,} old jobs"
    baseline_is, note = "same in an empty project", "until all are submitted"
    return [
        Line(f"{creates}: requests", "", ours.requests, empty.requests, baseline_is, note),
        Line(f"{creates}: CPU seconds", "s", ours.cpu_s, empty.cpu_s, baseline_is, note),
    ]


def many_waits(count: int = 500) -> list[Line]:
    """What a host costs while so many creates wait in it: jobs that are new, and jobs that are an hour old."""
    fewer, half = count // _FEWER, count // 2
    new, old = _waits(count, 0, 60), _waits(half, 3600, 20)
    alone = _waits(fewer, 0, 20, READING_HOST)
    waits, idle_is = f"{count} waits", "same host before the first job"
    alone_is = f"a read for each look: {fewer} waits, times {_FEWER}"
    beside = f"beside {OLD_JOBS:,} old jobs; "
    most = f"at most {0.08 * 60:.1f} s", "at most 150"
    return [
        Line(f"{waits}: memory (RSS)", "MB", new.memory_mb, new.idle_memory_mb, idle_is),
        Line(f"{waits}: threads", "", new.threads, new.idle_threads, idle_is),
        *(
            line
            for which, found, wanted in (
                (f"{waits}, new jobs", new, most),
                (f"{half} waits, jobs of 1 h", old, ("", "")),
            )
            for line in (
                Line(
                    f"{which}: CPU seconds a minute",
                    "s",
                    found.cpu_s,
                    _FEWER * alone.cpu_s if found is new else found.idle_cpu_s,
                    alone_is if found is new else idle_is,
                    "; ".join(filter(None, (f"over {found.seconds:.0f} s", wanted[0]))),
                ),
                Line(
                    f"{which}: requests a minute",
                    "",
                    found.requests,
                    _FEWER * alone.requests if found is new else half,
                    alone_is if found is new else "a read for each a minute",
                    beside + (wanted[1] or "poll interval 60 s"),
                ),
            )
        ),
    ]


def _all_done_s(command: Sequence[str], count: int, job_duration_s: float) -> tuple[float, float]:
    with emulator_process(job_duration_s=job_duration_s) as emulator, _host(emulator, command) as host:
        checked = _checked(host, count)
        began = time.monotonic()
        creates = _start(host, checked)
        time.sleep(job_duration_s / 2)
        asked = time.monotonic()
        host.check(JOB, urn=_urn("other"))
        check_s = time.monotonic() - asked
        for create in creates:
            create.result()
        return time.monotonic() - began, check_s


@dataclass(frozen=True)
class _Submitted:
    cpu_s: float
    requests: int


def _submitted(count: int, old_jobs: int) -> _Submitted:
    with emulator_process(job_duration_s=_FOR_EVER_S, old_jobs=old_jobs) as emulator, _host(emulator) as host:
        checked = _checked(host, count)
        emulator.requests()
        before = _cpu_s(host.process.pid)
        creates = _start(host, checked)
        _wait_until_submitted(host, creates)
        found = _Submitted(_cpu_s(host.process.pid) - before, emulator.requests())
        _interrupt(host, creates)
    return found


@dataclass(frozen=True)
class _Waits:
    """What a host costs while jobs are waited for; `idle_` before the first. CPU seconds and requests a minute."""

    seconds: float
    memory_mb: float
    threads: int
    cpu_s: float
    requests: float
    idle_memory_mb: float
    idle_threads: int
    idle_cpu_s: float


def _waits(count: int, age_s: float, seconds: float, command: Sequence[str] = PULUMI_HOST) -> _Waits:
    with (
        emulator_process(job_duration_s=_FOR_EVER_S, behind_s=age_s, old_jobs=OLD_JOBS) as emulator,
        _host(emulator, command) as host,
    ):
        checked = _checked(host, count)
        pid = host.process.pid
        idle_memory, idle_threads, idle_cpu = _memory_mb(pid), _threads(pid), _cpu_per_minute(pid, 3)
        creates = _start(host, checked)
        _wait_until_submitted(host, creates)
        emulator.requests()
        began = time.monotonic()
        cpu = _cpu_per_minute(pid, seconds)
        requests = emulator.requests() / (time.monotonic() - began) * 60
        memory, threads = _memory_mb(pid), _threads(pid)
        _interrupt(host, creates)
    return _Waits(seconds, memory, threads, cpu, requests, idle_memory, idle_threads, idle_cpu)


def _wait_until_submitted(host: ProviderHost, creates: list[Pending[Created]]) -> None:
    while sum(any(text in line.text for text in _WAITING) for line in host.logs) < len(creates):
        if any(create.done() for create in creates):
            raise RuntimeError(f"a create ended early: {next(c for c in creates if c.done()).error()}")
        time.sleep(0.2)


def _interrupt(host: ProviderHost, creates: list[Pending[Created]]) -> None:
    host.cancel()
    for create in creates:
        create.error()


def _host(emulator: EmulatorProcess, command: Sequence[str] = PULUMI_HOST) -> ProviderHost:
    config = {"ctune:apiEndpoint": emulator.url, "ctune:storageEndpoint": emulator.url}
    return ProviderHost(ContinuousTuningJobProvider(), config=config, command=command, call_limit_s=CALL_LIMIT_S)


def _checked(host: ProviderHost, count: int) -> list[dict[str, Any]]:
    return [
        host.check({**JOB, "tuned_model_display_name": f"model-{number}"}, urn=_urn(f"job-{number}")).inputs
        for number in range(count)
    ]


def _start(host: ProviderHost, checked: list[dict[str, Any]]) -> list[Pending[Created]]:
    return [host.start_create(inputs, urn=_urn(f"job-{number}")) for number, inputs in enumerate(checked)]


def _urn(name: str) -> str:
    return urn(name, type="pulumi-python:dynamic/ctune:ContinuousTuningJob")


def _cpu_per_minute(pid: int, seconds: float) -> float:
    before, began = _cpu_s(pid), time.monotonic()
    time.sleep(seconds)
    return (_cpu_s(pid) - before) / (time.monotonic() - began) * 60


def _cpu_s(pid: int) -> float:
    # In jiffies, a hundredth of a second each on every Linux; fields as of proc(5), counted behind the command's name.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _memory_mb(pid: int) -> float:
    return int(_status(pid, "VmRSS").split()[0]) / 1024


def _threads(pid: int) -> int:
    return int(_status(pid, "Threads"))


def _status(pid: int, name: str) -> str:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.partition(":")[2].strip() for line in lines if line.startswith(name + ":"))
