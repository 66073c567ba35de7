"""The user's own `pulumi` command: what it answers about stacks, and the one thing that is written with it.

Owns the processes and the form of their answers; knows nothing of releases. Which backend, login, passphrase and stack
file are meant stays Pulumi's business: it is asked, never imitated. Seen with CLI 3.259:
https://www.pulumi.com/docs/iac/cli/commands/
"""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from pulumi_ctune.core.errors import CtuneError

SECRET = "[secret]"
"""What stands for a secret in Pulumi's answers."""

UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What stands in a preview's answer for a value that is known only after the update."""

NO_PLAIN_VALUE = "4dabf18193072939515e22adb298388d"
"""The key that marks an object as the engine's form of a value that JSON lacks: NaN, infinity, an asset, a resource."""

_ONE_DOCUMENT = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "false"}  # else a preview answers with a line for each event
_NO_STACK_CAN = ("stack name may", "stack name must", "organization name must")
PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
_STACK_CONFIG_DIR = re.compile(r"""^[\s"]*stackConfigDir["']?\s*:\s*["']?(?P<folder>[^"'#,\r\n]+)""", re.MULTILINE)


class PulumiError(Exception):
    """`pulumi` ended with an error. `command` is what was run, `words` is what it said, in one line."""

    def __init__(self, command: str, words: str) -> None:
        super().__init__(f"{command}: {words}")
        self.command = command
        self.words = words

    def explained(self, not_done: str) -> CtuneError:
        """The error of a command that could not go on: `not_done` is what did not happen."""
        return CtuneError(not_done, where=f"`{self.command}`", why=self.words)

    @property
    def is_unknown_stack(self) -> bool:
        return "no stack named" in self.words

    @property
    def is_about_the_name(self) -> bool:
        """No stack has this name, or can have it."""
        return self.is_unknown_stack or any(words in self.words for words in _NO_STACK_CAN)

    @property
    def is_unknown_key(self) -> bool:
        return self.words.startswith("configuration key") and "not found" in self.words


