"""What the saved state of the stack holds of tuning jobs, asked of the CLI: the one evidence of what a state holds.

The engine tells a provider nothing of the state where it creates: a forced replacement (`--replace`) looks like a new
resource, and so does one whose save failed, or that was deleted from the state. Asked only where a job of the
resource's own was found, since it takes a second or two; a Ctrl-C ends it, and so does a backend that does not answer.
`pulumi stack export` needs no lock and decrypts nothing.
"""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from pulumi_ctune.core.errors import WaitInterruptedError
from pulumi_ctune.core.hidden import OWNER, RECORDED
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.core.retry import AGAIN
from pulumi_ctune.dynamic import interruption
from pulumi_ctune.tuning_job.run_knowledge import SavedJob

JOB_TYPE = "pulumi-python:dynamic/ctune:ContinuousTuningJob"

_LIMIT_S = 30.0


def saved_jobs(owner: Owner) -> Sequence[SavedJob] | None:
    """The jobs that the stack's saved state holds; None where nobody could say. Raises `WaitInterruptedError`."""
    executable = shutil.which("pulumi")
    if executable is None:
        return None
    stack = "/".join(filter(None, (owner.organization, owner.project, owner.stack)))
    command = [executable, "stack", "export", f"--stack={stack}", "--non-interactive", "--color=never"]
    watch = interruption.current()
    found: Sequence[SavedJob] | None
    try:
        document = _output_of(command, watch)
        found = None if document is None else jobs_in(json.loads(document))
    except (OSError, ValueError, subprocess.SubprocessError):
        found = None
    if watch.is_interrupted():
        raise WaitInterruptedError("interrupted", why="nothing more is sent", next_step=AGAIN).but(never_sent=True)
    return found


def _output_of(command: Sequence[str], watch: interruption.Watch) -> str | None:
    """What the command prints; None where it fails. An interruption ends it, with all that it has started."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
        start_new_session=True,
    )
    with process:
        forget = watch.listen(partial(_kill, process))
        try:
            printed, _ = process.communicate(timeout=_LIMIT_S)
        except BaseException:
            _kill(process)
            raise
        finally:
            forget()
    return printed if process.returncode == 0 else None


def _kill(process: "subprocess.Popen[str]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def jobs_in(export: Mapping[str, Any]) -> Sequence[SavedJob]:
    """The jobs in an exported state, entries that wait for their deletion included."""
    resources = (export.get("deployment") or {}).get("resources") or ()
    return [_job(resource) for resource in resources if resource.get("type") == JOB_TYPE and resource.get("id")]


def _job(resource: Mapping[str, Any]) -> SavedJob:
    outputs = resource.get("outputs") or {}
    return SavedJob(
        urn=str(resource.get("urn") or ""),
        job=str(resource["id"]),
        token=str((outputs.get(OWNER) or {}).get("token") or ""),
        recorded=bool(outputs.get(RECORDED)),
        create_time=moment(outputs.get("create_time")),
        leaving=bool(resource.get("delete")),
    )


def moment(text: Any) -> datetime | None:
    """A time of a state; None for one that is none."""
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
