"""The references of a dataset that a reward reads: `{{references.answer}}` in its config, `references["answer"]` in its
snippet.
"""

import ast
import re
from collections.abc import Iterator
from typing import Any

PLACEHOLDER = re.compile(r"\{\{\s*references\.([^{}\s]+)\s*\}\}")

_CODE = ("python_code_snippet", "pythonCodeSnippet")


def read_by(reward: Any) -> frozenset[str]:
    """The names in all texts of a decoded reward config, single or composite. In a snippet nobody fills them in."""
    return frozenset(name for text in _texts(reward) for name in PLACEHOLDER.findall(text))


def looked_up_by(reward: Any) -> frozenset[str]:
    """The names that the snippets of a decoded reward config look up: they may cope without them."""
    return frozenset(name for snippet in _texts(reward, code=True) for name in named_in(snippet))


def named_in(snippet: str) -> frozenset[str]:
    """The names that a snippet looks up in something called `references`: as far as they stand there as texts."""
    try:
        tree = ast.parse(snippet)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    return frozenset(filter(None, map(_looked_up, ast.walk(tree))))


def _looked_up(node: ast.AST) -> str:
    match node:
        case ast.Subscript(value=place, slice=ast.Constant(value=str(name))):
            pass
        case ast.Call(func=ast.Attribute(value=place, attr="get"), args=[ast.Constant(value=str(name)), *_]):
            pass
        case _:
            return ""
    return name if name != "references" and "references" in ast.unparse(place) else ""


def _texts(value: Any, *, code: bool = False, is_code: bool = False) -> Iterator[str]:
    """All texts but the snippets, or the snippets."""
    if isinstance(value, str) and code == is_code:
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, code=code, is_code=key in _CODE)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, code=code)
