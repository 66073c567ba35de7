"""A copy of this repository's Pulumi project with its stages, all of them on one emulator.

Program and `Pulumi.<stage>.yaml` are the repository's own; only the emulator and a short pause between two looks are
added to the config. Knows the project, nothing of what its commands should do.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.engine.harness import Project, Run
from tests.pulumi_gcp.stacks import Place, plugin_installation

REPOSITORY = Path(__file__).parents[2]
STAGES = ("dev", "staging", "prod")
_ON_EMULATOR = {
    "gcp:vertexAiCustomEndpoint": "embedded:emulator",  # as in Pulumi.local.yaml: within the program's folder
    "ctune:apiEndpoint": "embedded:emulator",
    "ctune:pollInterval": "200ms",
}
_OURS = "support-bot:"
_UNCHANGED = ("same", "read", "refresh")


class ProjectCopy(Project):
    """The project in `folder`, its `stages` made but not applied. `vertex` is the emulator of all of them.

    `up("dev")`, `preview("prod")`, `outputs("staging")` ...: as of `Project`, the stage first. `run` runs any program
    in `folder` with `env`: `run("ctune", ...)`, `run("sh", "-c", script)`.
    """

    def __init__(self, place: Path, *, pulumi_bin: Path, stages: Sequence[str] = STAGES) -> None:
        super().__init__(place, pulumi_bin=pulumi_bin)
        shutil.copy(REPOSITORY / "Pulumi.yaml", self.folder)
        left_out = shutil.ignore_patterns("emulator", "__pycache__")
        shutil.copytree(REPOSITORY / "stacks", self.folder / "stacks", ignore=left_out)
        self.vertex = Place(self.folder / "stacks" / "emulator")
        self.pulumi(*plugin_installation(place))
        for stage in stages:
            put_on_emulator(self.stack_file(stage))
            self.pulumi("stack", "init", stage)

    def promote(self, source: str, target: str) -> Run:
        """`ctune promote`: the release of one stage becomes config of another."""
        return self.run("ctune", "promote", "--from", source, "--to", target)

    def unprotect(self, stage: str) -> None:
        """Let a destroy delete the stage's endpoint."""
        self.pulumi("state", "unprotect", "--all", "--yes", "--stack", stage)

    def stack_file(self, stage: str) -> Path:
        """Where a stage's config is."""
        return self.folder / "stacks" / f"Pulumi.{stage}.yaml"

    def settings(self, stage: str) -> dict[str, Any]:
        """What the program's part of a stage's config says, without `support-bot:` before the names."""
        config = yaml.safe_load(self.stack_file(stage).read_text())["config"]
        return {key.removeprefix(_OURS): value for key, value in config.items() if key.startswith(_OURS)}

    def configure(self, stage: str, **settings: Any) -> None:
        """Change settings of the program in a stage's config, as an editor would; None takes one away."""
        document = yaml.safe_load(self.stack_file(stage).read_text())
        config = document["config"] | {_OURS + name: value for name, value in settings.items()}
        document["config"] = {key: value for key, value in config.items() if value is not None}
        self.stack_file(stage).write_text(yaml.safe_dump(document))

    def resource(self, stage: str, name: str) -> dict[str, Any]:
        """One resource of a stage's state; `name` is as `name_of` gives it, KeyError if there is none. One that was
        replaced and still waits for its end is none.
        """
        by_name: dict[str, dict[str, Any]] = {
            name_of(found["urn"]): found for found in self.export(stage)["resources"] if not found.get("delete")
        }
        return by_name[name]


def name_of(urn: str) -> str:
    """`ModelDeployment support-bot`: type and name, since several resources of a stage share a name."""
    *_, type_token, name = urn.split("::")
    return f"{type_token.rpartition(':')[2]} {name}"


def changed(run: Run) -> dict[str, str]:
    """What a command did to which resource (`name_of`), in the engine's words, without what it left alone."""
    return {name_of(step.urn): step.op for step in run.log.steps if not step.is_plumbing and step.op not in _UNCHANGED}


def put_on_emulator(stack_file: Path) -> None:
    """Add the settings as text, since each command of the CLI costs half a second; those that are there stay."""
    head, config, rest = stack_file.read_text().partition("config:\n")
    added = [f"  {key}: {value}\n" for key, value in _ON_EMULATOR.items() if f"  {key}:" not in rest]
    stack_file.write_text("".join([head, config, *added, rest]))
