"""What the saved state of a stack holds, asked of the CLI: the one evidence of what a state holds.

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
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from pulumi_ctune.core.errors import WaitInterruptedError
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.core.retry import AGAIN
from pulumi_ctune.verbs import interruption
from pulumi_ctune.vertex.shared_reads import SharedReads

_LIMIT_S = 30.0


def saved_resources(owner: Owner) -> Sequence[Mapping[str, Any]] | None:
    """The resources that the saved state of an owner's stack holds, those included that wait for their deletion.

    Shared with all who ask at the same time: never what was read before this call. None where nobody could say. Raises
    `WaitInterruptedError`.
    """
    return _reads.read((owner.organization, owner.project, owner.stack), lambda: _read(owner))


def _on_interruption(release: Callable[[], None]) -> Callable[[], None]:
    return interruption.current().listen(release)


_reads: SharedReads[Sequence[Mapping[str, Any]] | None] = SharedReads(_on_interruption)


def _read(owner: Owner) -> Sequence[Mapping[str, Any]] | None:
    executable = shutil.which("pulumi")
    if executable is None:
        return None
    stack = "/".join(filter(None, (owner.organization, owner.project, owner.stack)))
    command = [executable, "stack", "export", f"--stack={stack}", "--non-interactive", "--color=never"]
    watch = interruption.current()
    found: Sequence[Mapping[str, Any]] | None
    try:
        document = _output_of(command, watch)
        found = None if document is None else resources_in(json.loads(document))
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


def resources_in(export: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The resources of an exported state."""
    return (export.get("deployment") or {}).get("resources") or ()
