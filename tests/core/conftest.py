"""The core on the real client and the emulator, with a clock that moves only when somebody waits."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig.start(tmp_path) as rig:
        yield rig
