"""Many jobs at once in one real host process: how long they take, and what waiting for them costs."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.report import Line
from bench.stand_in import JOB, stand_in
from pulumi_ctune.providers import ContinuousTuningJobProvider
from tests.host.harness import PULUMI_HOST, Created, Pending, ProviderHost, urn

BARE_HOST = ("-m", "bench.bare_host")
CALL_LIMIT_S = 1800.0
ALL_WAIT_LIMIT_S = 600.0  # until each of the jobs is submitted and waited for
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


def many_waits(count: int = 500, seconds: float = 60) -> list[Line]:
    """What a host costs while so many creates wait in it: jobs that are new, and jobs that are an hour old."""
    return [*_waits("new jobs", 0, count, seconds), *_waits("jobs of 1 h", 3600, count, seconds)]


def _all_done_s(command: Sequence[str], count: int, job_duration_s: float) -> tuple[float, float]:
    with stand_in(job_duration_s=job_duration_s) as url, _host(url, command) as host:
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


def _waits(which: str, age_s: float, count: int, seconds: float) -> list[Line]:
    with stand_in(job_duration_s=_FOR_EVER_S, behind_s=age_s) as url, _host(url, PULUMI_HOST) as host:
        checked = _checked(host, count)
        pid = host.process.pid
        idle_memory, idle_threads = _memory_mb(pid), _threads(pid)
        idle_cpu = _cpu_per_minute(pid, seconds / 4)
        creates = _start(host, checked)
        deadline = time.monotonic() + ALL_WAIT_LIMIT_S
        while (waiting := sum(any(text in line.text for text in _WAITING) for line in host.logs)) < count:
            if any(create.done() for create in creates):
                raise RuntimeError(f"a create ended early: {next(c for c in creates if c.done()).error()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"only {waiting} of {count} jobs are waited for after {ALL_WAIT_LIMIT_S:g} s")
            time.sleep(1)
        cpu = _cpu_per_minute(pid, seconds)
        memory, threads = _memory_mb(pid), _threads(pid)
        host.cancel()
        for create in creates:
            create.error()
    waits = f"{count} waits, {which}"
    baseline_is = "same host before the first job"
    return [
        Line(f"{waits}: memory (RSS)", "MB", memory, idle_memory, baseline_is),
        Line(f"{waits}: threads", "", threads, idle_threads, baseline_is),
        Line(f"{waits}: CPU seconds a minute", "s", cpu, idle_cpu, baseline_is, f"over {seconds:.0f} s"),
    ]


def _host(url: str, command: Sequence[str]) -> ProviderHost:
    config = {"ctune:apiEndpoint": url, "ctune:storageEndpoint": url}
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
