"""The profile `ci` of hypothesis, and what the random sequences have covered as a section of pytest's summary.

Each shard has a seed, its number, so that every run plays the same sequences. Under pytest-xdist the summary needs this
file on the command line (`pytest tests/property`): the process that prints loads no other plugins of folders.
"""

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.property.coverage import Coverage

settings.register_profile(
    "ci",
    max_examples=260,
    stateful_step_count=16,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
    report_multiple_bugs=False,
    phases=[Phase.generate],  # shrinking takes minutes: drop this line to have it
)

_ENOUGH = 1000
"""Sequences from which on everything must have been covered; fewer are a part of the suite."""

_total = Coverage()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "teardown":
        for name, value in report.user_properties:
            if name == "coverage":
                _total.add(Coverage.of_json(str(value)))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _sequences() >= _ENOUGH and _total.missing() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _total.counts:
        terminalreporter.section(f"{_sequences()} sequences of runs and trouble")
        for line in (*_total.lines(), *(f"NEVER COVERED {name}" for name in _total.missing())):
            terminalreporter.write_line(line)


def _sequences() -> int:
    return sum(_total.counts.get("sequence", {}).values())
