"""A command on a real terminal, a pty of any size: what it shows, picture by picture, and what is typed there."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

# Of a session of its own, with the pty as its terminal: so that ^C typed there is a SIGINT.
_ON_TERMINAL = [
    *(sys.executable, "-c"),
    "import fcntl, os, sys, termios\n"
    "os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])",
]
LIMIT_S = 60.0
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NEXT_FRAME = re.compile(r"(?:\x1b\[1A\x1b\[2K)+")


@dataclass
class Terminal:
    """A command that runs on a pty; what it has printed so far is in `printed`."""

    process: "subprocess.Popen[bytes]"
    master: int
    printed: str = ""
    _reader: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + LIMIT_S
        while text not in self.plain:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{text!r} was never shown:\n{self.plain}")
            time.sleep(0.02)

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def end(self) -> int:
        """The exit code, once the command has ended and all that it printed is there."""
        code = self.process.wait(LIMIT_S)
        self._reader.join(LIMIT_S)
        return code

    @property
    def plain(self) -> str:
        return _ESCAPES.sub("", self.printed)

    @property
    def frames(self) -> list[list[str]]:
        """The lines of each picture that a live view has drawn."""
        return [_ESCAPES.sub("", frame).splitlines() for frame in _NEXT_FRAME.split(self.printed)]

    def _read(self) -> None:
        rest = b""
        while True:
            try:
                data = os.read(self.master, 65_536)
            except OSError:  # the other side is closed
                return
            if not data:
                return
            rest += data
            text = rest.decode(errors="ignore")
            if text.encode() == rest:
                self.printed, rest = self.printed + text.replace("\r\n", "\n"), b""


@contextmanager
def on_terminal(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], columns: int = 80, lines: int = 24
) -> Iterator[Terminal]:
    """Run the command, whose program is named by its full path, on a terminal of this size."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    process = subprocess.Popen(
        [*_ON_TERMINAL, *command],
        cwd=cwd,
        env={"TERM": "xterm-256color", "LANG": "C.UTF-8", **env},
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        process.kill()
        process.wait()
        os.close(master)