class PulumiCli:
    """`pulumi` as found at `executable`, run in `folder`. Every method raises PulumiError with Pulumi's own words.

    A stack is named as after `pulumi --stack`: STACK, ORG/STACK or ORG/PROJECT/STACK.
    """

    def __init__(self, executable: str, folder: Path) -> None:
        self._executable = executable
        self._folder = folder

    def outputs(self, stack: str) -> dict[str, Any]:
        """What the stack exports; a secret, and each secret part of an object, is `SECRET`."""
        found: dict[str, Any] = self._asked("stack", "output", stack=stack)
        return found

    def last_update(self, stack: str) -> str:
        """The result of the last `pulumi up`: `succeeded`, `failed`, `in-progress`; "" if none is on record."""
        history = self._asked("stack", "history", stack=stack)
        return next((str(update.get("result")) for update in history if update.get("kind") == "update"), "")

    def qualified_name(self, stack: str) -> str:
        """The stack's name with all parts that the backend knows: ORG/PROJECT/STACK as a rule."""
        return self._run("stack", "--show-name", "--fully-qualify-stack-names", stack=stack).strip()

    def all_stacks(self) -> list[str]:
        """Every stack of the backend that the user may see, of whatever project; of this one by their short names."""
        found = self._asked("stack", "ls", "--all", stack="")
        return [str(entry["name"]) for entry in found if isinstance(entry, dict) and entry.get("name")]

    def exported(self, stack: str, *, show_secrets: bool = False) -> dict[str, Any]:
        """The saved state of the stack (`deployment`); secrets stay encrypted, unless they are to be shown."""
        answer = self._run("stack", "export", *(["--show-secrets"] if show_secrets else []), stack=stack)
        try:
            found: dict[str, Any] = json.loads(answer)
        except ValueError:
            raise PulumiError(_shown(("stack", "export"), stack), "the answer is not JSON") from None
        return found

    def config_value(self, stack: str, key: str) -> Any:
        """A config value of a stack of this project: text, or an object; `SECRET`, also in part; None if not set.

        A text that is a JSON object is that object: programs cannot tell the two apart.
        """
        try:
            # `config get` puts the project's name before a key without one, just as `set-all` does. Environments of
            # ESC stay closed: they may be slow, and hand out credentials.
            found = self._asked("config", "get", key, "--open=false", stack=stack)
        except PulumiError as error:
            if error.is_unknown_key:
                return None
            raise
        if found.get("secret"):
            return SECRET
        try:
            value = json.loads(found["value"])
        except ValueError:
            return found["value"]
        return value if isinstance(value, dict | list) else found["value"]

    def config(self, stack: str, within: timedelta | None = None) -> dict[str, Any]:
        """The whole config of a stack as programs get it, by key: `value`, `secret`; secrets are in plain text."""
        found: dict[str, Any] = self._asked("config", "--show-secrets", stack=stack, within=within)
        return found

    def preview(self, stack: str, within: timedelta | None = None) -> dict[str, Any]:
        """What a preview tells: `steps`, in the order in which they would be made, and `diagnostics`.

        Secrets are `SECRET`, and what is known only after the update is `UNKNOWN_VALUE`. A preview that takes longer
        than `within` is ended.
        """
        found: dict[str, Any] = self._asked("preview", stack=stack, within=within)
        return found

    def set_config_object(self, stack: str, key: str, value: Mapping[str, Any]) -> None:
        """Put an object in place of whatever the key holds. Numbers and texts stay what they are, comments remain."""
        # The CLI writes `value`; that there is an `objectValue` tells it to write a structure and not one long text.
        entry = {"value": json.dumps(value), "objectValue": value, "secret": False}
        self._run("config", "set-all", "--json", json.dumps({key: entry}), stack=stack)

    def _asked(self, *arguments: str, stack: str, within: timedelta | None = None) -> Any:
        answer = self._run(*arguments, "--json", stack=stack, within=within)
        try:
            return json.loads(answer)
        except ValueError:
            raise PulumiError(_shown(arguments, stack), "the answer is not JSON") from None

    def _run(self, *arguments: str, stack: str, within: timedelta | None = None) -> str:
        named = [f"--stack={stack}"] if stack else []
        command = [self._executable, *arguments, *named, "--non-interactive", "--color=never"]
        try:
            done = subprocess.run(
                command,
                cwd=self._folder,
                env={**os.environ, **_ONE_DOCUMENT},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                check=False,
                timeout=within.total_seconds() if within else None,
            )
        except subprocess.TimeoutExpired as late:
            raise PulumiError(_shown(arguments, stack), f"it took longer than {late.timeout:g} seconds") from None
        except OSError as error:
            raise PulumiError(self._executable, error.strerror or str(error)) from None
        if done.returncode != 0:
            words = _words(done.stderr) or _errors_in(done.stdout) or f"exit code {done.returncode}"
            raise PulumiError(_shown(arguments, stack), words)
        return done.stdout


def _shown(arguments: tuple[str, ...], stack: str) -> str:
    words = arguments[: next((i for i, word in enumerate(arguments) if word.startswith("-")), None)]
    return " ".join(("pulumi", *words, *(("--stack", stack) if stack else ())))


def _words(stderr: str) -> str:
    """The error alone, in one line: warnings, such as that of a newer CLI, may stand before it."""
    return " ".join(re.sub(r"\A.*?^error: ", "", stderr, flags=re.DOTALL | re.MULTILINE).split())


def _errors_in(answer: str) -> str:
    """The errors of a preview, which is JSON even where it fails."""
    try:
        diagnostics = json.loads(answer)["diagnostics"]
        errors = [line["message"] for line in diagnostics if line["severity"] == "error"]
        return "; ".join(" ".join(message.removeprefix("error: ").split()) for message in errors)
    except (ValueError, KeyError, TypeError):
        return ""


def version_of(executable: str, within: timedelta) -> str:
    """What `pulumi version` prints; empty where it prints nothing in time."""
    try:
        done = subprocess.run(
            [executable, "version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=within.total_seconds(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def project_file(folder: Path) -> Path | None:
    """The project that a `pulumi` run in `folder` belongs to: the nearest Pulumi.yaml there or above."""
    for place in (folder, *folder.parents):
        for name in PROJECT_FILES:
            if (place / name).is_file():
                return place / name
    return None


def stack_files(project: Path, stack: str) -> list[Path]:
    """Where the config of a stack may lie: guesses, since flags and variables of the CLI can name any other place."""
    name = f"Pulumi.{stack.rpartition('/')[2]}{project.suffix}"
    found = _STACK_CONFIG_DIR.search(project.read_text(encoding="utf-8", errors="replace"))
    folders = ["", *([found["folder"].strip()] if found else [])]
    return [project.parent / folder / name for folder in folders]
