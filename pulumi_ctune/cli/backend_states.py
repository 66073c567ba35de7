"""What the stacks of the user's backend hold, and what files of the project name: texts to look for names in.

Secrets of a state are shown to this process where the user may read them, since a name may be one; else they stay
encrypted. Nothing of it is printed.
"""

import contextlib
import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi_ctune.cli.pulumi_cli import PulumiCli, PulumiError

_SUFFIXES = (
    *(".yaml", ".yml", ".json", ".toml", ".env", ".ini", ".cfg", ".conf", ".properties", ".tf", ".tfvars", ".sh"),
    *(".py", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".go", ".cs", ".java", ".kt", ".rb", ".rs", ".php"),
)
_HIDDEN_BUT_WRITTEN = (".github", ".gitlab", ".circleci")  # other folders with a dot are a tool's own
_PASSED_OVER = ("node_modules", "venv", "__pycache__")
_ENCRYPTED = '"ciphertext":'  # of a secret that was not shown
_LARGEST = 2 * 1024 * 1024  # bytes of a file that somebody writes; larger ones are data


@dataclass(frozen=True)
class States:
    """`texts` by who says them; `stacks` are all by their full names, `unreadable` those of them whose state cannot be
    read, or not whole, with the reason. `pending` are the URNs that an update of the stack that was asked for had in
    hand when it was cut short.
    """

    texts: Mapping[str, str]
    stacks: list[str] = field(default_factory=list)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    pending: Collection[str] = ()


def read_all(cli: PulumiCli, stack: str, folders: Iterable[Path], progress: Callable[[str], None]) -> States:
    """The states of all stacks of the backend, `stack` first, and the project's files below `folders`, with the config
    of other projects in the same Git repository: a release that nobody has applied yet stands there alone.

    Raises:
        PulumiError: the stacks cannot be listed, or `stack` itself cannot be read.
    """
    progress("listing the stacks of the backend")
    known = {each if each.count("/") == 2 else cli.qualified_name(each) for each in cli.all_stacks()}
    others = sorted(known - {stack})
    texts: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    progress(f"reading the state of {stack}")
    own = _exported(cli, stack)
    texts[f"the state of {stack}"] = json.dumps(own)
    for other in others:
        progress(f"reading the state of {other}")
        try:
            text = json.dumps(_exported(cli, other))
        except PulumiError as error:
            unreadable[other] = error.words
            continue
        texts[f"the state of {other}"] = text
        if _ENCRYPTED in text:
            unreadable[other] = "its secrets cannot be decrypted here"
    for folder in folders:
        texts.update(_files(_repository(folder), folder, ("Pulumi.",)))
        texts.update(_files(folder, folder))
    operations = (own.get("deployment") or {}).get("pending_operations") or ()
    pending = {str((operation.get("resource") or {}).get("urn")) for operation in operations}
    return States(texts, [stack, *others], unreadable, pending)


def _exported(cli: PulumiCli, stack: str) -> dict[str, Any]:
    try:
        return cli.exported(stack, show_secrets=True)
    except PulumiError:  # such as the passphrase of another project
        return cli.exported(stack)


def _repository(folder: Path) -> Path:
    """The root of the Git repository that the folder is in; the folder itself where there is none."""
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), folder)


def _files(folder: Path, project: Path, beginnings: tuple[str, ...] = ("",)) -> Iterator[tuple[str, str]]:
    """Stack configs and programs below the folder whose names begin so, as seen from the project: a release is config
    of the stack that serves it.
    """
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if _is_written(each))
        for path in (Path(place) / name for name in sorted(files) if _is_looked_at(name, beginnings)):
            with contextlib.suppress(OSError):
                if path.is_file() and path.stat().st_size <= _LARGEST:
                    yield os.path.relpath(path, project), path.read_text(encoding="utf-8", errors="replace")


def _is_looked_at(name: str, beginnings: tuple[str, ...]) -> bool:
    return name.endswith(_SUFFIXES) and name.startswith(beginnings)


def _is_written(folder: str) -> bool:
    return folder in _HIDDEN_BUT_WRITTEN or not (folder.startswith(".") or folder in _PASSED_OVER)
