"""How a rule's reason shows values, keys and the nearest right thing.

Shared by the modules behind `checks`; knows no rule.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Any

from pulumi_ctune.core.fields import snake_case
from pulumi_ctune.core.printable import MOST_NAMES, shown
from pulumi_ctune.core.values import is_number

Findings = dict[str, str]
"""Path of a field -> reason; the first reason found for a field stays (`setdefault`)."""

_LONGEST_KEY = 160  # characters of one that stands in a path as it is
_MOST_CHOICES = 32  # up to here all are listed
_LONGEST_WORD = 200  # characters of one that may be a slip of the pen
_MOST_COMPARED = 1_000  # choices; a server's list may be of any length
_CLOSE = 0.7  # difflib's ratio: `epoch_cout` is close to `epoch_count`, `epoch_count` is not to `service_account`


def show(value: Any) -> str:
    """A value as the user typed it, cut if long. Whole floats are shown as the ints that they were in the program."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return shown(value)


def child(path: str, key: object) -> str:
    """The path of a key within `path`: `labels.team`, or `labels["a b"]` where a dot would mislead; cut if long."""
    if not isinstance(key, str) or len(key) > _LONGEST_KEY or not re.fullmatch(r"[A-Za-z0-9_-]+", key):
        return f"{path}[{show(key)}]"
    return f"{path}.{key}" if path else key


def any_of(choices: Iterable[str]) -> str:
    """`'a', 'b' or 'c'`."""
    quoted = [show(choice) for choice in choices]
    if len(quoted) > _MOST_CHOICES:
        return f"{', '.join(quoted[:MOST_NAMES])} ... and {len(quoted) - MOST_NAMES:,} more"
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else "".join(quoted)


def nearest(word: str, choices: Sequence[str]) -> str | None:
    """The choice that was probably meant: another case, camelCase, a typing mistake, or a part of its name."""
    if len(word) > _LONGEST_WORD:
        return None
    by_folded = {choice.casefold(): choice for choice in choices[:_MOST_COMPARED]}
    folded = re.sub(r"[\s-]+", "_", snake_case(word.strip()) if not word.isupper() else word.strip()).casefold()
    if folded in by_folded:
        return by_folded[folded]
    parts = [choice for key, choice in by_folded.items() if folded and f"_{folded}_" in f"_{key}_"]
    if len(parts) == 1:
        return parts[0]
    close = difflib.get_close_matches(folded, list(by_folded), n=1, cutoff=_CLOSE)
    return by_folded[close[0]] if close else None


def did_you_mean(word: object, choices: Sequence[str]) -> str:
    """`; did you mean 'x'?`, or nothing."""
    return meant(nearest(word, choices)) if isinstance(word, str) else ""


def meant(text: str | None) -> str:
    """`; did you mean 'x'?`, or nothing where nothing is near."""
    return f"; did you mean {show(text)}?" if text else ""


def not_one_of(value: Any, choices: Sequence[str]) -> str:
    """The reason for a value that is none of a few names."""
    return f"{show(value)} is not one of {any_of(choices)}{did_you_mean(value, choices)}"


def quoted(value: Any) -> str:
    """`; write '2'` for a number where text is wanted.

    Nothing for numbers beyond 2**53: they have lost digits on their way through the engine.
    """
    return f"; write {show(show(value))}" if is_number(value) and abs(value) <= 2**53 else ""
