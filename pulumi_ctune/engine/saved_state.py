"""What the saved state of the stack holds of tuning jobs, asked of the CLI: the one evidence of what a state holds.

The engine tells a provider nothing of the state where it creates: a forced replacement (`--replace`) looks like a new
resource, and so does one whose save failed, or that was deleted from the state. Asked only where a job of the
resource's own was found, since it takes a second or two. `pulumi stack export` needs no lock and decrypts nothing.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pulumi_ctune.tuning.attributes import OWNER, RECORDED
from pulumi_ctune.tuning.identity import Owner
from pulumi_ctune.tuning.run_knowledge import SavedJob

JOB_TYPE = "pulumi-python:dynamic/ctune:ContinuousTuningJob"

_LIMIT_S = 30.0


def saved_jobs(owner: Owner) -> Sequence[SavedJob] | None:
    """The jobs that the stack's saved state holds; None where nobody could say."""
    executable = shutil.which("pulumi")
    if executable is None:
        return None
    stack = "/".join(filter(None, (owner.organization, owner.project, owner.stack)))
    command = [executable, "stack", "export", f"--stack={stack}", "--non-interactive", "--color=never"]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=_LIMIT_S,
            check=True,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
        )
        return jobs_in(json.loads(done.stdout))
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


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
