"""How the stand-in behaves: durations, limits and switches, kept in the store for all processes that share it."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from pulumi_ctune.emulator.store import Transaction
from pulumi_ctune.emulator.wsgi import ApiProblem

_KIND, _NAME = "settings", "settings"
_NOT_STORED = ("allow_code_rewards",)


@dataclass(frozen=True)
class Settings:
    """All settings with their defaults. Durations are seconds of the stand-in's clock."""

    job_duration_s: float = 20.0
    """From a job's first RUNNING to its end."""
    job_start_delay_s: float = 0.5
    """From create to the first RUNNING: the time in `JOB_STATE_PENDING`."""
    cancel_duration_s: float = 0.5
    """From cancel to `JOB_STATE_CANCELLED`."""
    operation_duration_s: float = 0.2
    """From the call to a long-running operation's end."""
    max_concurrent_jobs: int = 0
    """Jobs of a project that may run at once; further ones wait in `JOB_STATE_QUEUED`. 0 is no limit."""
    allow_code_rewards: bool = False
    """Whether reward code out of requests is run. Set when the process starts, never stored and never by a request."""


def read(tx: Transaction, *, allow_code_rewards: bool) -> Settings:
    """The settings of this store; `allow_code_rewards` is the process's own."""
    stored = tx.get(_KIND, _NAME) or {}
    return replace(Settings(), **stored, allow_code_rewards=allow_code_rewards)


def change(tx: Transaction, changes: dict[str, Any], *, allow_code_rewards: bool) -> Settings:
    """Change some settings by name.

    Raises:
        ApiProblem: 400 for an unknown name, a wrong type or a negative number.
    """
    types = {item.name: item.type for item in fields(Settings) if item.name not in _NOT_STORED}
    for name, value in changes.items():
        if name not in types:
            raise ApiProblem(400, f"Unknown setting {name!r}; there are {', '.join(types)}.")
        if isinstance(value, bool) or not isinstance(value, int if types[name] is int else (int, float)) or value < 0:
            raise ApiProblem(400, f"Setting {name!r} must be a number of zero or more, not {value!r}.")
    changed = replace(read(tx, allow_code_rewards=allow_code_rewards), **changes)
    tx.put(_KIND, _NAME, {name: value for name, value in asdict(changed).items() if name not in _NOT_STORED})
    return changed
