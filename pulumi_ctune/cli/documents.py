"""Files that a command is given: JSON or YAML (a reward, hyperparameters), a reward's snippet, answers."""

import json
from pathlib import Path
from typing import Any

from pulumi_ctune.core.errors import CtuneError, InvalidInputError
from pulumi_ctune.data.dataset_source import open_file

SNIPPET = ".py"
"""The ending of a reward that is Python."""

_LARGEST = 256 * 1024 * 1024  # bytes; a pipe may never end


def read_text(path: Path, option: str, not_done: str) -> str:
    """The text of a file. Raises `CtuneError`, which opens with `not_done` and names the option, "" for an argument."""
    where = f"{option} {path}".strip()
    read = bytearray()
    try:
        for piece in open_file(str(path)).pieces():
            read += piece
            if len(read) > _LARGEST:
                raise InvalidInputError(not_done, why=f"it has more than {_LARGEST:,} bytes")
        return read.decode().replace("\r\n", "\n").replace("\r", "\n")  # as every text file is read
    except CtuneError as error:
        raise error.but(what=not_done, where=where) from None
    except UnicodeDecodeError:
        raise InvalidInputError(not_done, where=where, why="it is not UTF-8 text") from None


def read(path: Path, option: str, not_done: str) -> Any:
    """What a file in JSON or YAML holds. Raises as `read_text` does."""
    text = read_text(path, option, not_done)
    try:
        return decoded(text)
    except (ValueError, RecursionError) as error:
        why = f"it is neither JSON nor YAML: {error}"
        raise InvalidInputError(not_done, where=f"{option} {path}".strip(), why=why) from None


def read_reward(path: Path, option: str, not_done: str) -> Any:
    """A reward's config; of a snippet, the config that holds it, named after the file."""
    if path.suffix != SNIPPET:
        return read(path, option, not_done)
    snippet = read_text(path, option, not_done)
    return {"rewardName": path.stem, "codeExecutionRewardScorer": {"pythonCodeSnippet": snippet}}


def decoded(text: str) -> Any:
    """JSON for what begins like an object, YAML for the rest. Raises ValueError for what is neither."""
    if text.lstrip().startswith("{"):
        return json.loads(text, object_pairs_hook=_unique)
    import yaml  # Pulumi's SDK brings it

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        key = next(key for index, (key, _) in enumerate(pairs) if key in dict(pairs[:index]))
        raise ValueError(f"{key!r} is there twice in an object")
    return found
