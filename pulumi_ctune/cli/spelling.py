"""How texts of a command spell names: as Python does, or as the other languages do where the project's program is one
of theirs.

Knows from which project a command reads since `pulumi_project.open_project` says so; `ending` begins anew for each
command.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

_PYTHON = "python"
_runtime: ContextVar[str] = ContextVar("runtime", default=_PYTHON)


def begin() -> None:
    """Python's, until a project says otherwise."""
    _runtime.set(_PYTHON)


def use(project: Mapping[str, Any]) -> None:
    """Spell as the program of this project does; `project` is what its Pulumi.yaml says."""
    runtime = project.get("runtime")
    name = runtime.get("name") if isinstance(runtime, Mapping) else runtime
    _runtime.set(name if isinstance(name, str) else _PYTHON)


def is_of_python() -> bool:
    return _runtime.get() == _PYTHON


def spelled(text: str) -> str:
    """A text for people."""
    if is_of_python():
        return text
    from pulumi_ctune.native import wording

    return wording.worded(text)
