"""`ctune reward test`: what does a reward give, before a job is paid for?

Owns the options and the exit codes: 0 all rewards computed, 1 some not, 2 misuse. `data.rewards` does the work,
`reward_service` asks the service, `reward_report` prints.
"""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pulumi_ctune.cli.ending import ending
from pulumi_ctune.cli.options import TextOrJson, TextOrJsonOption
from pulumi_ctune.cli.terminal import ERR, OUT
from pulumi_ctune.core import durations
from pulumi_ctune.core.errors import CtuneError, InvalidInputError
from pulumi_ctune.core.printable import count_of, one_line

if TYPE_CHECKING:
    from pulumi_ctune.cli.reward_report import Report
    from pulumi_ctune.data.rewards.cases import Answer
    from pulumi_ctune.data.rewards.config import RewardConfig
    from pulumi_ctune.data.rewards.examples import Example, Examples

_NOT_TRIED = "the reward was not tried"
_MOST_ASKED = 30  # lines that the service is asked about, unless told otherwise


app = typer.Typer(
    name="reward", help="Rewards of reinforcement tuning.", no_args_is_help=True, pretty_exceptions_enable=False
)


@dataclass(frozen=True)
class _Options:
    reward: Path
    data: str | None
    answers: Path | None
    google: bool
    samples: int | None
    model: str | None
    lines: int | None
    time_limit: str

    def check(self) -> None:
        """Raises `InvalidInputError` for options that mean nothing together."""
        if (self.samples is None) != (self.model is None):
            given, other = ("--model", "--samples") if self.samples is None else ("--samples", "--model")
            raise InvalidInputError(_NOT_TRIED, where=given, why=f"it needs {other}")
        if self.samples is not None and self.answers is not None:
            raise InvalidInputError(_NOT_TRIED, where="--samples", why="--answers gives the answers already")
        if self.data is None and (self.samples is not None or self.answers is not None):
            option = "--samples" if self.answers is None else "--answers"
            raise InvalidInputError(_NOT_TRIED, where=option, why="it needs the prompts: --data DATASET")

    @property
    def most_lines(self) -> int | None:
        return self.lines or (_MOST_ASKED if self.google or self.samples else None)


@app.callback()
def _commands() -> None:
    """Rewards of reinforcement tuning."""


@app.command(name="test")
def try_reward(
    reward: Annotated[
        Path, typer.Argument(metavar="REWARD", help="Snippet of Python (.py), or reward config as JSON or YAML.")
    ],
    data: Annotated[
        str | None,
        typer.Option(metavar="DATASET", help="Prompts and references: file, gs:// object or -.", show_default=False),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Answers as JSON Lines: line n is a text, or a list of texts, for line n of the data. "
            "Default: the references, an empty answer, half of one, another line's.",
            show_default=False,
        ),
    ] = None,
    google: Annotated[bool, typer.Option("--google", help="Ask Google's validator too, and show differences.")] = False,
    samples: Annotated[
        int | None,
        typer.Option(min=1, metavar="K", help="Score K answers of --model to each prompt.", show_default=False),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Model or endpoint that answers; its usual price is paid.", show_default=False)
    ] = None,
    lines: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Try N lines of the data, chosen at random, always the same. "
            f"Default: all; {_MOST_ASKED} with --google or --samples.",
            show_default=False,
        ),
    ] = None,
    time_limit: Annotated[str, typer.Option(metavar="DURATION", help="Of one call of a snippet.")] = "100s",
    output: TextOrJsonOption = TextOrJson.text,
) -> None:
    """Try a reward on a dataset: compare texts, or run its code here, before a job is paid for.

    Code runs on this machine in a process of its own, within the service's limits: 100 s a call, 1 GB, the libraries
    that the service lists, no network. That finds mistakes; it is no sandbox, so try only code that you trust.

    Example: ctune reward test reward.py --data train.jsonl
    """
    from pulumi_ctune.cli import reward_report

    options = _Options(reward, data, answers, google, samples, model, lines, time_limit)
    with ending("reward test"):
        report = _tried(options)
    if output == TextOrJson.json:
        reward_report.show_warnings(ERR, report)
        sys.stdout.write(reward_report.as_json(report))
    else:
        reward_report.show(OUT, report)
    raise typer.Exit(1 if report.result.failed else 0)


