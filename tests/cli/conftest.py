"""An emulator that commands share with a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.service import Service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path)
    yield made
    made.close()
