"""Text out of requests as logs may hold it: nothing in it steers the terminal that shows it.

The emulator's own, as it shares no code with the client that it is to judge.
"""

import re
import unicodedata

# Controls, formats (bidi marks, zero widths, tags), surrogates; line and paragraph separators. A tab is harmless.
_STEERING = re.compile("[^\t\x20-\x7e]")
_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def plain(text: str) -> str:
    """`text` with whatever steers or hides as an escape: `\\x1b`, `\\u202e`; line ends too."""
    return _STEERING.sub(_escape, text)


def cut(text: str, longest: int) -> str:
    """`text` up to `longest` characters, with a sign that there was more."""
    return text if len(text) <= longest else f"{text[:longest]} ..."


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if unicodedata.category(character) not in _CATEGORIES:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
