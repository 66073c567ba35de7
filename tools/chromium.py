"""A real Chromium, driven over its DevTools protocol: what a page asks for, complains of, and how wide it is.

Found through CHROME or PATH. There is no test without one: that would be a proof of nothing.
https://chromedevtools.github.io/devtools-protocol/
"""

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self
from urllib.request import urlopen

from websockets.sync.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MISSING = "there is no Chromium: install it (`apt-get install chromium`), or name one with CHROME=/path/to/chrome"
_STARTS_WITHIN_S = 60.0
_ANSWERS_WITHIN_S = 60.0

Theme = Literal["light", "dark"]


def executable() -> str:
    """The path of the browser. Raises `RuntimeError` with one line where there is none."""
    named = os.environ.get("CHROME")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise RuntimeError(f"CHROME={named} is no program" if named else MISSING)
    return found


@dataclass
class Page:
    """A page that was opened: `requests` are the URLs it asked for beside its own, `errors` what its console says."""

    _devtools: "_DevTools"
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression of JavaScript."""
        answer = self._devtools.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def screenshot(self, file: Path, top: float = 0, height: float | None = None) -> None:
        """The page as a PNG, all of it or from `top` on."""
        box = self.evaluate("[document.documentElement.clientWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": top, "width": box[0], "height": height or box[1] - top, "scale": 1}
        answer = self._devtools.ask("Page.captureScreenshot", captureBeyondViewport=True, format="png", clip=clip)
        file.write_bytes(base64.b64decode(answer["data"]))

    def pdf(self) -> bytes:
        answer = self._devtools.ask("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(answer["data"])


class Browser:
    """A running browser with a profile of its own."""

    def __init__(self, devtools: "_DevTools") -> None:
        self._devtools = devtools

    @classmethod
    @contextmanager
    def start(cls, profile: Path) -> Iterator[Self]:
        options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run")
        quiet = ("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage")
        command = [
            executable(),
            *options,
            *quiet,
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
            "about:blank",
        ]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with connect(_address(process, profile), max_size=None) as socket:
                devtools = _DevTools(socket)
                yield cls(devtools)
                devtools.ask("Browser.close")
        finally:
            process.terminate()
            process.wait()

    def open(self, file: Path, *, width: int, theme: Theme = "light", media: str = "") -> Page:
        """Open a local file in a window of this width; `media` is `print` for how it looks on paper."""
        page = Page(self._devtools)
        self._devtools.page, self._devtools.own = page, file.as_uri()
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._devtools.ask(f"{domain}.enable")
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self._devtools.ask("Emulation.setDeviceMetricsOverride", **size)
        features = [{"name": "prefers-color-scheme", "value": theme}]
        self._devtools.ask("Emulation.setEmulatedMedia", media=media, features=features)
        self._devtools.ask("Page.navigate", url=file.as_uri())
        self._devtools.wait_for("Page.loadEventFired")
        return page


class _DevTools:
    """The protocol: an answer for each question, and events between them."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._count = 0
        self._events: list[str] = []
        self.page: Page | None = None
        self.own = ""

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": parameters}))
        if method == "Page.navigate":
            self._events.clear()
        while True:
            message = self._next()
            if message.get("id") == self._count:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                found: dict[str, Any] = message["result"]
                return found

    def wait_for(self, event: str) -> None:
        while event not in self._events:
            self._next()

    def _next(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._socket.recv(timeout=_ANSWERS_WITHIN_S))
        if "method" in message:
            self._events.append(message["method"])
            self._note(message["method"], message["params"])
        return message

    def _note(self, event: str, details: Mapping[str, Any]) -> None:
        if self.page is None:
            return
        if event == "Network.requestWillBeSent" and details["request"]["url"].partition("#")[0] != self.own:
            self.page.requests.append(details["request"]["url"])
        if event == "Runtime.exceptionThrown" or (event == "Runtime.consoleAPICalled" and details["type"] == "error"):
            self.page.errors.append(json.dumps(details)[:500])
        if event == "Log.entryAdded":
            self.page.errors.append(details["entry"]["text"])


def _address(process: "subprocess.Popen[bytes]", profile: Path) -> str:
    """Where the first tab is driven, once the browser says its port."""
    until = time.monotonic() + _STARTS_WITHIN_S
    file = profile / "DevToolsActivePort"
    while time.monotonic() < until and process.poll() is None:
        if file.exists() and (lines := file.read_text().splitlines()):
            with urlopen(f"http://127.0.0.1:{lines[0]}/json/list") as answer:
                tabs = [tab for tab in json.load(answer) if tab["type"] == "page"]
            if tabs:
                return str(tabs[0]["webSocketDebuggerUrl"])
        time.sleep(0.05)
    raise RuntimeError(f"{executable()} did not start (exit code {process.poll()})")
