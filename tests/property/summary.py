"""What the random sequences have covered, as a section of pytest's summary; a pytest plugin (see `tests/conftest.py`).

A run of the whole suite fails if a kill point or an outcome never happened, or if a shard of the sequences is lost.
"""

import pytest

from tests.property.coverage import Coverage

_SELECTIONS = ("keyword", "markexpr", "deselect", "lf", "stepwise", "collectonly")
"""pytest's options that leave tests out."""

_total = Coverage()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "teardown":
        for name, value in report.user_properties:
            if name == "coverage":
                _total.add(Coverage.of_json(str(value)))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _is_whole_suite(session.config) and _total.missing() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _total.counts or _is_whole_suite(terminalreporter.config):
        terminalreporter.section(f"{_sequences()} sequences of runs and trouble")
        for line in (*_total.lines(), *(f"NEVER COVERED {name}" for name in _total.missing())):
            terminalreporter.write_line(line)


def _is_whole_suite(config: pytest.Config) -> bool:
    """Whether nothing was left out, seen from the process that has all reports."""
    is_worker = hasattr(config, "workerinput")
    is_all = config.args_source == pytest.Config.ArgsSource.TESTPATHS
    return is_all and not is_worker and not any(config.getoption(name, default=None) for name in _SELECTIONS)


def _sequences() -> int:
    return sum(_total.counts.get("sequence", {}).values())
