"""Turn docstrings, annotations and options of `pulumi_ctune` into Markdown, for `tools.reference`.

Knows how a docstring of this project is built and how a type reads to a user; nothing of which pages there are.
"""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pulumi_ctune.program.attribute_docs import attribute_docs

Link = Callable[[str], str | None]
"""Name of a class -> where it is described, from the page in hand; None where no page describes it."""

_SECTION = re.compile(r"^(Args|Raises|Outputs):\n((?:    .*\n?|\n)+)", re.MULTILINE)
_ENTRY = re.compile(r"^(\w+): ", re.MULTILINE)
_URL = re.compile(r"(?<![<(`])https://\S+?(?=[.,]?(?:\s|$))")
_WRAPPERS = ("Input", "Output", "Required", "Optional")
_LISTS = ("Sequence", "list")
_MAPPINGS = ("Mapping", "dict")


@dataclass(frozen=True)
class Text:
    """A docstring: what stands before its sections, and the entries of each section."""

    prose: str
    sections: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, thing: Any) -> "Text":
        text = inspect.getdoc(thing) or ""
        return cls(
            markdown(_SECTION.sub("", text)),
            {match[1]: _entries(textwrap.dedent(match[2])) for match in _SECTION.finditer(text)},
        )


def markdown(text: str) -> str:
    """A docstring's prose as Markdown: a line for each paragraph, and links that are links everywhere."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", text.strip()))
    return "\n\n".join(_URL.sub(lambda url: f"<{url[0]}>", paragraph) for paragraph in paragraphs if paragraph)


def item(head: str, text: str) -> str:
    """An entry of a list; the four spaces make further paragraphs part of it for every reader of Markdown."""
    return f"- {head}: " + textwrap.indent(text, "    ").lstrip()


def fields(cls: type, link: Link) -> list[str]:
    """The documented attributes of a class as entries: name, type, whether it is required, and what it means."""
    annotations = _annotations(cls)
    return [
        item(f"`{name}` ({_words(annotations[name], cls, link)})", markdown(text))
        for name, text in attribute_docs(cls).items()
    ]


def arguments(function: Callable[..., Any], texts: Mapping[str, str], link: Link) -> list[str]:
    """The parameters of a function that its docstring describes, as entries."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(definition, ast.FunctionDef)
    given = [*definition.args.args, *definition.args.kwonlyargs]
    kinds = {arg.arg: arg.annotation for arg in given if arg.annotation is not None}
    return [
        item(f"`{name}` ({_words(kinds[name], function, link).replace(' or None', '')})", text)
        for name, text in texts.items()
    ]


def properties(cls: type) -> dict[str, str]:
    """The properties of a class, as Markdown."""
    return {
        name: markdown(inspect.getdoc(each) or "") for name, each in vars(cls).items() if isinstance(each, property)
    }


def tree_of(base: type[Exception]) -> Iterable[str]:
    """An exception and all below it as a nested list."""
    yield f"- `{base.__name__}`: {markdown(inspect.getdoc(base) or '').partition(chr(10))[0]}"
    for child in base.__subclasses__():
        if child.__module__ == base.__module__:
            yield from (f"    {line}" for line in tree_of(child))


def _entries(text: str) -> dict[str, str]:
    _, *parts = _ENTRY.split(text)
    return {name: markdown(entry) for name, entry in zip(parts[::2], parts[1::2], strict=True)}


def _annotations(cls: type) -> dict[str, ast.expr]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(definition, ast.ClassDef)
    return {
        node.target.id: node.annotation
        for node in definition.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def _words(node: ast.expr, home: Any, link: Link) -> str:
    """An annotation as users read it: any input may be an Output, so that is not said each time."""
    required = ", required" if isinstance(node, ast.Subscript) and _last(node.value) == "Required" else ""
    return _kind(node, home, link) + required


def _kind(node: ast.expr, home: Any, link: Link) -> str:
    match node:
        case ast.Constant(value=None):
            return "None"
        case ast.BinOp(left=left, right=right):
            return " or ".join(dict.fromkeys(_kind(side, home, link) for side in (left, right)))
        case ast.Subscript(value=value, slice=inner) if _last(value) in _WRAPPERS:
            return _kind(inner, home, link)
        case ast.Subscript(value=value, slice=inner) if _last(value) in _LISTS:
            return f"list of {_kind(inner, home, link)}"
        case ast.Subscript(value=value, slice=ast.Tuple(elts=[_, inner])) if _last(value) in _MAPPINGS:
            kind = _kind(inner, home, link)
            return "dict" if kind == "any value" else f"dict of {kind}"
        case ast.Subscript(slice=ast.Tuple(elts=values)):
            return _values([ast.literal_eval(value) for value in values])
    name = _last(node)
    if name == "Any":
        return "any value"
    if (target := link(name)) is not None:
        return f"[`{name}`]({target})"
    alias = vars(sys.modules[home.__module__]).get(name)
    return _values(get_args(alias)) if get_args(alias) else f"`{name}`"


def _values(allowed: Iterable[object]) -> str:
    return "one of " + ", ".join(f"`{value!r}`".replace("'", '"') for value in allowed)


def _last(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]
