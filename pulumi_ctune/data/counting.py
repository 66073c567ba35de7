"""A dataset as requests that have the service count its tokens: as many lines in each as it takes well."""

import json
from collections.abc import Iterator
from typing import Any

from pulumi_ctune.core.content import Content
from pulumi_ctune.data.limits import Method
from pulumi_ctune.data.lines import blocks
from pulumi_ctune.data.slow_check import examine

_MOST_BYTES = 1_000_000  # of the lines of a request
_Content = dict[str, Any]


def requests_for(source: Content, method: Method) -> Iterator[list[_Content]]:
    """The contents of each request. A line that is not right is left out, as in `check`."""
    held: list[_Content] = []
    size = 0
    for block in blocks(source.pieces()):
        for line in () if block.overlong else block.lines:
            if examine(method, line)[1] is None:
                continue
            held += _contents(json.loads(line), method)
            size += len(line)
            if size >= _MOST_BYTES:
                yield held
                held, size = [], 0
    if held:
        yield held


def _contents(example: dict[str, Any], method: Method) -> list[_Content]:
    """All that is billed of an example: a prompt of a preference twice, references never."""
    system = example.get("systemInstruction") or example.get("system_instruction")
    prompt = [*([system] if system else []), *example["contents"]]
    if method == "dpo":
        prompt = [*prompt, *prompt, *(each["completion"] for each in example["completions"])]
    return [{"role": "model" if each.get("role") == "model" else "user", "parts": each["parts"]} for each in prompt]
