"""Write docs/reference/: what resources, functions, errors, settings and commands take and give.

Everything in it comes from the classes, docstrings and options of `pulumi_ctune`; here stands only which page has what.
`make reference` writes the pages, and a test fails where those in the repository are not what would be written.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_type_hints

import typer.main

import pulumi_ctune as ctune
from pulumi_ctune import cli, config
from pulumi_ctune.alias import attributes as of_alias
from pulumi_ctune.conformance import points
from pulumi_ctune.core import errors
from pulumi_ctune.data import problems
from pulumi_ctune.deployment import attributes as of_deployment
from pulumi_ctune.evaluation_run import attributes as of_evaluation
from pulumi_ctune.model_copy import attributes as of_copy
from pulumi_ctune.native.kept_schema import kept
from pulumi_ctune.program import dataset, evaluation_lookup, reward_args, tuned_model
from pulumi_ctune.program.attribute_docs import attribute_docs
from pulumi_ctune.tuning_job import attributes as of_job
from tools.reference_text import Link, Text, arguments, fields, item, markdown, properties, tree_of

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
MARK = "<!-- Written by `make reference` from the docstrings of pulumi_ctune: edit those. -->"

JOB, ALIAS, DEPLOYMENT = "continuous-tuning-job.md", "model-version-alias.md", "model-deployment.md"
EVALUATION, EVALUATION_LOOKUP = "evaluation-run.md", "get-evaluation-run.md"
COPY = "model-copy.md"
TUNED_MODEL, DATASET = "get-tuned-model.md", "get-dataset.md"
REWARDS, ERRORS, SETTINGS, COMMANDS = "rewards.md", "errors.md", "config.md", "cli.md"
NOT_CONFIRMED = "not-confirmed.md"


NESTED: dict[str, tuple[type, ...]] = {
    JOB: (
        ctune.PreTunedModelArgs,
        ctune.SupervisedTuningSpecArgs,
        ctune.SupervisedHyperParametersArgs,
        ctune.EvaluationConfigArgs,
        ctune.ReinforcementTuningSpecArgs,
        ctune.ReinforcementTuningHyperParametersArgs,
        ctune.PreferenceOptimizationSpecArgs,
        ctune.PreferenceOptimizationHyperParametersArgs,
        ctune.EncryptionSpecArgs,
        ctune.BudgetArgs,
        ctune.TunedModelCheckpoint,
    ),
    REWARDS: (
        ctune.SingleReinforcementTuningRewardConfigArgs,
        ctune.CompositeReinforcementTuningRewardConfigArgs,
        ctune.WeightedRewardConfigArgs,
        ctune.ParseResponseConfigArgs,
        ctune.StringMatchRewardScorerArgs,
        ctune.StringMatchExpressionArgs,
        ctune.JsonMatchExpressionArgs,
        ctune.CodeExecutionRewardScorerArgs,
        ctune.CloudRunRewardScorerArgs,
        ctune.AutoraterScorerArgs,
        ctune.AutoraterConfigArgs,
        ctune.ExactMatchScorerArgs,
        ctune.ParsedResponseConversionScorerArgs,
    ),
    ALIAS: (ctune.MetricRequirementArgs, ctune.EvaluationResultArgs),
    EVALUATION: (
        ctune.EvaluationBaselineArgs,
        ctune.EvaluationDataSourceArgs,
        ctune.BigQueryRequestSetArgs,
        ctune.BigQuerySamplingConfigArgs,
        ctune.EvaluationRunConfigArgs,
        ctune.EvaluationRunMetricArgs,
        ctune.ComputationBasedMetricSpecArgs,
        ctune.PredefinedMetricSpecArgs,
        ctune.EvaluationPromptTemplateArgs,
    ),
    TUNED_MODEL: (ctune.TunedModel,),
    DATASET: (ctune.Dataset, ctune.TokenEstimate),
}
"""Page -> the classes below its first heading."""
PLACES = {cls.__name__: page for page, classes in NESTED.items() for cls in classes}


def pages() -> dict[str, str]:
    """Every page of the reference: its file's name and its text."""
    drawn = {
        JOB: resource(ctune.ContinuousTuningJob, of_job.TYPE, JOB),
        REWARDS: rewards(),
        ALIAS: resource(ctune.ModelVersionAlias, of_alias.TYPE, ALIAS),
        DEPLOYMENT: resource(ctune.ModelDeployment, of_deployment.TYPE, DEPLOYMENT),
        EVALUATION: resource(ctune.EvaluationRun, of_evaluation.TYPE, EVALUATION),
        EVALUATION_LOOKUP: lookup(
            EVALUATION_LOOKUP, ctune.get_evaluation_run, ctune.get_evaluation_run_output, evaluation_lookup
        ),
        COPY: resource(ctune.ModelCopy, of_copy.TYPE, COPY),
        TUNED_MODEL: lookup(TUNED_MODEL, ctune.get_tuned_model, ctune.get_tuned_model_output, tuned_model),
        DATASET: lookup(DATASET, ctune.get_dataset, ctune.get_dataset_output, dataset),
        SETTINGS: settings(),
        COMMANDS: commands(),
        ERRORS: exceptions(),
        NOT_CONFIRMED: not_confirmed(),
    }
    texts = {page: "\n\n".join([MARK, *parts]) + "\n" for page, parts in drawn.items()}
    return {"README.md": contents(texts), **texts}


