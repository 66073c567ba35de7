"""Lines of a dataset as requests that have the service count their tokens: as many in each as it takes well."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from pulumi_ctune.core.content import Content
from pulumi_ctune.data.limits import Method
from pulumi_ctune.data.lines import blocks
from pulumi_ctune.data.slow_check import examine

_MOST_BYTES = 1_000_000  # of the lines of a request
_FILES = ("fileData", "file_data", "inlineData", "inline_data")
Turn = dict[str, Any]


def requests_for(source: Content, method: Method) -> Iterator[list[Turn]]:
    """The contents of each request for a whole dataset. A line that is not right is left out, as in `check`."""
    lines = (line for block in blocks(source.pieces()) if not block.overlong for line in block.lines)
    return requests_of((line for line in lines if examine(method, line)[1] is not None), method)


def requests_of(lines: Iterable[bytes], method: Method, *, files: bool = True) -> Iterator[list[Turn]]:
    """The contents of each request for lines that are right; without `files` of their texts alone."""
    held: list[Turn] = []
    size = 0
    for line in lines:
        contents = _contents(json.loads(line), method)
        held += contents if files else filter(None, map(_texts_of, contents))
        size += len(line)
        if size >= _MOST_BYTES:
            yield held
            held, size = [], 0
    if held:
        yield held


def contents_of_limit(example: dict[str, Any], method: Method) -> list[Turn]:
    """What the limit on the tokens of an example counts: of a preference the prompt and the longer completion."""
    if method != "dpo":
        return _contents(example, method)
    longer = max((each["completion"] for each in example["completions"]), key=lambda each: len(json.dumps(each)))
    return [_content(each) for each in (*_prompt(example), longer)]


def _contents(example: dict[str, Any], method: Method) -> list[Turn]:
    """All that is billed of an example: a prompt of a preference twice, references never."""
    prompt = _prompt(example)
    if method == "dpo":
        prompt = [*prompt, *prompt, *(each["completion"] for each in example["completions"])]
    return [_content(each) for each in prompt]


def _prompt(example: dict[str, Any]) -> list[Turn]:
    system = example.get("systemInstruction") or example.get("system_instruction")
    return [*([system] if system else []), *_listed(example["contents"])]


def _content(turn: dict[str, Any]) -> Turn:
    return {"role": "model" if turn.get("role") == "model" else "user", "parts": _listed(turn["parts"])}


def _listed(value: Any) -> list[Any]:
    """Samples on Google's pages have a single value for a list, which may be right."""
    return value if isinstance(value, list) else [value]


def _texts_of(content: Turn) -> Turn | None:
    """The content without its files; None where nothing is left."""
    kept = [part for part in content["parts"] if not any(part.get(key) for key in _FILES)]
    return {**content, "parts": kept} if kept else None
