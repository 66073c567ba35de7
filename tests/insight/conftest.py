"""The rig of `tests.core`: real verbs, a real emulator, simulated time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig.start(tmp_path / "emulator") as started:
        yield started
