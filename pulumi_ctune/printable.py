"""Foreign text as it may be printed: no control characters, not too long, not too many names.

Answers of servers, rows of datasets and names that others chose end up in terminals and CI logs. What could steer those
is written as an escape; the work is linear in the text's length. Knows neither errors nor the engine, which use it.
"""

import json
import re
import threading
from collections.abc import Sequence
from urllib.parse import quote

MOST_NAMES = 10
"""How many names a message lists before it counts the rest."""

# C0 and C1 controls (but tab and line breaks), soft hyphen, Arabic letter mark, zero width and bidi marks, line and
# paragraph separators, invisible operators, isolates, byte order mark, lone surrogates, interlinear marks, tags.
_STEERING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


_SHORTEST_SECRET = 3  # a shorter one would make every text unreadable, and Pulumi shows it too
_SHOWN_HEAD, _SHOWN_TAIL = 140, 17  # what messages show of a long value's repr
_secrets: set[str] = set()  # in every spelling that a text may quote them in
_secrets_lock = threading.Lock()


def hide(secret: str) -> None:
    """From now on `[secret]` stands in its place in whatever this process prints."""
    if len(secret) < _SHORTEST_SECRET:
        return
    spelled = repr(secret)
    spellings = {secret, secret.strip(), spelled[1:-1], json.dumps(secret)[1:-1], quote(secret, "", errors="replace")}
    if len(spelled) > _SHOWN_HEAD:
        spellings |= {spelled[1:_SHOWN_HEAD], spelled[-_SHOWN_TAIL:-1]}
    spellings |= {line for line in secret.splitlines() if len(line.strip()) > 2 * _SHORTEST_SECRET}
    with _secrets_lock:
        _secrets.update(spelling for spelling in spellings if len(spelling) >= _SHORTEST_SECRET)


def without_secrets(text: str) -> str:
    """`text` with `[secret]` in place of each secret that `hide` was told."""
    with _secrets_lock:
        secrets = sorted(_secrets, key=len, reverse=True)
    for secret in secrets:
        text = text.replace(secret, "[secret]")
    return text


def visible(text: str) -> str:
    """`text` with everything that steers a terminal, or hides, as an escape: `\\x1b`, `\\u202e`."""
    return _STEERING.sub(_escape, text)


def one_line(text: str, longest: int) -> str:
    """`text` made visible, on one line, without secrets, cut in its middle to `longest` characters at most."""
    text = without_secrets(text)
    if len(text) > 8 * longest:  # what is cut anyway costs nothing
        text = f"{text[: 4 * longest]} ... {text[-4 * longest :]}"
    return cut(" ".join(visible(text).split()), longest)


def cut(text: str, longest: int) -> str:
    """`text` without its middle where it is longer than `longest` characters: both ends tell more than one."""
    if len(text) <= longest:
        return text
    room = longest - len(" ... ")
    return f"{text[: room - room // 3]} ... {text[len(text) - room // 3 :]}"


def some_of(words: Sequence[str], most: int = MOST_NAMES) -> str:
    """`'a', 'b' and 990 more`; `none` where there are none."""
    if not words:
        return "none"
    shown = ", ".join(f"'{cut(word, 200)}'" for word in words[:most])
    return shown if len(words) <= most else f"{shown} ... and {len(words) - most:,} more"


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
