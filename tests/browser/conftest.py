"""One browser for all tests here."""

from collections.abc import Iterator

import pytest

from tools.chromium import Browser, executable


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    try:
        executable()
    except RuntimeError as error:
        pytest.fail(str(error), pytrace=False)
    with Browser.start(tmp_path_factory.mktemp("chromium") / "profile") as started:
        yield started
