"""HTML and SVG of which no name can break out.

Text becomes `Markup` in one place, `escaped`, where it is made harmless, loses its secrets and is cut; elements take
text and Markup, and put every text through it. So nothing that is written by others can become a tag, an attribute, or
a page of its own.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from html import escape
from typing import Any

from pulumi_ctune.core.printable import one_line, visible, without_secrets

_longest = ContextVar("_longest", default=240)


@contextmanager
def names_up_to(longest: int) -> Iterator[None]:
    """Within it, so many characters of a name are shown at most: the middle of a longer one is left out."""
    before = _longest.set(longest)
    try:
        yield
    finally:
        _longest.reset(before)


_EMPTY = frozenset({"br", "hr", "meta", "path", "rect", "line", "circle", "polyline", "img"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Content = str | Markup | int | float | None | Iterable["Content"]


def escaped(text: str) -> Markup:
    """The text made harmless and short; blanks at its ends stay, since elements follow one another."""
    if isinstance(text, Markup):
        return text
    before, after = (" " if end.isspace() else "" for end in (text[:1], text[-1:] if text.strip() else ""))
    return Markup(escape(f"{before}{one_line(text, _longest.get())}{after}", quote=True))


def element(_name: str, *content: Content, **attributes: Any) -> Markup:
    """`<name attributes>content</name>`. Attributes are never cut: paths are long. One that is None is left out; `_` in
    its name is `-`, one at the end is dropped (`class_`).
    """
    shown = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(visible(_plain(value)), quote=True)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if _name in _EMPTY and not content:
        return Markup(f"<{_name}{shown}/>")
    return Markup(f"<{_name}{shown}>{joined(content)}</{_name}>")


def breakable(name: str) -> Markup:
    """A name of words between underscores, which may go on in the next line after each."""
    return Markup("_<wbr/>".join(escaped(part) for part in without_secrets(name).split("_")))


def joined(content: Content) -> Markup:
    """All of it, texts escaped; None is nothing."""
    if content is None:
        return Markup("")
    if isinstance(content, str):
        return escaped(content)
    if isinstance(content, int | float):
        return Markup(_plain(content))
    return Markup("".join(joined(each) for each in content))


def _plain(value: Any) -> str:
    if isinstance(value, Markup):
        return value
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(value)
