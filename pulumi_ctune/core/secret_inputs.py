"""Keep inputs that are marked as secret out of everything that is printed.

Which inputs are marked is the front's to find out. Their texts are hidden wherever this process prints, what is said of
such a field does not depend on its value, and an output that quotes one is known (`quoting`), so that the front can
hand it on as a secret.
"""

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_ctune.core import printable
from pulumi_ctune.core.kind import Failure
from pulumi_ctune.core.messages import child

Path = list[Any]
"""The keys that lead to an input: names, and positions in lists."""

_LONGEST_REASON = 3_000  # characters
_HINT = re.compile(r"; (?:did you mean|write|the nearest|set|lies|such as)\b.*", re.DOTALL)  # made of the value
_SHORTEST_PART = 6  # characters of a name within a name
_COLLECTIONS = re.compile(
    r"projects|locations|models|endpoints|tuningJobs|publishers|google|keyRings|cryptoKeys|https?:|gs:"
    r"|global|us|europe|[a-z]+-[a-z]+\d+"
)
"""Parts of names that tell nothing: Google's own words, and locations."""


@dataclass(frozen=True)
class _Recorded:
    """What is known of one resource's secret inputs."""

    marks: tuple[Path, ...] = ()  # those of the program that the state is to remember
    written: tuple[str, ...] = ()  # paths of the secret inputs, old and new, as checks write them
    texts: frozenset[str] = frozenset()
    inputs: frozenset[str] = frozenset()


_recorded: dict[str, _Recorded] = {}  # by URN
_lock = threading.Lock()


def note(
    urn: str, inputs: Iterable[str], marks: Iterable[Path], old_marks: Iterable[Path], *properties: Mapping[str, Any]
) -> None:
    """Hide what stands at the marks in `properties` of the resource, the newest first; `inputs` names its inputs.

    `marks` are those to remember, `old_marks` may have been taken away since.
    """
    kept, names = [*marks], frozenset(inputs)
    paths = [*kept, *(path for path in old_marks if path not in kept)]
    secret: list[str | float] = [leaf for path in paths for each in properties for leaf in _leaves(_at(each, path))]
    texts = {text for leaf in secret if isinstance(leaf, str) for text in (leaf, *_parts(leaf))}
    given = {key: value for key, value in properties[0].items() if key in names}
    texts -= {*_plain_parts(given, paths)} - {*secret}
    numbers = {leaf for leaf in secret if not isinstance(leaf, str)}
    for hidden in texts | numbers:
        printable.hide(hidden)
    spelled = frozenset(spelling for text in texts for spelling in printable.spellings(text))
    recorded = _Recorded(tuple(kept), tuple(map(_written, paths)), spelled, names)
    with _lock:
        _recorded[urn] = recorded


def forget(urn: str) -> None:
    """No input of the resource is secret any more; what was hidden stays hidden."""
    with _lock:
        _recorded.pop(urn, None)


def quoting(urn: str, properties: Mapping[str, Any]) -> tuple[list[Path], set[str]]:
    """The marks that the state is to remember, and the outputs among `properties` that quote a secret input.

    Inputs are left out: the engine gives them the marks that they have in the program.
    """
    recorded = _of(urn)
    if not recorded.marks:
        return [], set()
    others = {key: value for key, value in properties.items() if key not in recorded.inputs}
    return [*recorded.marks], {key for key, value in others.items() if _quotes(value, recorded.texts)}


def printed(urn: str, failures: Iterable[Failure]) -> list[Failure]:
    """The failures as they may be shown."""
    return [_printed(failure, _of(urn).written) for failure in failures]


def without_values(urn: str, lines: Iterable[str]) -> list[str]:
    """Differences, `PATH: OLD -> NEW`, of which those of secret inputs keep the path alone."""
    secret = _of(urn).written
    return [next((f"{path} changed" for path in secret if _is_within(line, path)), line) for line in lines]


def has_secrets(urn: str, path: str) -> bool:
    """Whether this input is secret, or part of it."""
    return any(_is_within(path, secret) or _is_within(secret, path) for secret in _of(urn).written)


def _of(urn: str) -> _Recorded:
    with _lock:
        return _recorded.get(urn, _Recorded())


def _printed(failure: Failure, secret: Iterable[str]) -> Failure:
    path, reason = failure.property, failure.reason
    for hidden in secret:
        if _is_within(path, hidden):  # deeper keys are part of the secret
            what = _HINT.sub("", re.sub(r"'[^']*'|\"[^\"]*\"|-?\d[\d.e+-]*", "[secret]", reason, count=1))
            path, reason = hidden, what
        elif _is_within(hidden, path):
            reason = _HINT.sub("", reason)
    return Failure(printable.one_line(path, 600), printable.one_line(reason, _LONGEST_REASON))


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


def _leaves(value: Any) -> Iterator[str | float]:
    """Texts and numbers in a value, and the keys that are not of the API."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item)
            if isinstance(key, str) and not re.fullmatch(r"[a-z_]+", key):
                yield key
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)


def _parts(text: str) -> Iterator[str]:
    """The names that a name is made of (model id, bucket, account), since texts of others quote them alone."""
    if re.search(r"\s", text):
        return
    for part in re.split(r"[/@]", text):
        if part != text and len(part) >= _SHORTEST_PART and not _COLLECTIONS.fullmatch(part):
            yield part


def _plain_parts(value: Any, secret: list[Path], *path: Any) -> Iterator[str]:
    """Texts, and names in texts, of what is not marked: they stand in plain sight anyway."""
    if [*path] in secret:
        return
    if isinstance(value, str):
        yield from (value, *_parts(value))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _plain_parts(item, secret, *path, key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _plain_parts(item, secret, *path, index)


def _quotes(value: Any, texts: frozenset[str]) -> bool:
    return any(text in leaf for leaf in _leaves(value) if isinstance(leaf, str) for text in texts)


def _written(path: Iterable[Any]) -> str:
    written = ""
    for key in path:
        written = f"{written}[{key}]" if isinstance(key, int) else child(written, key)
    return written
