"""Keep inputs that the program marks as secret out of everything that is printed.

Pulumi's dynamic host hands secrets over as plain values. So the program says which inputs are marked
(`stack.secret_inputs`), and the check, which comes before every other verb that has inputs, notes it here: their texts
are hidden wherever this process prints, and what is said of such a field does not depend on its value.
"""

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pulumi.dynamic import CheckFailure

from pulumi_ctune import printable
from pulumi_ctune.tuning.checks.wording import child

KEY = "secret_inputs"
"""Where `PROGRAM` holds the marked inputs, each as the list of keys that lead to it."""

_LONGEST_REASON = 3_000  # characters
_HINT = re.compile(r"; (?:did you mean|write|the nearest|set|lies|such as)\b.*", re.DOTALL)  # made of the value

_paths: dict[str, list[str]] = {}  # URN -> paths of its secret inputs, as checks write them
_lock = threading.Lock()


def note(urn: str, program: Any, *inputs: Mapping[str, Any]) -> None:
    """Remember which of a resource's `inputs` (plain ones, new and old) are secret. `program` is what it told."""
    marked = program.get(KEY) if isinstance(program, Mapping) else None
    keys = [path for path in marked if isinstance(path, list) and path] if isinstance(marked, list) else []
    for path in keys:
        for text in (text for given in inputs for text in _texts(_at(given, path))):
            printable.hide(text)
    with _lock:
        _paths[urn] = [_written(path) for path in keys]


def printed(urn: str, failures: Iterable[CheckFailure]) -> list[CheckFailure]:
    """The failures as they may be shown."""
    return [_printed(failure, _of(urn)) for failure in failures]


def without_values(urn: str, lines: Iterable[str]) -> list[str]:
    """Differences, `PATH: OLD -> NEW`, of which those of secret inputs keep the path alone."""
    secret = _of(urn)
    return [next((f"{path} changed" for path in secret if _is_within(line, path)), line) for line in lines]


def _of(urn: str) -> list[str]:
    with _lock:
        return _paths.get(urn, [])


def _printed(failure: CheckFailure, secret: Iterable[str]) -> CheckFailure:
    path, reason = failure.property, failure.reason
    for hidden in secret:
        if _is_within(path, hidden):  # deeper keys are part of the secret
            what = _HINT.sub("", re.sub(r"'[^']*'|\"[^\"]*\"|-?\d[\d.e+-]*", "[secret]", reason, count=1))
            path, reason = hidden, what
        elif _is_within(hidden, path):
            reason = _HINT.sub("", reason)
    return CheckFailure(printable.one_line(path, 600), printable.one_line(reason, _LONGEST_REASON))


def _is_within(path: str, outer: str) -> bool:
    return path == outer or path.startswith((f"{outer}.", f"{outer}[", f"{outer}:", f"{outer} "))


def _at(value: Any, path: Iterable[Any]) -> Any:
    for key in path:
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None
    return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item)
            if isinstance(key, str) and not re.fullmatch(r"[a-z_]+", key):
                yield key
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _written(path: Iterable[Any]) -> str:
    written = ""
    for key in path:
        written = f"{written}[{key}]" if isinstance(key, int) else child(written, key)
    return written
