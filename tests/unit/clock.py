"""A clock that moves only when somebody waits, and a report that remembers: the wait_context of a wait in tests."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pulumi_ctune.core.retry import WaitContext
from pulumi_ctune.tuning_job.wait import DEFAULT_TIMEOUT

START = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass
class RecordedReport:
    """What was reported, in order."""

    statuses: list[str] = field(default_factory=list)
    infos: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def status(self, text: str, *, detail: str = "") -> None:
        line = f"{text} {detail}".strip()
        if not self.statuses or self.statuses[-1] != line:
            self.statuses.append(line)

    def info(self, text: str) -> None:
        self.infos.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)


@dataclass
class Clock:
    """Seconds since `START`; `pauses` are the lengths of all pauses. The wait is interrupted at `interrupt_at_s`."""

    now_s: float = 0.0
    interrupt_at_s: float = float("inf")
    pauses: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.now_s

    def utc_now(self) -> datetime:
        return START + timedelta(seconds=self.now_s)

    def pause(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        self.now_s = min(self.now_s + seconds, max(self.now_s, self.interrupt_at_s))
        return self.now_s >= self.interrupt_at_s

    def interrupted(self) -> bool:
        return self.now_s >= self.interrupt_at_s

    def wait_context(self, report: RecordedReport, **options: Any) -> WaitContext:
        options = {"timeout": DEFAULT_TIMEOUT, "interrupted": self.interrupted, **options}
        return WaitContext(now=self.now, pause=self.pause, report=report, utc_now=self.utc_now, **options)
