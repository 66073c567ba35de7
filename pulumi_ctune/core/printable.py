"""Foreign text as it may be printed: no control characters, not too long, not too many names.

Answers of servers, rows of datasets and names that others chose end up in terminals and CI logs. What could steer those
is written as an escape; the work is linear in the text's length. Knows neither errors nor the engine, which use it.
"""

import json
import re
import threading
from collections.abc import Iterable, Sequence, Set
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
_SHORTEST_NUMBER = 2  # digits and signs; a number is hidden where it stands alone, not within a longer one or a time
_LONGEST_SHOWN = 160  # characters of a value's repr
_SHOWN_HEAD, _SHOWN_TAIL = 140, 17  # what is shown of a longer one
_HIDDEN = "[secret]"


class _Secrets:
    """What this process was told to hide, in every spelling that a text may quote it in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: set[str] = set()
        self.texts: tuple[str, ...] = ()  # longest first
        self.number: re.Pattern[str] | None = None

    def add(self, texts: Set[str], numbers: Set[str]) -> None:
        with self._lock:
            if not texts <= {*self.texts}:
                self.texts = tuple(sorted({*self.texts, *texts}, key=len, reverse=True))
            if not numbers <= self._numbers:
                self._numbers |= numbers
                spelled = "|".join(map(re.escape, sorted(self._numbers, key=len, reverse=True)))
                self.number = re.compile(rf"(?<![\w.,:/-])(?:{spelled})(?![\w:/-]|[.,]\d)")


_secrets = _Secrets()


def hide(secret: str | float) -> None:
    """From now on `[secret]` stands in its place in whatever this process prints."""
    if isinstance(secret, str):
        _secrets.add(spellings(secret), frozenset())
    else:
        _secrets.add(frozenset(), _spellings_of_number(secret))


def spellings(secret: str) -> Set[str]:
    """The texts that must not be printed for `secret`; none where it is too short to be one."""
    if len(secret.strip()) < _SHORTEST_SECRET:
        return frozenset()
    spelled = repr(secret)
    texts = {
        secret,
        secret.strip(),
        " ".join(secret.split()),
        " ".join(visible(secret).split()),
        spelled[1:-1],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret, "", errors="replace"),
        quote(secret, errors="replace"),
    }
    if len(spelled) > _SHOWN_HEAD:
        texts |= {spelled[1:_SHOWN_HEAD], spelled[-_SHOWN_TAIL:-1]}
    texts |= {line.strip() for line in secret.splitlines() if len(line.strip()) > 2 * _SHORTEST_SECRET}
    # What is part of the mark itself would be replaced in the mark, again and again.
    return {text for text in texts if len(text) >= _SHORTEST_SECRET and text not in _HIDDEN}


def _spellings_of_number(number: float) -> Set[str]:
    texts = {repr(number), f"{number:g}", f"{number:,}"}
    if float(number).is_integer():
        texts |= {str(int(number)), f"{int(number):,}"}
    return {text for text in texts if len(text) >= _SHORTEST_NUMBER}


def without_secrets(text: str) -> str:
    """`text` with `[secret]` in place of each secret that `hide` was told."""
    for secret in _secrets.texts:
        text = text.replace(secret, _HIDDEN)
    return _secrets.number.sub(_HIDDEN, text) if _secrets.number else text


def visible(text: str) -> str:
    """`text` with everything that steers a terminal, or hides, as an escape: `\\x1b`, `\\u202e`."""
    return _STEERING.sub(_escape, text)


def one_line(text: str, longest: int) -> str:
    """`text` made visible, on one line, without secrets, cut in its middle to `longest` characters at most."""
    # What is cut anyway costs nothing: both ends are looked at, and of these only what no secret can be cut off in.
    edge = 3 * len(_secrets.texts[0]) if _secrets.texts else 0
    window = 4 * longest + edge
    if len(text) > 2 * window:
        head, tail = without_secrets(text[:window]), without_secrets(text[-window:])
        text = f"{head[: len(head) - edge]} ... {tail[edge:]}"
    else:
        text = without_secrets(text)
    return cut(" ".join(visible(text).split()), longest)


def cut(text: str, longest: int) -> str:
    """`text` without its middle where it is longer than `longest` characters: both ends tell more than one."""
    if len(text) <= longest:
        return text
    room = longest - len(" ... ")
    return f"{text[: room - room // 3]} ... {text[len(text) - room // 3 :]}"


def shown(value: object) -> str:
    """A value as Python spells it, without its middle where that is long."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_SHOWN_HEAD]}...{text[-_SHOWN_TAIL:]}"


def some_of(words: Sequence[str], most: int = MOST_NAMES) -> str:
    """`'a', 'b' and 990 more`; `none` where there are none."""
    if not words:
        return "none"
    shown = ", ".join(f"'{cut(word, 200)}'" for word in words[:most])
    return shown if len(words) <= most else f"{shown} ... and {len(words) - most:,} more"


def listed(words: Iterable[str], *, between: str = ", ", most: int = MOST_NAMES, longest: int = 400) -> str:
    """`a, b ... and 990 more`: names and reasons as they are, each of them cut to `longest` characters."""
    given = [*words]
    shown = between.join(cut(word, longest) for word in given[:most])
    return shown if len(given) <= most else f"{shown} ... and {len(given) - most:,} more"


def count_of(number: int, noun: str) -> str:
    """`1 run`, `1,200 runs`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
