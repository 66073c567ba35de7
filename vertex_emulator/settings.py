"""How the emulator behaves: durations, limits and switches, kept in the store for all processes that share it."""

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from vertex_emulator.store import Transaction
from vertex_emulator.wsgi import ApiProblem

_KIND, _NAME = "settings", "settings"
_OF_PROCESS = {"of_process": True}


@dataclass(frozen=True)
class Settings:
    """All settings with their defaults. Durations are seconds of the emulator's clock."""

    job_duration_s: float = 20.0
    """From a job's first RUNNING to its end."""
    job_start_delay_s: float = 0.5
    """From create to the first RUNNING: the time in `JOB_STATE_PENDING`."""
    cancel_duration_s: float = 0.5
    """From cancel to `JOB_STATE_CANCELLED`."""
    late_fields_share: float = 0.05
    """Share of a job's running time in which `serviceAccount`, `experiment` and counts of the data are in no answer
    yet: half a minute at Google.
    """
    grant_delay_s: float = 0.0
    """How long a service account is refused from the first job on that names it, or from the first copy that it makes:
    two to seven minutes at Google, where the account's grants were made moments before.
    """
    copies_need_grants: int = 1
    """Whether a copy out of another project needs a role there, for the agent that copies. 0 takes it for granted."""
    operation_duration_s: float = 0.2
    """From the call to a long-running operation's end."""
    undeployed_id_taken_s: float = 0.0
    """How long the id of a deployment stays taken on its endpoint after it was undeployed. Google's pages do not say
    whether it is ever free again: a large number makes each id good for one deployment.
    """
    evaluation_start_delay_s: float = 0.1
    """From the create of an evaluation run to its first state after `PENDING`."""
    evaluation_duration_s: float = 1.0
    """From there to its end: one to two seconds at Google for one row without a judge, many minutes with judges."""
    evaluation_lists_show_labels: int = 0
    """Whether lists of evaluation runs show labels, and can be filtered by them: not known of Google's."""
    max_concurrent_evaluation_runs: int = 0
    """Evaluation runs of a project and location that may be under way at once, 20 at Google. 0 is no limit."""
    max_concurrent_jobs: int = 0
    """Jobs of a project that may run at once; further ones wait in `JOB_STATE_QUEUED`. 0 is no limit."""
    state_dir: Path = field(default=Path(), metadata=_OF_PROCESS)
    """Where the store lies, and `buckets/` beside it."""
    allow_code_rewards: bool = field(default=False, metadata=_OF_PROCESS)
    """Whether code of rewards and metrics out of requests is run: said when the process starts, never by a request."""


def stored_values(settings: Settings) -> dict[str, Any]:
    """The settings that are kept in the store, by name: all but those of the process."""
    return {item.name: getattr(settings, item.name) for item in fields(settings) if not item.metadata}


def read(tx: Transaction, process: Settings) -> Settings:
    """The settings of this store, with those of the process taken from `process`."""
    return replace(process, **(tx.get(_KIND, _NAME) or {}))


def change(tx: Transaction, process: Settings, changes: dict[str, Any]) -> Settings:
    """Change some settings by name.

    Raises:
        ApiProblem: 400 for an unknown name, a wrong type or a negative number.
    """
    current = read(tx, process)
    known = stored_values(current)
    for name, value in changes.items():
        if name not in known:
            raise ApiProblem(400, f"There is no setting {name!r} to change; there are {', '.join(known)}.")
        expected = int if isinstance(getattr(Settings, name), int) else (int, float)
        if isinstance(value, bool) or not isinstance(value, expected) or not 0 <= value < float("inf"):
            raise ApiProblem(400, f"The setting {name!r} must be a number of zero or more, not {value!r}.")
    changed = replace(current, **changes)
    tx.put(_KIND, _NAME, stored_values(changed))
    return changed
