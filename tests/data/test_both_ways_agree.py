"""The fast way and the walk along the schema on lines that hypothesis makes up, most of them near misses."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulumi_ctune.core.fields import snake_case
from pulumi_ctune.data.fast_check import Reader
from pulumi_ctune.data.limits import METHODS, Method
from pulumi_ctune.data.slow_check import examine

from .examples import CALL, IMAGE, RESPONSE, RIGHT, WEATHER

KEYS = st.sampled_from(
    [
        *("contents", "parts", "role", "text", "systemInstruction", "system_instruction", "references", "completions"),
        *("completion", "score", "tools", "fileData", "file_data", "fileUri", "file_uri", "mimeType", "mime_type"),
        *("functionCall", "function_call", "functionResponse", "name", "args", "response", "thought", "labels"),
        *("generationConfig", "toolConfig", "location", "x", ":", ""),
    ]
)
TEXTS = st.sampled_from(
    ["user", "model", "function", "assistant", "get_current_weather", "gs://b/a", "image/png", "application/pdf"]
) | st.text(max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.just(10**30) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
) | st.sampled_from([CALL, RESPONSE, IMAGE, [WEATHER], {"text": "a: b"}, {"role": "model", "parts": [{"text": "x"}]}])

RESPELLED = {
    **{name: snake_case(name) for name in ("systemInstruction", "fileData", "fileUri", "mimeType", "functionCall")},
    **{name: snake_case(name) for name in ("functionResponse", "functionDeclarations", "generationConfig")},
    "system_instruction": "systemInstruction",
    "function_declarations": "functionDeclarations",
    "file_data": "fileData",
}


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each container within a document with each of its keys or indices."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])


@st.composite
def near_misses(draw: st.DrawFn, method: Method) -> bytes:
    """A right line of the method in which up to three things were changed."""
    line = copy.deepcopy(draw(st.sampled_from(list(RIGHT[method].values()))))
    for _ in range(draw(st.integers(0, 3))):
        found = list(places(line))
        if not found:
            break
        container, key = draw(st.sampled_from(found))
        change = draw(st.sampled_from(["replace", "remove", "add", "rename", "respell", "unlist", "null beside"]))
        if change == "replace":
            container[key] = copy.deepcopy(draw(VALUES))
        elif change == "remove":
            del container[key]
        elif change == "add" and isinstance(container, list):
            container.insert(key, copy.deepcopy(draw(VALUES)))
        elif change == "add":
            container[draw(KEYS)] = copy.deepcopy(draw(VALUES))
        elif change == "respell" and isinstance(container, dict):
            container[RESPELLED.get(key, key)] = container.pop(key)
        elif change == "unlist" and isinstance(container[key], list) and container[key]:
            container[key] = container[key][0]
        elif isinstance(container, dict) and change == "null beside":
            container[draw(KEYS)] = None
        elif isinstance(container, dict):
            container[draw(KEYS)] = container.pop(key)
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")]))
    text = json.dumps(line, ensure_ascii=draw(st.booleans()), separators=separators)
    if draw(st.integers(0, 9)) == 0:
        place = draw(st.integers(0, len(text)))
        text = (
            text[:place]
            + draw(st.sampled_from(['"', ":", "}", "\0", "NaN", '"role":"user",', "\\ud800", " "]))
            + text[place:]
        )
    return text.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("method", METHODS)
@given(data=st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_fast_way_takes_right_lines_only(method: Method, data: st.DataObject) -> None:
    """Whatever the fast way takes has no problem at all on the walk, not even a warning, and is the same example."""
    line = data.draw(near_misses(method))

    example = Reader(method).read(line)

    if example is not None:
        assert examine(method, line) == ([], example)


@pytest.mark.parametrize("method", METHODS)
@given(data=st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_walk_ends_with_an_example_or_an_error(method: Method, data: st.DataObject) -> None:
    """No line is passed over: it is an example, or something of it is an error, and no line ends the run."""
    line = data.draw(near_misses(method) | st.binary(max_size=50).filter(bytes.strip))

    findings, example = examine(method, line)

    assert (example is None) == any(finding.rule != "duplicate-key" for finding in findings)
