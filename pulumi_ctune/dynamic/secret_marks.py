"""Which inputs the program marks as secret, and the marks that go back to the engine.

Pulumi's dynamic host hands secrets over as plain values. So the program says which inputs are marked
(`SECRET_INPUTS`), the check notes it in the inputs (`SECRETS`), and every answer puts it into the state for the
verbs before which no check comes. Only an id can be no secret: that of an alias and of a deployment is made of their
inputs.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core import secret_inputs
from pulumi_ctune.core.hidden import SECRETS
from pulumi_ctune.core.program_facts import SECRET_INPUTS
from pulumi_ctune.core.secret_inputs import Path
from pulumi_ctune.dynamic import values


def stated_by(program: Any) -> list[Path]:
    """The marks in what the program tells."""
    return recorded(program.get(SECRET_INPUTS)) if isinstance(program, Mapping) else []


def recorded(marked: Any) -> list[Path]:
    """The marks that an entry of a state or of a program holds; what is none is left out."""
    paths = [values.plain(path) for path in marked] if isinstance(marked, list | tuple) else []
    return [path for path in paths if isinstance(path, list) and path]


def outgoing(urn: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Sendable properties for the engine: with the marks, and as a secret each output that quotes one."""
    marks, quoting = secret_inputs.quoting(urn, properties)
    if not marks:
        return {**properties}
    marked = {key: values.secret(value) if key in quoting else value for key, value in properties.items()}
    return {**marked, SECRETS: marks}
