"""Look through the built site for anything that a browser would fetch from somewhere else."""

import re
from pathlib import Path

_LOADS = re.compile(
    r"""<(?:script|img|iframe|source|link(?![^>]*rel="?canonical))\b[^>]*?\s(?:src|href)=["']?(?P<html>(?:https?:)?//[^"'\s>]+)"""
    r"""|(?:url\(|@import\s)["']?(?P<css>(?:https?:)?//[^"')\s]+)""",
    re.IGNORECASE,
)


def loaded_from_elsewhere(folder: Path) -> list[tuple[str, str]]:
    """The page or style sheet, and the URL that it makes a browser load; links to click on are none of these."""
    return [
        (str(file.relative_to(folder)), match["html"] or match["css"])
        for file in sorted(folder.rglob("*"))
        if file.suffix in (".html", ".css", ".svg")
        for match in _LOADS.finditer(file.read_text())
    ]
