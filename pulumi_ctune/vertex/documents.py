"""JSON of answers, read whatever is in it.

What others wrote into their jobs must not keep us from reading the list that holds them. So a value that is nested
deeper than anything of the API is passed over (Python's parser would end in a RecursionError), and a number too long to
be one stays a text.
"""

import json
import re
from typing import Any

_DEEPEST = 100
_LONGEST_NUMBER = 400
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)  # one way to match each text: linear time


def parse(text: str) -> Any:
    """The document. Raises ValueError where it is no JSON."""
    try:
        return json.loads(text, parse_int=_int)
    except RecursionError:
        return json.loads(_cut(text), parse_int=_int)


def _int(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits


def _cut(text: str) -> str:
    """`text` with `null` for each value that lies deeper than `_DEEPEST`."""
    kept: list[str] = []
    depth = begin = 0
    for token in _TOKEN.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == _DEEPEST:
                kept += text[begin : token.start()], "null"
        elif token[0] in "]}":
            if depth == _DEEPEST:
                begin = token.end()
            depth -= 1
    return "".join(kept) + text[begin:] if depth < _DEEPEST else text[:1]
