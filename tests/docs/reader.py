"""Follow a guide from its first block to its last, in a copy of the project that is a Git repository.

Does what a block says: commands are run by bash, edits and files are carried out. The differences from a reader at
Google is the emulator in the stacks' config, that every question of the CLI is answered with yes, and that no `up`
shows a preview first. Knows nothing of what should come of a block.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.engine.harness import Project, RunningCommand
from tests.stacks.project import REPOSITORY, ProjectCopy

from . import pages

GIT = {
    "GIT_AUTHOR_NAME": "Reader",
    "GIT_AUTHOR_EMAIL": "reader@example.com",
    "GIT_COMMITTER_NAME": "Reader",
    "GIT_COMMITTER_EMAIL": "reader@example.com",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}
CONSENT = {"PULUMI_SKIP_CONFIRMATIONS": "true", "PULUMI_OPTION_SKIP_PREVIEW": "true"}
_SHELL = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c")


@dataclass(frozen=True)
class Followed:
    """A block of commands that was run: exit code, and all that was printed."""

    block: pages.Block
    returncode: int
    output: str


class Shell:
    """Scripts in a project's folder; what they print lands below `place`."""

    def __init__(self, project: Project, place: Path, env: Mapping[str, str]) -> None:
        self._project = project
        self.place = place
        self.env = {**project.env, **GIT, **env}
        place.mkdir()

    def run(self, script: str, env: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Exit code, and standard output with standard error behind it."""
        folder = self.place / f"{len(list(self.place.iterdir())):03}"
        folder.mkdir()
        with RunningCommand(
            (*_SHELL, script), cwd=self._project.folder, env={**self.env, **(env or {})}, folder=folder
        ) as running:
            run = running.wait()
        return run.returncode, run.stdout + run.stderr


def in_git(project: ProjectCopy, shell: Shell) -> None:
    """Make the project's folder a repository, with everything in it committed."""
    shutil.copy(REPOSITORY / ".gitignore", project.folder)
    code, output = shell.run("git init --quiet -b main . && git add --all && git commit --quiet -m Start")
    assert code == 0, output


class Reader:
    """Follows a page. `before` is what happens in the reader's world before a section, by its heading.

    `words` stand for placeholders such as JOB_ID.
    """

    def __init__(self, project: ProjectCopy, place: Path, env: Mapping[str, str] | None = None) -> None:
        self.project = project
        self.words: dict[str, str] = {}
        self.shell = Shell(project, place / "reader", CONSENT | dict(env or {}))
        in_git(project, self.shell)

    def follow(self, page: Path, before: Mapping[str, Callable[["Reader"], None]] | None = None) -> list[Followed]:
        """What came of the page's commands, in order."""
        happenings = dict(before or {})
        done: list[Followed] = []
        for block in pages.blocks(page):
            happenings.pop(block.section, lambda reader: None)(self)
            match block.language:
                case "bash":
                    done.append(Followed(block, *self.shell.run(pages.runnable(block.text))))
                case "diff":
                    self._edit(block.text)
                case "python" if block.file:
                    self.project.write(block.file, block.text)
        assert not happenings, f"no such sections: {list(happenings)}"
        return done

    def _edit(self, diff: str) -> None:
        head, _, changes = diff.partition("\n")
        for word, meaning in self.words.items():
            changes = changes.replace(word, meaning)
        path = head.removeprefix("--- ")
        self.project.write(path, pages.edited((self.project.folder / path).read_text(), changes))


def failures(record: list[Followed]) -> list[str]:
    """The commands that failed, each with what it printed."""
    return [f"{done.block.text}\n{done.output}" for done in record if done.returncode != 0]


def not_shown(page: Path, record: list[Followed]) -> list[str]:
    """The lines of the page's output blocks that the commands before them did not print."""
    outputs = {done.block: done.output for done in record}
    missing, output = [], ""
    for block in pages.blocks(page):
        if block.language == "text":
            missing += [line for line in block.text.splitlines() if not pages.shows(output, line)]
        output = outputs.get(block, output)
    return missing
