"""Messages to the engine."""

from datetime import timedelta

import pytest

from pulumi_ctune.verbs import status

from .engine_stub import EngineStub, LogLine
from .harness import ProviderHost, urn

HEARTBEAT = timedelta(seconds=30)


class Clock:
    """A clock that stands still unless told to go on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_status_is_ephemeral_and_a_warning_stays(host: ProviderHost) -> None:
    """Progress stands on the resource's row while it runs; what is worth keeping goes into the diagnostics."""
    host.create({"do": "show"}, urn=urn("sft"))

    assert host.logs == [
        LogLine("INFO", "JOB_STATE_RUNNING (3s)", urn("sft"), ephemeral=True),
        LogLine("INFO", "epoch 1 of 2", urn("sft"), ephemeral=True),
        LogLine("WARNING", "2 examples were dropped", urn("sft"), ephemeral=False),
    ]


def test_message_without_engine_is_dropped() -> None:
    """The command line of this process names no engine, and that is no error."""
    assert status.log("nobody hears this") is False


def test_message_to_a_closed_port_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that is gone is no error either."""
    with EngineStub() as engine:
        monkeypatch.setattr("sys.argv", ["host", engine.address])
    assert status.log("too late") is False


def test_unchanged_status_is_sent_again_as_a_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same text is not repeated within the heartbeat, and the detail alone is no change."""
    clock = Clock()
    with EngineStub() as engine:
        monkeypatch.setattr("sys.argv", ["host", "--tracing", engine.address])
        line = status.StatusLine("", heartbeat=HEARTBEAT, clock=clock)

        line.show("epoch 1", detail="(1s)")
        clock.now += 29
        line.show("epoch 1", detail="(30s)")
        clock.now += 1
        line.show("epoch 1", detail="(31s)")
        line.show("epoch 2", detail="(31s)")

        assert [sent.text for sent in engine.logs] == ["epoch 1 (1s)", "epoch 1 (31s)", "epoch 2 (31s)"]


def test_status_is_rare_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody watches a CI job's row, and each message is a line of its log."""
    monkeypatch.setenv("CI", "true")
    status._is_watched.cache_clear()

    heartbeat = status.usual_heartbeat()
    status._is_watched.cache_clear()

    assert heartbeat == timedelta(minutes=5)
