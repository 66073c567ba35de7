"""`ctune promote`: what one stack released becomes config of the next, as a change to review in Git.

Reads the output `release` of one stack, holds it to what makes a release, and writes it; nothing is applied, and Google
is not asked. Runs the user's `pulumi` through `pulumi_cli`.
"""

import json
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from pulumi_ctune.cli import pulumi_cli
from pulumi_ctune.cli.pulumi_cli import PulumiCli, PulumiError
from pulumi_ctune.errors import CtuneError, InvalidInputError

REFUSED = "nothing was written"
RELEASE_KEYS = (  # as `job.release` lists them; the CLI answers in alphabetical order
    "tuned_model_name",
    "checkpoint_id",
    "endpoint",
    "job",
    "metrics",
    "training_dataset_uri",
    "end_time",
)

_out = Console(highlight=False, soft_wrap=True, emoji=False)
_err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def promote(
    from_stack: Annotated[
        str, typer.Option("--from", metavar="STACK", help="Stack that exports the release; also ORG/PROJECT/STACK.")
    ],
    to_stack: Annotated[str, typer.Option("--to", metavar="STACK", help="Stack whose config takes the release.")],
    key: Annotated[str, typer.Option(help="Name of the output, and of the config key.")] = "release",
    cwd: Annotated[
        Path | None, typer.Option("--cwd", "-C", help="Folder of Pulumi.yaml. Default: here.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Write the release that one stack exports into the config of the next: a change to review in Git.

    Nothing is applied, and Google is not asked.

    Example: ctune promote --from dev --to staging
    """
    try:
        promotion = _promote(from_stack.strip(), to_stack.strip(), key, cwd)
    except CtuneError as error:
        _err.print(f"ctune promote: {error}", markup=False)
        raise typer.Exit(2 if isinstance(error, InvalidInputError) else 1) from None
    _out.print(promotion.as_json() if as_json else promotion.as_text(), markup=False)


@dataclass(frozen=True)
class _Promotion:
    source: str
    target: str
    key: str
    release: dict[str, Any]
    previous: Any  # what the target's config held: None, an object, or something that is no release
    written: bool
    file: Path | None  # None if it is not known which file changed
    cwd: Path | None

    def as_json(self) -> str:
        result = {
            "from": self.source,
            "to": self.target,
            "key": self.key,
            "release": self.release,
            "previous": self.previous,
            "written": self.written,
            "file": self._shown_file(),
        }
        return json.dumps(result, indent=2, ensure_ascii=False)

    def as_text(self) -> str:
        if not self.written:
            return f"The {self.key} of {self.source} is already in the config of {self.target}: {REFUSED}."
        rows = list(_changes(self.previous, self.release))
        width = max((len(name) for name, _ in rows), default=0)
        at = f" -C {shlex.quote(str(self.cwd))}" if self.cwd else ""
        place = self._shown_file() or f"the config of {self.target}"
        return "\n".join(
            [
                f"{self.key} of {self.source} -> config of {self.target}",
                *(f"  {name:{width}}  {change}" for name, change in rows),
                f"Written to {place}. Review it with `git{at} diff`, apply it with "
                f"`pulumi{at} up --stack {shlex.quote(self.target)}`.",
            ]
        )

    def _shown_file(self) -> str | None:
        here = Path.cwd()
        if self.file and self.file.is_relative_to(here):
            return str(self.file.relative_to(here))
        return str(self.file) if self.file else None


def _promote(source: str, target: str, key: str, cwd: Path | None) -> _Promotion:
    for option, stack in (("--from", source), ("--to", target)):
        if not stack:  # the CLI would take the selected stack
            raise InvalidInputError(REFUSED, where=option, why="it is empty", next_step="Name a stack.")
    folder = (cwd or Path()).resolve()
    if not folder.is_dir():
        raise InvalidInputError(REFUSED, where=f"--cwd {cwd}", why="there is no such folder")
    executable = shutil.which("pulumi")
    if executable is None:
        raise CtuneError(
            REFUSED,
            why="there is no `pulumi` on PATH",
            next_step="Install it (https://www.pulumi.com/docs/install/), or add its folder to PATH.",
        )
    project = pulumi_cli.project_file(folder)
    if project is None:
        raise CtuneError(
            REFUSED,
            where=f"--cwd {cwd}" if cwd else "",
            why=f"there is no Pulumi.yaml in {folder}, nor above it",
            next_step="Name the folder of the project with --cwd.",
        )
    try:
        return _with(PulumiCli(executable, folder), project, source, target, key, cwd)
    except PulumiError as error:
        raise CtuneError(REFUSED, where=f"`{error.command}`", why=error.words) from None


def _with(pulumi: PulumiCli, project: Path, source: str, target: str, key: str, cwd: Path | None) -> _Promotion:
    _check_target(pulumi, project, source, target)
    release = _release(pulumi, source, key)
    _check_last_update(pulumi, source, key)
    try:
        previous = pulumi.config_value(target, key)
    except PulumiError as error:
        raise _unknown_stack(
            error, f"--to {target}", f"Make it first: `pulumi stack init {shlex.quote(target)}`."
        ) from None
    written = not _is_same(previous, release)
    before = {path: _bytes(path) for path in pulumi_cli.stack_files(project, target)}
    if written:
        pulumi.set_config_object(target, key, release)
    file = next((path for path, content in before.items() if _bytes(path) != content), None)
    return _Promotion(
        source=source,
        target=target,
        key=key,
        release=release,
        previous=previous,
        written=written,
        file=file,
        cwd=cwd,
    )


def _check_target(pulumi: PulumiCli, project: Path, source: str, target: str) -> None:
    """Refuse the source itself, and a stack of another project: the CLI would write a stack file here for it."""
    if target.count("/") == 2:
        organization, _, stack = target.split("/")
        of_this_project = _qualified_name(pulumi, f"{organization}/{stack}")
        if of_this_project != target and _qualified_name(pulumi, target):
            raise CtuneError(
                REFUSED,
                where=f"--to {target}",
                why=f"that stack is not of the project in {project}, and its config lies with its own project",
                next_step="Name that project's folder with --cwd.",
            )
    is_same = source == target
    if not is_same and source.rpartition("/")[2] == target.rpartition("/")[2]:
        name = _qualified_name(pulumi, source)
        is_same = name is not None and name == _qualified_name(pulumi, target)
    if is_same:
        raise InvalidInputError(REFUSED, where=f"--to {target}", why="--from names the same stack")


def _qualified_name(pulumi: PulumiCli, stack: str) -> str | None:
    try:
        return pulumi.qualified_name(stack)
    except PulumiError as error:
        if error.is_unknown_stack:
            return None
        raise


def _unknown_stack(error: PulumiError, where: str, next_step: str) -> Exception:
    return CtuneError(REFUSED, where=where, why=error.words, next_step=next_step) if error.is_unknown_stack else error


def _release(pulumi: PulumiCli, source: str, key: str) -> dict[str, Any]:
    """The release that a stack exports, or CtuneError: it is certain to name one version for good."""
    try:
        outputs = pulumi.outputs(source)
    except PulumiError as error:
        raise _unknown_stack(
            error,
            f"--from {source}",
            "`pulumi stack ls` lists the stacks of this project; one of another is named ORG/PROJECT/STACK.",
        ) from None
    export = f'pulumi.export("{key}", job.release)'
    apply = f"`pulumi up --stack {shlex.quote(source)}`"
    if key not in outputs:
        raise CtuneError(
            REFUSED,
            where=source,
            why=f"the stack exports no '{key}': it was never applied, or its program lacks {export}",
            next_step=f"Run {apply} first.",
        )
    release = outputs[key]
    if secret := next(_secrets(release, key), None):
        raise CtuneError(
            REFUSED,
            where=f"{source}: {secret}",
            why="it is a secret, and the config would hold it in plain text",
            next_step=f"If it need not be one, export pulumi.Output.unsecret(job.release), then run {apply}.",
        )
    if not isinstance(release, dict):
        raise CtuneError(
            REFUSED,
            where=f"{source}: {key}",
            why=f"{json.dumps(release)} is not an object",
            next_step=f"Write {export}, then run {apply}.",
        )
    if reason := _why_not_pinned(release.get("tuned_model_name")):
        raise CtuneError(
            REFUSED,
            where=f"{source}: {key}.tuned_model_name",
            why=reason,
            next_step=f"Write {export}, then run {apply}.",
        )
    return {name: release[name] for name in sorted(release, key=_place)}


def _why_not_pinned(name: Any) -> str:
    from pulumi_ctune.promotion.checks import pinned_name

    if name is None:
        return "missing"
    if not isinstance(name, str):
        return f"{json.dumps(name)} is not text"
    return pinned_name(name, base_model="a release names a version of a tuned model")


def _secrets(value: Any, path: str) -> Iterator[str]:
    """The path of each secret within a value."""
    if value == pulumi_cli.SECRET:
        yield path
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _secrets(part, f"{path}.{name}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _secrets(part, f"{path}[{index}]")


def _check_last_update(pulumi: PulumiCli, source: str, key: str) -> None:
    """Outputs are recorded even when resources fail, also the gates that this very release should have passed."""
    try:
        result = pulumi.last_update(source)
    except PulumiError:
        return  # who may read outputs but not the history can still promote
    if result not in ("", "succeeded"):
        stack = shlex.quote(source)
        raise CtuneError(
            REFUSED,
            where=source,
            why=f"its last update did not succeed ({result}), and its {key} may be one that a gate refused",
            next_step=f"Run `pulumi up --stack {stack}` to its end; `pulumi stack history --stack {stack}` says more.",
        )


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _is_same(old: Any, new: Any) -> bool:
    """Equal with the types of JSON, where True is not 1."""
    return json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)


def _changes(old: Any, new: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and `old -> new` of every part that changes; the new values alone where there was no object."""
    if old is not None and not isinstance(old, Mapping):
        yield "was", _text(old)
    before: Mapping[str, Any] = old if isinstance(old, Mapping) else {}
    for name in sorted({*before, *new}, key=_place):
        was, now = before.get(name), new.get(name)
        if _is_same(was, now):
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
    return f"{_text(old)} -> {_shortened(_text(old), _text(new))}"


def _shortened(old: str, new: str) -> str:
    """The new name without what it has in common with the old one: `...@2`."""
    common, last = re.fullmatch(r"((?:.*[/@])?)([^/@]*)", new, re.DOTALL).groups()  # type: ignore[union-attr]
    return f"...{common[-1]}{last}" if len(common) > len("...@") and old.startswith(common) else new


def _text(value: Any) -> str:
    if value is None:
        return "(none)"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _place(name: str) -> tuple[int, str]:
    return (RELEASE_KEYS.index(name) if name in RELEASE_KEYS else len(RELEASE_KEYS), name)
