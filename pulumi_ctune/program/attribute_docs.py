"""The docstrings under a class's attributes, which Python drops, for `help()` and for the generated reference.

Editors show them at the attribute. They are read from the source when somebody asks, so the import pays nothing.
"""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from typing import Any, TypeVar

_Class = TypeVar("_Class", bound=type)


def outputs_in_help(cls: _Class) -> _Class:
    """Decorate a resource: `help(cls)` and `cls.__doc__` list the documented attributes behind the docstring."""
    cls.__doc__ = _WithOutputs(cls.__doc__ or "")  # type: ignore[assignment]  # a descriptor, asked like any other
    return cls


def attribute_docs(cls: type) -> Mapping[str, str]:
    """Attribute -> the docstring under it, in the order of the source; empty where there is no source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except OSError:
        return {}
    (definition,) = tree.body
    assert isinstance(definition, ast.ClassDef)
    return {
        attribute.target.id: inspect.cleandoc(text.value.value)
        for attribute, text in zip(definition.body, definition.body[1:], strict=False)
        if isinstance(attribute, ast.AnnAssign) and isinstance(attribute.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


class _WithOutputs:
    def __init__(self, text: str) -> None:
        self._text = inspect.cleandoc(text)

    def __get__(self, instance: Any, owner: type) -> str:
        described = (f"{name}: {text}" for name, text in attribute_docs(owner).items())
        outputs = "\n".join(textwrap.indent(text, "    ").replace("\n", "\n    ") for text in described)
        return f"{self._text}\n\nOutputs:\n{outputs}"