def _tried(options: _Options) -> "Report":
    from pulumi_ctune.cli.reward_report import Report
    from pulumi_ctune.cli.reward_service import Service
    from pulumi_ctune.data.rewards import traps
    from pulumi_ctune.data.rewards.code import Limits
    from pulumi_ctune.data.rewards.trial import Trial

    options.check()
    limits = Limits(seconds=_seconds(options.time_limit))
    config = _config(options.reward)
    examples = _examples(options, config)
    warnings = [str(trap) for trap in (*traps.of_config(config), *traps.of_examples(config, examples))]
    if examples.wrong:
        warnings.append(f"{examples.wrong:,} lines are not examples and were skipped ({examples.first_wrong})")
    verdicts = None
    if options.google or options.samples:
        with Service(os.environ, _watch) as service:
            asked = _given(options, config, examples)
            if options.samples is not None and options.model is not None:
                number = options.samples * len(examples.tried)
                ERR.print(f"asking {one_line(options.model, 200)} for {number:,} answers, at its usual price")
                asked, missing = service.samples(options.model, options.samples, examples.tried)
                warnings += [f"some samples are missing: {missing}"] if missing else []
            if options.google:
                verdicts = service.verdicts(config, asked)
    else:
        asked = _given(options, config, examples)
    with Trial(config, limits) as trial:
        result = trial.run(_watch(asked, len(asked)), verdicts)
    return Report(str(options.reward), _about(options, config, examples), result, warnings + traps.of_result(result))


def _config(reward: Path) -> "RewardConfig":
    from pulumi_ctune.cli import documents
    from pulumi_ctune.data.rewards import config

    try:
        document = documents.read_reward(reward, "", _NOT_TRIED)
    except CtuneError as error:
        raise _misuse(error) from None
    return config.of_document(document, str(reward))


def _examples(options: _Options, config: "RewardConfig") -> "Examples":
    from pulumi_ctune.cli.datasets import open_datasets
    from pulumi_ctune.data.rewards import examples
    from pulumi_ctune.data.rewards.cases import names_read

    if options.data is None:
        return examples.made_up(names_read(config))
    try:
        with open_datasets(os.environ) as open_dataset:
            return examples.read(open_dataset(options.data), options.most_lines)
    except InvalidInputError as error:
        raise error.but(what=_NOT_TRIED) from None
    except CtuneError as error:
        raise _misuse(error) from None


def _misuse(error: CtuneError) -> InvalidInputError:
    """A file or dataset that cannot be read is misuse, whatever the reason."""
    why = error.why if error.where else f"{error.what}: {error.why}"
    return InvalidInputError(_NOT_TRIED, where=error.where, why=why, next_step=error.next_step)


def _given(options: _Options, config: "RewardConfig", examples: "Examples") -> "list[tuple[Example, Answer]]":
    from pulumi_ctune.data.rewards import cases

    tried = examples.tried
    if options.answers is None:
        return cases.of_examples(config, tried)
    given = _answers(options.answers)
    if len(tried) == examples.total and (beyond := sorted(given.keys() - {example.line for example in tried})):
        why = f"line {beyond[0]} has an answer, and line {beyond[0]} of the data is not an example"
        raise InvalidInputError(_NOT_TRIED, where=f"--answers {options.answers}", why=why)
    return [(example, cases.Answer(text, "given")) for example in tried for text in given.get(example.line, ())]


def _answers(path: Path) -> Mapping[int, Sequence[str]]:
    from pulumi_ctune.cli import documents

    where = f"--answers {path}"
    try:
        text = documents.read_text(path, "--answers", _NOT_TRIED)
    except CtuneError as error:
        raise _misuse(error) from None
    lines = text.removeprefix("\ufeff").split("\n")
    return {number: _texts(line, where, number) for number, line in enumerate(lines, 1) if line.strip()}


def _texts(line: str, where: str, number: int) -> list[str]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    texts = [value] if isinstance(value, str) else value
    if isinstance(texts, list) and all(isinstance(text, str) and _is_whole(text) for text in texts):
        return texts
    why = f"line {number} is neither a JSON text nor a list of them"
    raise InvalidInputError(_NOT_TRIED, where=where, why=why, next_step='Write "..." or ["...", "..."] a line.')


def _is_whole(text: str) -> bool:
    """Whether it holds no half of a character, which no request can carry."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _seconds(text: str) -> float:
    try:
        seconds = durations.parse(text).total_seconds()
    except ValueError as error:
        raise InvalidInputError(_NOT_TRIED, where="--time-limit", why=str(error)) from None
    if seconds <= 0:
        raise InvalidInputError(_NOT_TRIED, where="--time-limit", why="it has to be more than nothing")
    return seconds


def _about(options: _Options, config: "RewardConfig", examples: "Examples") -> str:
    kinds = {
        "stringMatchRewardScorer": "string match",
        "codeExecutionRewardScorer": "code",
        "autoraterScorer": "autorater",
        "cloudRunRewardScorer": "Cloud Run",
    }
    kind = ", ".join(dict.fromkeys(kinds[reward.scorer] for reward in config.rewards))
    kind = f"composite of {len(config.rewards)} ({kind})" if config.is_composite else kind
    if options.data is None:
        return f"{kind}, tried on an example that is made up (--data gives real ones)"
    some = f"{len(examples.tried):,} of " if len(examples.tried) < examples.total else ""
    return f"{kind}, tried on {some}{count_of(examples.total, 'example')} of {options.data}"


def _watch(things: Iterable[Any], total: int) -> Iterable[Any]:
    """A bar on a terminal, for what takes long."""
    if not ERR.is_terminal:
        return things
    from rich.progress import track

    return track(things, "trying", total=total, console=ERR, transient=True)
