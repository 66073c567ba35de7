"""Where the browser is found, and that its absence is one line."""

import pytest

from tools import chromium


def test_browser_that_is_named_and_is_none_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROME", "/nowhere/chrome")

    with pytest.raises(RuntimeError, match=r"^CHROME=/nowhere/chrome is no program$"):
        chromium.executable()


def test_machine_without_a_browser_is_reported_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROME", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(RuntimeError, match=r"^there is no Chromium: install it .* or name one with CHROME=") as raised:
        chromium.executable()

    assert "\n" not in str(raised.value)