def contents(texts: dict[str, str]) -> str:
    """The page that GitHub and the site show for the folder."""
    rows = []
    for page, text in texts.items():
        title, _, rest = text.partition("# ")[2].partition("\n\n")
        rows.append(item(f"[{title}]({page})", re.split(r"(?<=\.)\s", rest, maxsplit=1)[0]))
    return (
        f"{MARK}\n\n# Reference\n\nEvery input, output, setting and command, as the code has them.\n\n"
        + _lines(rows)
        + "\n"
    )


def resource(cls: type, token: str, page: str) -> Iterator[str]:
    link, constructor = links(page), Text.of(vars(cls)["__init__"])
    given = {name: text for name, text in constructor.sections["Args"].items() if name != "resource_name"}
    yield f"# {cls.__name__}"
    yield Text.of(cls).prose
    yield f"Type token: `{token}`"
    yield "## Inputs"
    yield "Every value may be an `Output`. Nested inputs are dicts with these keys, or the classes below."
    yield _lines(arguments(vars(cls)["__init__"], given, link))
    yield "## Outputs"
    yield "Every input is an output too, as it was given."
    yield _lines(fields(cls, link))
    for name, text in properties(cls).items():
        yield f"## {name}"
        yield text
    getter = inspect.unwrap(vars(cls)["get"].__func__)
    yield "## get"
    yield f"`{cls.__name__}.get(resource_name, id, opts=None)`"
    yield Text.of(getter).prose
    yield from nested(page)


def rewards() -> Iterator[str]:
    yield "# Rewards"
    summary = (inspect.getdoc(reward_args) or "").partition(": ")[2].partition("\n")[0]
    yield f"`single_reward_config` and `composite_reward_config` of a reinforcement tuning job say {summary}"
    yield from nested(REWARDS)


def nested(page: str) -> Iterator[str]:
    for cls in NESTED.get(page, ()):
        yield f"## {cls.__name__}"
        yield Text.of(cls).prose
        if documented := fields(cls, links(page)) or _getters(cls):
            yield _lines(documented)


def _getters(cls: type) -> list[str]:
    """The attributes of an output type, whose types stand at their getters."""
    hints = {
        name: get_type_hints(each.fget)["return"] for name, each in vars(cls).items() if isinstance(each, property)
    }
    return [item(f"`{name}` ({_shown(hints[name])})", text) for name, text in properties(cls).items()]


def _shown(hint: Any) -> str:
    return " or ".join(
        f"`{kind}`" if kind != "None" else kind for kind in getattr(hint, "__name__", str(hint)).split(" | ")
    )


def lookup(page: str, now: Callable[..., Any], later: Callable[..., Any], module: Any) -> Iterator[str]:
    yield f"# {now.__name__}"
    for function in (now, later):
        text = Text.of(function)
        if function is later:
            yield f"## {function.__name__}"
        yield text.prose
        if given := text.sections.get("Args"):
            yield "Arguments:"
            yield _lines(arguments(function, given, links(page)))
        if raised := text.sections.get("Raises"):
            yield "Errors:"
            yield _lines([item(f"[`{name}`]({ERRORS})", why) for name, why in raised.items()])
    yield from nested(page)
    yield "## In unit tests"
    yield f"With `pulumi.runtime.set_mocks`, `{module.MOCK_TOKEN}`: {markdown(_under(module, 'MOCK_TOKEN'))}"


