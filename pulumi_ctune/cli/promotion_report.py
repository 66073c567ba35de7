"""What `ctune promote` prints: as text the parts that change and what to do next, as JSON the whole result."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pulumi_ctune.cli.json_output import json_text
from pulumi_ctune.cli.releases import REFUSED, Promotion, in_order, is_same
from pulumi_ctune.core.printable import one_line

_LONGEST = 2_000  # characters of a row; JSON has all


def as_json(promotion: Promotion) -> str:
    """The result as an object: `from`, `to`, `key`, `release`, `previous`, `written`, `file`."""
    result = {
        "from": promotion.source,
        "to": promotion.target,
        "key": promotion.key,
        "release": promotion.release,
        "previous": promotion.previous,
        "written": promotion.written,
        "file": _shown_file(promotion),
    }
    return json_text(result, indent=2)


def as_text(promotion: Promotion, cwd: Path | None) -> str:
    """The result in lines, where `cwd` is the folder that the commands of the next step have to name."""
    source, target, key = promotion.source, promotion.target, promotion.key
    if not promotion.written:
        return f"The {key} of {source} is already in the config of {target}: {REFUSED}."
    rows = [
        (one_line(name, _LONGEST), one_line(change, _LONGEST))
        for name, change in _changes(promotion.previous, promotion.release)
    ]
    width = max((len(name) for name, _ in rows), default=0)
    at = f" -C {shlex.quote(str(cwd))}" if cwd else ""
    place = _shown_file(promotion) or f"the config of {target}"
    return "\n".join(
        [
            f"{key} of {source} -> config of {target}",
            *(f"  {name:{width}}  {change}" for name, change in rows),
            f"Written to {place}. Review it with `git{at} diff`, apply it with "
            f"`pulumi{at} up --stack {shlex.quote(target)}`.",
        ]
    )


def _shown_file(promotion: Promotion) -> str | None:
    file, here = promotion.file, Path.cwd()
    if file and file.is_relative_to(here):
        return str(file.relative_to(here))
    return str(file) if file else None


def _changes(old: Any, new: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and `old -> new` of every part that changes; the new values alone where there was no object."""
    if old is not None and not isinstance(old, Mapping):
        yield "was", _text(old)
    before: Mapping[str, Any] = old if isinstance(old, Mapping) else {}
    for name in sorted({*before, *new}, key=in_order):
        was, now = before.get(name), new.get(name)
        if is_same(was, now):
            continue
        if now and isinstance(now, Mapping):
            yield name, ", ".join(f"{part} {change}" for part, change in _changes(was if was else None, now))
        elif isinstance(old, Mapping):
            yield name, _change(was, now)
        else:
            yield name, _text(now)


def _change(old: Any, new: Any) -> str:
    if _text(old) == _text(new):  # "2" and 2
        return f"{json.dumps(old)} -> {json.dumps(new)}"
    return f"{_text(old)} -> {_without_common_start(_text(old), _text(new))}"


def _without_common_start(old: str, new: str) -> str:
    """The new name without what it has in common with the old one: `...@2`."""
    common, last = re.fullmatch(r"((?:.*[/@])?)([^/@]*)", new, re.DOTALL).groups()  # type: ignore[union-attr]
    return f"...{common[-1]}{last}" if len(common) > len("...@") and old.startswith(common) else new


def _text(value: Any) -> str:
    if value is None:
        return "(none)"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
