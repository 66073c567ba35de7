"""The saved state, asked of a CLI that does not answer."""

import os
import threading
from pathlib import Path

import pytest

from pulumi_ctune.core.errors import WaitInterruptedError
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.verbs import interruption, saved_state
from pulumi_ctune.verbs.interruption import Interruption, Watch

OWNER = Owner("acme-org", "infra", "dev", "sft", "urn:pulumi:dev::infra::t::sft")


def test_interruption_ends_a_look_at_the_saved_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that hangs holds no Ctrl-C up, and neither does what the CLI has started itself."""
    os.mkfifo(tmp_path / "asked")
    cli = tmp_path / "pulumi"
    cli.write_text(f"#!/bin/sh\n/bin/sleep 60 &\necho > {tmp_path}/asked\nwait\necho '{{}}'\n")
    cli.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    watch = Watch()

    def interrupt() -> None:
        (tmp_path / "asked").read_text()  # comes back once the CLI runs
        watch.interrupt(Interruption.CANCELLED)

    user = threading.Thread(target=interrupt)
    user.start()
    with interruption.heard_by(watch), pytest.raises(WaitInterruptedError, match="nothing more is sent"):
        saved_state.saved_resources(OWNER)
    user.join()