def settings() -> Iterator[str]:
    yield "# Settings"
    yield (
        "Keys of the stack config (`pulumi config set KEY VALUE`). Without one, the first of its environment variables "
        "that is set counts. Each `gcp:` key except `gcp:credentials` also exists as `ctune:` key, which takes "
        "precedence. A `ctune:` key that does not exist is refused."
    )
    texts = attribute_docs(config.Settings)
    for key, variables in config.ENVIRONMENT.items():
        yield f"## {key}"
        yield markdown(texts[_snake(key)])
        if variables:
            yield "Environment: " + ", ".join(f"`{name}`" for name in variables)
    yield "## gcp:defaultLabels"
    yield markdown(inspect.getdoc(config.default_labels) or "")
    yield "## ctune:organization"
    yield f"{kept()['config']['variables']['organization']['description']} Only the native plugin reads it."


def commands() -> Iterator[str]:
    group: Any = typer.main.get_command(cli.app)
    yield "# The command ctune"
    yield f"{group.help} Exit code 0: done, 1: it failed, 2: it was used wrongly. `ctune COMMAND --help` says the same."
    for name, command in _leaves(group):
        *prose, example = command.help.split("\n\n")
        yield f"## ctune {name}"
        yield markdown("\n\n".join(prose))
        yield f"```bash\n{example.removeprefix('Example: ')}\n```"
        yield _lines([item(_option(option), option.help) for option in command.params])
    yield "## Rules of ctune validate"
    yield (
        "Their ids stay as they are. Problems of the first list are errors, those of the second are warnings, which "
        "`--strict` counts as well. Where it is not known what Google does, an error is a warning that says so."
    )
    for rules in (problems.ERRORS, problems.WARNINGS):
        yield _lines([item(f"`{rule}`", about) for rule, about in rules.items()])


def _leaves(group: Any) -> Iterator[tuple[str, Any]]:
    """The commands of a group, and of groups in it, by the words that one types."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from ((f"{name} {inner}", leaf) for inner, leaf in _leaves(command))
        else:
            yield name, command


def _option(option: Any) -> str:
    if option.param_type_name == "argument":
        return f"{option.metavar}{', required' if option.required else ''}"
    spelled = ", ".join(f"`{name}`" for name in option.opts)
    value = "" if option.is_flag else f" {option.metavar or option.name.rpartition('_')[2].upper()}"
    default = f", default `{option.default}`" if option.default and not option.is_flag else ""
    return f"{spelled}{value}{', required' if option.required else ''}{default}"


def exceptions() -> Iterator[str]:
    yield "# Errors"
    yield (
        "An error is one line: what failed, where (resource and field as you typed it), why (in Google's words where "
        "there are some), and what to do next. In a program each of them is a `pulumi_ctune.CtuneError`."
    )
    yield "\n".join(tree_of(errors.CtuneError))


def not_confirmed() -> Iterator[str]:
    yield "# Not confirmed at Google"
    yield (
        "What Google's documentation leaves open and this package relies on. A run of "
        "[`ctune conformance`](../run-against-google.md) answers each row that names a step; nobody has made one yet."
    )
    yield points.table()


def links(page: str) -> Link:
    """Where the classes are described, as seen from a page."""

    def link(name: str) -> str | None:
        place = PLACES.get(name)
        return None if place is None else f"{'' if place == page else place}#{name.lower()}"

    return link


def _under(module: Any, name: str) -> str:
    """The text under a constant."""
    return re.search(rf'^{name} = [^\n]*\n"""(.*?)"""', inspect.getsource(module), re.DOTALL | re.MULTILINE)[1]  # type: ignore[index]


def _snake(key: str) -> str:
    return re.sub(r"[A-Z]", lambda capital: f"_{capital[0].lower()}", key.partition(":")[2])


def _lines(items: list[str]) -> str:
    return "\n".join(items)


def write(folder: Path = FOLDER) -> None:
    folder.mkdir(exist_ok=True)
    texts = pages()
    for old in folder.glob("*.md"):
        if old.name not in texts:
            old.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    write()
