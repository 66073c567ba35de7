"""Assets and archives among the inputs, by their content.

`triggers` may hold them, as those of pulumi-command may. The core knows plain values only, and what counts of an asset
is whether its content changed: a hash stands for it. Files are read where the program runs, as Pulumi itself does.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi


def content_of(value: pulumi.Asset | pulumi.Archive) -> dict[str, Any]:
    """`{"sha256": ...}` of what is in it, or `{"uri": ...}` of what lies elsewhere.

    A file that cannot be read (the engine names it before any of our calls) stands for itself by its path.
    """
    if isinstance(value, pulumi.StringAsset):
        return {"sha256": hashlib.sha256(value.text.encode()).hexdigest()}
    if isinstance(value, pulumi.FileAsset | pulumi.FileArchive):
        return _of_path(Path(value.path))
    if isinstance(value, pulumi.AssetArchive):
        return {name: content_of(item) for name, item in value.assets.items()}
    return {"uri": getattr(value, "uri", "")}


def _of_path(path: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    try:
        for file in _files(path):
            digest.update(file.relative_to(path).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    except OSError:
        return {"path": str(path)}
    return {"sha256": digest.hexdigest()}


def _files(path: Path) -> Iterator[Path]:
    """The file itself, or all files below a folder, in a fixed order."""
    if path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.is_file())
    else:
        yield path
