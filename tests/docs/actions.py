"""Run the `run:` steps of a GitHub Actions workflow, one job at a time, in a copy of the project.

Expressions are looked up, not computed: the caller says what each `${{ ... }}` is, and outputs of steps are added. Of
conditions it knows `a == 'b'` and `a != ''`. A checkout becomes one of branch `main`, other actions are passed over.
"""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.stacks.project import ProjectCopy

from . import pages
from .reader import Shell

_EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
_CONDITION = re.compile(r"([\w.-]+) (==|!=) '(.*)'")
CHECKOUT = "git fetch --quiet && git checkout --quiet --force -B main origin/main"


@dataclass
class Outcome:
    """What a job did: the exit code of each step by name, what was printed, the job's outputs, its summary."""

    codes: dict[str, int] = field(default_factory=dict)
    printed: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""

    @property
    def succeeded(self) -> bool:
        return not any(self.codes.values())


def workflow(file: Path) -> dict[str, Any]:
    """A workflow's document; YAML reads the key `on` as True."""
    document: dict[str, Any] = yaml.safe_load(file.read_text())
    return document


def steps_of(file: Path) -> list[dict[str, Any]]:
    """All steps of a workflow that run something."""
    return [step for job in workflow(file)["jobs"].values() for step in job.get("steps", []) if "run" in step]


def holds(condition: str | None, values: Mapping[str, str]) -> bool:
    """Whether a condition of a job or step is true; one that is absent is."""
    if condition is None:
        return True
    match = _CONDITION.fullmatch(condition)
    assert match, f"not understood: {condition}"
    name, operator, expected = match.groups()
    return (values.get(name, "") == expected) == (operator == "==")


class Runner:
    """Runs jobs in the project's folder, which has a remote `origin`. `change` may shorten what a step says."""

    def __init__(self, project: ProjectCopy, place: Path, shell: Shell) -> None:
        self._project = project
        self._place = place
        self._shell = shell

    def run(
        self,
        name: str,
        job: str,
        values: Mapping[str, str] | None = None,
        change: Callable[[str], str] = str,
        *,
        from_step: str = "",
    ) -> Outcome:
        """Run a job of `NAME.yml`; after a step that failed the others are passed over.

        `from_step` is how the name of the first step to run begins.
        """
        document = workflow(pages.WORKFLOWS / f"{name}.yml")
        assert document["defaults"]["run"]["shell"] == "bash"
        description = document["jobs"][job]
        known = dict(values or {})
        env = {**document.get("env", {}), **description.get("env", {})}
        outcome = Outcome()
        names = [step.get("name", "") for step in description["steps"]]
        first = next(number for number, found in enumerate(names) if found.startswith(from_step))
        for step in description["steps"][first:]:
            if "actions/checkout" in step.get("uses", ""):
                self._step("checkout", CHECKOUT, {}, outcome)
            given = {key: _resolved(value, known) for key, value in env.items()}
            seen = {**known, **{f"env.{key}": value for key, value in given.items()}}
            if "run" in step and outcome.succeeded and holds(step.get("if"), seen):
                script = pages.runnable(change(step["run"]))
                for key, value in self._step(step.get("name", step["run"]), script, given, outcome).items():
                    known[f"steps.{step.get('id')}.outputs.{key}"] = value
        outcome.outputs = {
            key: _resolved(value, known, default="") for key, value in description.get("outputs", {}).items()
        }
        return outcome

    def _step(self, name: str, script: str, env: Mapping[str, str], outcome: Outcome) -> dict[str, str]:
        files = {key: self._place / f"{key}-{uuid.uuid4().hex}" for key in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.touch()
        code, printed = self._shell.run(script, {**env, **{key: str(file) for key, file in files.items()}})
        outcome.codes[name] = code
        outcome.printed += printed
        outcome.summary += files["GITHUB_STEP_SUMMARY"].read_text()
        rows = files["GITHUB_OUTPUT"].read_text().splitlines()
        return {key: value for key, _, value in (row.partition("=") for row in rows)}


def _resolved(value: str, known: Mapping[str, str], default: str | None = None) -> str:
    def found(match: re.Match[str]) -> str:
        return known[match[1]] if default is None else known.get(match[1], default)

    return _EXPRESSION.sub(found, value)
