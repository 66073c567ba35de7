"""What the random sequences have covered, as a section of pytest's summary; a pytest plugin (see `tests/conftest.py`).

From a thousand sequences on, a run in which a kill point or an outcome never happened fails.
"""

import pytest

from tests.property.coverage import Coverage

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
