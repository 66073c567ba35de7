"""`ctune validate`: is a dataset what the service takes, before a job is paid for?

Owns the options, the progress bar and the exit codes: 0 no errors, 1 errors, 2 misuse or unreadable. `data.check` does
the work, `dataset_report` and `dataset_formats` print.
"""

import contextlib
import enum
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pulumi_ctune.cli.ending import MISUSE, ending
from pulumi_ctune.cli.terminal import ERR, OUT
from pulumi_ctune.core.errors import CtuneError, InvalidInputError

if TYPE_CHECKING:
    from pulumi_ctune.core.content import Content
    from pulumi_ctune.data.check import Options, Progress
    from pulumi_ctune.data.report import Report

_NOT_CHECKED = "the dataset was not checked"
_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[KMG]i?B|B|)", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}


class MethodName(enum.StrEnum):
    sft = "sft"
    rft = "rft"
    dpo = "dpo"


class Format(enum.StrEnum):
    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"


def validate(
    dataset: Annotated[
        str, typer.Argument(metavar="DATASET", help="File of JSON Lines, gs://BUCKET/OBJECT, or - for stdin.")
    ],
    method: Annotated[
        MethodName | None,
        typer.Option(
            metavar="sft|rft|dpo", help="Tuning method. Default: inferred from the lines.", show_default=False
        ),
    ] = None,
    validation: Annotated[
        str | None, typer.Option(metavar="DATASET", help="Validation set, checked beside it.", show_default=False)
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Base model of the job, for its limits and the report.", show_default=False)
    ] = None,
    reward: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Reward: config (JSON or YAML) or snippet (.py). References that it reads have to be in every line.",
            show_default=False,
        ),
    ] = None,
    max_problems: Annotated[int, typer.Option(min=0, help="How many problems to list at most; all are counted.")] = 50,
    head: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Read only the beginning, such as 64MiB.", show_default=False)
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors for the exit code.")] = False,
    near_duplicates: Annotated[
        bool, typer.Option("--near-duplicates", help="Look for examples that are almost the same (slow).")
    ] = False,
    fix: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the lines, repaired, to a new file.", show_default=False),
    ] = None,
    output: Annotated[
        Format, typer.Option("--format", metavar="text|json|sarif|github", help="How to print the report.")
    ] = Format.text,
) -> None:
    """Check the dataset of a tuning job: every line, before anything is paid.

    Example: ctune validate train.jsonl --validation val.jsonl --method sft
    """
    from pulumi_ctune.cli import documents
    from pulumi_ctune.data import references
    from pulumi_ctune.data.check import Options

    with ending("validate", failed=MISUSE):
        config = documents.read_reward(reward, "--reward", _NOT_CHECKED) if reward else None
        options = Options(
            method=method.value if method else None,
            model=model,
            references=references.read_by(config),
            looked_up=references.looked_up_by(config),
            most_problems=max_problems,
            head=_size(head) if head is not None else None,
            strict=strict,
            digest=output == Format.json,
            near_duplicates=near_duplicates,
        )
        report, mended = _checked(dataset, validation, options, fix)
    _print(output, report, mended, fix)
    raise typer.Exit(0 if (mended or report).ok else 1)


def _print(output: Format, report: "Report", mended: "Report | None", fix: Path | None) -> None:
    from pulumi_ctune.cli import dataset_formats, dataset_report

    if output == Format.text:
        dataset_report.show(OUT, report)
    else:
        write = {
            Format.json: dataset_formats.as_json,
            Format.sarif: dataset_formats.as_sarif,
            Format.github: dataset_formats.as_github,
        }[output]
        sys.stdout.write(write(report))
    if mended and fix:
        dataset_report.show_mended(OUT if output == Format.text else ERR, mended, str(fix))


def _checked(
    dataset: str, validation: str | None, options: "Options", fix: Path | None
) -> "tuple[Report, Report | None]":
    """The report, and that of the repaired file where one was asked for."""
    from pulumi_ctune.cli.read_progress import reading
    from pulumi_ctune.data.check import check_dataset
    from pulumi_ctune.data.dataset_source import open_file

    if dataset == "-" and validation == "-":
        raise InvalidInputError(_NOT_CHECKED, where="--validation -", why="stdin is the dataset already")
    if fix is not None and validation == "-":
        why = "with --fix it is read twice, and stdin only once"
        raise InvalidInputError(_NOT_CHECKED, where="--validation -", why=why, next_step="Name a file.")
    with _sources(dataset, validation) as (training, beside):
        assert training is not None
        with reading(ERR, _total(options.head, training, beside)) as progress:
            if fix is None:
                return check_dataset(training, beside, options, progress), None
            report = _repaired(training, beside, options, fix, progress)
    mended = open_file(str(fix))
    with _sources(validation) as (beside,), reading(ERR, _total(None, mended, beside)) as progress:
        return report, check_dataset(mended, beside, options, progress)


def _repaired(
    training: "Content", beside: "Content | None", options: "Options", fix: Path, progress: "Progress"
) -> "Report":
    """Check, and write the repaired lines on the way. The file appears only when it is whole."""
    from pulumi_ctune.data.check import check_dataset
    from pulumi_ctune.data.repair import Repairs

    not_repaired = "nothing was repaired"
    if options.head is not None:
        raise InvalidInputError(not_repaired, where="--fix", why="with --head, lines would be lost")
    if str(fix) == "-" or fix.parts[:1] == ("gs:",):
        raise InvalidInputError(not_repaired, where=f"--fix {fix}", why="it is no file", next_step="Name a new file.")
    if os.path.lexists(fix):
        next_step = "Name a file that is not there yet."
        raise InvalidInputError(
            not_repaired, where=f"--fix {fix}", why="there is something already", next_step=next_step
        )
    try:
        descriptor, name = tempfile.mkstemp(prefix=".ctune-", dir=fix.parent)
    except OSError as error:
        raise CtuneError(not_repaired, where=f"--fix {fix}", why=error.strerror or str(error)) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            report = check_dataset(training, beside, options, progress, Repairs(file.write))
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        _name(name, fix)
    except OSError as error:
        raise CtuneError(not_repaired, where=f"--fix {fix}", why=error.strerror or str(error)) from None
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
    return report


def _name(written: str, name: Path) -> None:
    """Give a file its name, but not that of another one that has appeared in the meantime."""
    try:
        os.link(written, name)
    except FileExistsError:
        raise
    except OSError:  # the file system has no links
        os.replace(written, name)


@contextlib.contextmanager
def _sources(*texts: str | None) -> "Iterator[list[Content | None]]":
    """The datasets of these names; one session serves those in Cloud Storage."""
    from pulumi_ctune.cli.datasets import open_datasets

    with open_datasets(os.environ) as open_dataset:
        yield [None if text is None else open_dataset(text) for text in texts]


def _size(text: str) -> int:
    found = _SIZE.fullmatch(text.strip())
    number = float(found["number"]) * _UNITS[found["unit"].lower()] if found else 0
    if number < 1:
        raise InvalidInputError(
            _NOT_CHECKED, where=f"--head {text}", why="it is not a size", next_step="Give one such as 64MiB."
        )
    return int(number)


def _total(head: int | None, *sources: "Content | None") -> int | None:
    """The bytes of all sources that are read, where each one knows its own."""
    sizes = [source.size for source in sources if source is not None]
    return None if None in sizes else sum(min(size, head or size) for size in sizes if size)
