"""Releases: what a stack must export for the next one to serve it, and how it gets into the other's config.

Owns when a release is refused: it has to name one version for good, in plain values, and come from an update that went
well. Asks the user's `pulumi` through `pulumi_cli`; knows neither options nor what is printed, and Google is not asked.
"""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_ctune.cli import pulumi_cli, spelling
from pulumi_ctune.cli.pulumi_cli import PulumiCli, PulumiError
from pulumi_ctune.core.errors import CtuneError, InvalidInputError
from pulumi_ctune.native import kept_schema

REFUSED = "nothing was written"
RELEASE_KEYS = (  # in the order of `job.release`; the CLI answers in alphabetical order
    "tuned_model_name",
    "checkpoint_id",
    "endpoint",
    "job",
    "metrics",
    "training_dataset_uri",
    "end_time",
)
_VERSION = ("tuned_model_name", "tunedModelName")  # as programs in Python spell it, and those that use the plugin
_ORDER = {spelt: place for place, key in enumerate(RELEASE_KEYS) for spelt in (key, kept_schema.camel(key))}


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """A release that was handed on from stack `source` to stack `target`."""

    source: str
    target: str
    key: str
    """Name of the output, and of the config key."""
    release: dict[str, Any]
    previous: Any
    """What the target's config held: None, an object, or something that is no release."""
    written: bool
    """Whether the config had to be changed."""
    file: Path | None
    """Where it was changed; None if it was not, or if it is not known which file is meant."""


def hand_on(pulumi: PulumiCli, project: Path, source: str, target: str, key: str) -> Promotion:
    """Put the output `key` of one stack into the config of another, a stack of the project whose file is `project`.

    Raises:
        InvalidInputError: source and target are one stack.
        CtuneError: the output is no release, its last update failed, or one of the stacks is not there.
        PulumiError: whatever else `pulumi` fails at.
    """
    _check_target(pulumi, project, source, target)
    release = _release(pulumi, source, key)
    _check_last_update(pulumi, source, key)
    try:
        previous = pulumi.config_value(target, key)
    except PulumiError as error:
        raise _unknown_stack(
            error, f"--to {target}", f"Make it first: `pulumi stack init {shlex.quote(target)}`."
        ) from None
    written = not is_same(previous, release)
    before = {path: _content(path) for path in pulumi_cli.stack_files(project, target)}
    if written:
        pulumi.set_config_object(target, key, release)
    return Promotion(
        source=source,
        target=target,
        key=key,
        release=release,
        previous=previous,
        written=written,
        file=next((path for path, content in before.items() if _content(path) != content), None),
    )


def is_same(old: Any, new: Any) -> bool:
    """Equal with the types of JSON, where True is not 1."""
    return json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)


def in_order(key: str) -> tuple[int, str]:
    """Sort key for the parts of a release: `RELEASE_KEYS` first, then what else a program has added."""
    return (_ORDER.get(key, len(RELEASE_KEYS)), key)


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
    same_stack = source == target
    if not same_stack and source.rpartition("/")[2] == target.rpartition("/")[2]:
        name = _qualified_name(pulumi, source)
        same_stack = name is not None and name == _qualified_name(pulumi, target)
    if same_stack:
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
    export = _export(key)
    apply = f"`pulumi up --stack {shlex.quote(source)}`"
    if key not in outputs:
        raise CtuneError(
            REFUSED,
            where=source,
            why=f"the stack exports no '{key}': it was never applied, or its program lacks {export}",
            next_step=f"Run {apply} first.",
        )
    release = outputs[key]
    for path, part in _parts(release, key):
        if part == pulumi_cli.SECRET:
            raise CtuneError(
                REFUSED,
                where=f"{source}: {path}",
                why="it is a secret, and the config would hold it in plain text",
                next_step=f"If it need not be one, {_in_plain()}, then run {apply}.",
            )
        if isinstance(part, dict) and pulumi_cli.NO_PLAIN_VALUE in part:
            raise CtuneError(
                REFUSED,
                where=f"{source}: {path}",
                why="it is NaN, infinite, an asset or a resource, which no config can hold",
                next_step=f"Leave it out of the output, then run {apply}.",
            )
    if not isinstance(release, dict):
        raise CtuneError(
            REFUSED,
            where=f"{source}: {key}",
            why=f"{json.dumps(release)} is not an object",
            next_step=f"Write {export}, then run {apply}.",
        )
    version = next((name for name in _VERSION if name in release), _VERSION[not spelling.is_of_python()])
    if reason := _why_not_pinned(release.get(version)):
        raise CtuneError(
            REFUSED,
            where=f"{source}: {key}.{version}",
            why=reason,
            next_step=f"Write {export}, then run {apply}.",
        )
    return {name: release[name] for name in sorted(release, key=in_order)}


def _export(key: str) -> str:
    if spelling.is_of_python():
        return f'pulumi.export("{key}", job.release)'
    return f"an output '{key}' that has the job's tunedModelName"


def _in_plain() -> str:
    if spelling.is_of_python():
        return "export pulumi.Output.unsecret(job.release)"
    return "export it as a plain value, or leave it out"


def _parts(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Path and value of everything within a value, itself first."""
    yield path, value
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _parts(part, f"{path}.{name}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _parts(part, f"{path}[{index}]")


def _why_not_pinned(name: Any) -> str:
    from pulumi_ctune.core.name_checks import pinned_name

    if name is None:
        return "missing"
    if not isinstance(name, str):
        return f"{json.dumps(name)} is not text"
    return pinned_name(name, base_model="a release names a version of a tuned model")


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


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
