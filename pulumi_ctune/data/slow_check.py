"""A line that the typed decoder refused: everything that is wrong with it, or that it is right after all.

Parses with the standard library, which tells where it stopped, and walks along the API's schema. About a hundred times
slower than `fast_check`, so files that are mostly right never notice.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from pulumi_ctune.core.messages import show
from pulumi_ctune.data import foreign_formats, rules, schema
from pulumi_ctune.data.example import (
    Example,
    Files,
    call_text,
    file_text,
    json_text,
    preference,
    reinforcement,
    repeats,
    response_text,
    supervised,
)
from pulumi_ctune.data.limits import Method
from pulumi_ctune.data.problems import Finding
from pulumi_ctune.data.schema import Message, child

_MOST_FINDINGS = 100  # of one line; more of them say nothing new
_OF_ABSENCE = {"missing-field", "empty-contents", "empty-parts", "part-kind", "last-turn", "completions"}
_OF_TOOLS = {"undeclared-function", "function-arguments"}
_SURROGATE = re.compile(
    r"(?<!\\)(?:\\\\)*(?P<lone>\\u[dD](?:[89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|[c-fC-F][0-9a-fA-F]{2}))"
)
_TOO_DEEP = Finding("not-json", "$", "it is nested too deep to be read", "Take the line out.")
_BYTE = re.compile(r"\(byte (\d+)\)")


class _NotJson(ValueError):
    pass


class _KeyTwice(Exception):
    pass


class _Object(dict[str, Any]):
    """An object of the line, and its keys that were there more than once."""

    twice: tuple[str, ...] = ()


def examine(method: Method, line: bytes, needed: frozenset[str] = frozenset()) -> tuple[list[Finding], Example | None]:
    """What is wrong with a line, and the example that it is if none of it is an error.

    `needed` are the references that a reward reads.
    """
    if not line.strip():
        return [Finding("blank-line", "$", "the line is blank", "Take it out.")], None
    try:
        return _examined(method, line, needed)
    except RecursionError:
        return [_TOO_DEEP], None


def _examined(method: Method, line: bytes, needed: frozenset[str]) -> tuple[list[Finding], Example | None]:
    parsed = parse(line)
    if isinstance(parsed, Finding):
        return [parsed], None
    document, findings = parsed
    if foreign := foreign_formats.of_line(method, document):
        return [foreign], None
    message, wrong = schema.read(method, document)
    broken = [finding for finding in rules.broken(method, message) if not _follows_from(finding, wrong)]
    if not wrong:
        broken += _references_missing(message, needed)
    findings = [*wrong, *broken, *findings][:_MOST_FINDINGS]
    if wrong or broken:
        return findings, None
    return findings, _example(method, message, document.get("tools"))


def parse(line: bytes) -> tuple[dict[str, Any], list[Finding]] | Finding:
    """The object that a line is, with what is odd about it; or why it is none."""
    words = _refusal(line)  # first, so that a long line is not held in three forms at once
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        fix = "Save the file as UTF-8."
        return Finding("not-utf8", "$", f"byte 0x{line[error.start]:02x} is not UTF-8", fix, error.start)
    try:
        document, twice = _parsed(text)
    except json.JSONDecodeError as error:
        at = len(text[: error.pos].encode())
        message = f"{_lowered(error.msg.removesuffix(' at'))} (column {error.colno})"
        return Finding("not-json", "$", message, _json_fix(text), at)
    except RecursionError:
        return _TOO_DEEP
    except _NotJson as error:
        return Finding("not-json", "$", str(error), "Write null or a number, or take the line out.")
    except ValueError:  # an int of more than 4,300 digits
        return Finding("not-json", "$", "it has a number of thousands of digits", "Write it as text.")
    if words:
        return _refused_by_decoder(text, words)
    if not isinstance(document, dict):
        what = "a list" if isinstance(document, list) else "a single value"
        fix = "Write one object a line: `jq -c '.[]'` makes lines of a list." if what == "a list" else ""
        return Finding("not-an-object", "$", f"the line is {what}", fix or "Write one object a line.")
    return document, twice


def _parsed(text: str) -> tuple[Any, list[Finding]]:
    """What the text holds, and its keys that are there more than once."""
    try:
        return _once.decode(text), []
    except _KeyTwice:
        document = _any_times.decode(text)
        return document, list(_twice(document, "$"))


def _object_of_keys_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _KeyTwice
    return found


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    found = _Object(pairs)
    if len(found) != len(pairs):
        number = Counter(key for key, _ in pairs)
        found.twice = tuple(key for key in found if number[key] > 1)
    return found


def _no_number(word: str) -> Any:
    raise _NotJson(f"{word} is not JSON")


_once = json.JSONDecoder(object_pairs_hook=_object_of_keys_once, parse_constant=_no_number)
_any_times = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_number)


def _refusal(line: bytes) -> str:
    """What a strict decoder says: the standard library takes more than JSON has, such as halves of surrogate pairs."""
    try:
        msgspec.json.decode(line)
    except msgspec.ValidationError:  # a number out of range: JSON has no ranges
        return ""
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return str(error)
    except RecursionError:
        return ""  # the standard library says so too, or copes
    return ""


def _refused_by_decoder(text: str, words: str) -> Finding:
    if lone := _SURROGATE.search(text):
        at = len(text[: lone.start("lone")].encode())
        message = f"{lone['lone']} is half of a character"
        return Finding("not-json", "$", message, "Write the whole character.", at)
    found = _BYTE.search(words)
    message = _lowered(words.removeprefix("JSON is malformed: "))
    return Finding("not-json", "$", message, _json_fix(text), int(found[1]) if found else 0)


def _json_fix(text: str) -> str:
    start = text.strip()
    if "\0" in text:
        return "The line holds NUL bytes: save the file as UTF-8 text."
    if start.startswith(("{'", "[{'")):
        return "This is Python's spelling: write lines with json.dumps."
    if start in ("{", "[", "[{"):
        return "Write one example a line: `jq -c .` (`jq -c '.[]'` for a list) makes lines of it."
    if start.startswith("{") and start.endswith("},"):
        return "Take out the comma at its end."
    return "Write one object a line."


def _lowered(words: str) -> str:
    return words[:1].lower() + words[1:]


def _twice(document: Any, path: str) -> Iterator[Finding]:
    waiting = [(document, path)]  # no recursion: what no rule looks at may be nested deeply
    while waiting:
        value, path = waiting.pop()
        if isinstance(value, _Object):
            for key in value.twice:
                message = f"{show(key)} is there more than once: the last one stands"
                yield Finding("duplicate-key", child(path, key), message, "Leave one of them.")
        items = value.items() if isinstance(value, dict) else enumerate(value)
        inner = [(item, key) for key, item in items if isinstance(item, dict | list)]
        waiting += [
            (item, child(path, key) if isinstance(key, str) else f"{path}[{key}]") for item, key in reversed(inner)
        ]


def _references_missing(message: Message, needed: frozenset[str]) -> Iterator[Finding]:
    for key in sorted(needed - message.get("references", {}).keys()):
        what = f"the reward reads the reference {show(key)}, which this line does not have"
        yield Finding("reference-missing", message.at("references"), what, f"Add {show(key)} to its references.")


def not_found(line: bytes, looked_up: frozenset[str]) -> Iterator[Finding]:
    """References that a snippet looks up in a line that is right, and would not find."""
    for key in sorted(looked_up - (json.loads(line).get("references") or {}).keys()):
        what = f"the snippet looks up the reference {show(key)}, which this line does not have"
        fix = f"Add {show(key)} to its references, unless the snippet copes without."
        yield Finding("reference-missing", "$.references", what, fix, severity="warning")


def _parent(path: str) -> str:
    return path[: max(path.rfind("."), path.rfind("["))]


def _follows_from(finding: Finding, wrong: list[Finding]) -> bool:
    """Whether a rule may be broken only because something that the schema refuses was left out."""
    for other in wrong:
        parent = _parent(other.path)
        if other.rule != "unknown-field":
            if finding.path.startswith(parent) or parent.startswith(finding.path):
                return True
        elif finding.rule in _OF_ABSENCE:  # a key that was misspelled is missed
            if parent in (finding.path, _parent(finding.path)) or parent.startswith(finding.path):
                return True
        elif finding.rule in _OF_TOOLS and (parent == "$" or parent.startswith("$.tools")):
            return True
    return False


def _example(method: Method, message: Message, tools: Any) -> Example:
    files = Files()
    system = _texts(message.get("systemInstruction") or {}, files)
    turns, sizes = [], []
    for content in message["contents"]:
        not_text = files.characters
        turns.append(_texts(content, files))
        sizes.append(sum(map(len, turns[-1])) + not_text - files.characters)
    texts = [text for turn in turns[:-1] for text in turn]
    declared = len(json_text(tools)) if tools else 0
    if method == "sft":
        number, repeated = repeats(sum(map(len, system)), (turn.get("role") for turn in message["contents"]), sizes)
        return supervised(system, texts, turns[-1], files, number, repeated, declared)
    texts += turns[-1]
    if method == "rft":
        return reinforcement(system, texts, message.get("references", {}), files, declared)
    worse, better = sorted(message["completions"], key=lambda item: float(item.get("score", 0)))
    chosen, rejected = (_texts(item["completion"], Files()) for item in (better, worse))
    return preference(system, texts, "\n".join(chosen), "\n".join(rejected))


def _texts(content: Mapping[str, Any], files: Files) -> list[str]:
    return [_text(part, files) for part in content.get("parts", ())]


def _text(part: Message, files: Files) -> str:
    if "text" in part:
        return str(part["text"])
    if file := part.get("fileData"):
        return files.text(file["mimeType"], file_text(file["mimeType"], file["fileUri"]))
    if call := part.get("functionCall"):
        return call_text(call["name"], call.get("args") or {})
    if response := part.get("functionResponse"):
        return response_text(response["name"], response.get("response") or {})
    if blob := part.get("inlineData"):
        return files.text(blob["mimeType"], json_text(part))
    return json_text(part)
