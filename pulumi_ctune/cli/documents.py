"""Files in JSON or YAML that a command is given with an option: a reward, hyperparameters."""

import json
from pathlib import Path
from typing import Any

from pulumi_ctune.core.errors import CtuneError, InvalidInputError


def read(path: Path, option: str, not_done: str) -> Any:
    """What the file at `path` holds. Raises `CtuneError`, which opens with `not_done` and names the option."""
    where = f"{option} {path}"
    try:
        return decoded(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CtuneError(not_done, where=where, why=error.strerror or str(error)) from None
    except (ValueError, RecursionError) as error:
        why = f"it is neither JSON nor YAML: {error}"
        raise InvalidInputError(not_done, where=where, why=why) from None


def decoded(text: str) -> Any:
    """JSON for what begins like an object, YAML for the rest. Raises ValueError for what is neither."""
    if text.lstrip().startswith("{"):
        return json.loads(text)
    import yaml  # Pulumi's SDK brings it

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
