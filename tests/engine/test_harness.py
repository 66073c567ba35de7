"""The harness itself, on a toy resource: what it reports is what the engine did."""

import json
import operator
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .harness import QUICK_PIP, NoPulumiCliError, Stack, find_pulumi_bin
from .processes import descendants, kill, wait_until_gone

NewStack = Callable[..., Stack]

PROGRAM = """
import os, threading, time
import pulumi
from pulumi import dynamic


class NoteProvider(dynamic.ResourceProvider):
    serialize_as_secret_always = False

    def configure(self, request):
        threading.Thread(target=leave_with_the_engine, daemon=True).start()

    def create(self, props):
        if props["text"] == "refuse":
            raise ValueError("no such note")
        if props["text"] == "wait":
            time.sleep(3)
        return dynamic.CreateResult("note-1", {**props, "length": len(props["text"])})

    def diff(self, id, olds, news):
        return dynamic.DiffResult(changes=None, replaces=["text"] if olds["text"] != news["text"] else [])

    def update(self, id, olds, news):
        return dynamic.UpdateResult({**news, "length": olds["length"]})

    def read(self, id, props):
        return dynamic.ReadResult(id, props)


def leave_with_the_engine():
    while os.read(0, 1024):
        pass
    os._exit(1)


class Note(dynamic.Resource):
    length: pulumi.Output[int]

    def __init__(self, name, text, mood):
        super().__init__(NoteProvider(), name, {"text": text, "mood": mood, "length": None})


config = pulumi.Config()
note = Note("note", config.get("text") or "hello", config.get("mood") or "calm")
pulumi.export("length", note.length)
"""


def test_up_creates_and_reports_outputs(new_stack: NewStack) -> None:
    """`up` reports a create for each new resource, and the outputs are those of the provider."""
    stack = new_stack(PROGRAM)

    first = stack.up()

    assert first.ops == {"note": "create"}
    assert stack.outputs() == {"length": 5}
    assert stack.resource("note")["id"] == "note-1"


def test_settled_stack_has_empty_preview_and_refresh(new_stack: NewStack) -> None:
    """After an `up` nothing is left to do: the engine counts the stack and the resource as the same."""
    stack = new_stack(PROGRAM)
    stack.up()

    preview, refresh, second = stack.preview(), stack.refresh(), stack.up()

    assert preview.changes == {"same": 2}
    assert second.changes == {"same": 2}
    assert refresh.changes == {"same": 2}


@pytest.mark.parametrize(
    ("key", "value", "op"), [("mood", "merry", "update"), ("text", "goodbye", "replace")], ids=["in place", "replaced"]
)
def test_changed_input_is_reported_with_its_key(new_stack: NewStack, key: str, value: str, op: str) -> None:
    """A step names its operation and the inputs that differ, the same in preview and in `up`."""
    stack = new_stack(PROGRAM)
    stack.up()
    stack.set_config({key: value})

    preview, changed = stack.preview(), stack.up()

    assert preview.ops == {"note": op}
    assert changed.ops == {"note": op}
    assert {step.diffs for step in changed.log.steps if step.name == "note" and step.diffs} == {(key,)}


def test_failing_create_is_an_error_of_its_resource(new_stack: NewStack) -> None:
    """A command that fails as expected hands over the error's text; one that fails unexpectedly fails the test."""
    stack = new_stack(PROGRAM, config={"text": "refuse"})

    failed = stack.up(fails=True)

    assert [step.name for step in failed.log.steps if step.failed] == ["note"]
    assert any("no such note" in text for text in failed.errors)
    with pytest.raises(AssertionError, match="no such note"):
        stack.up()


def test_destroy_leaves_an_empty_state(new_stack: NewStack) -> None:
    """`destroy` deletes every resource, and the state says so."""
    stack = new_stack(PROGRAM)
    stack.up()

    destroyed = stack.destroy()

    assert destroyed.ops == {"note": "delete"}
    assert stack.export().get("resources", []) == []


def test_killed_command_leaves_a_pending_create_and_no_process(new_stack: NewStack) -> None:
    """`kill` is a crash: the state still says `creating`, the lock stays until `unlock`, and the next `up` creates."""
    stack = new_stack(PROGRAM, config={"text": "wait"})

    with stack.start("up") as running:
        running.wait_for("note creating")
        running.kill()

    assert [pending["type"] for pending in stack.export()["pending_operations"]] == ["creating"]
    stack.unlock()
    stack.set_config({"text": "hello"})
    assert stack.up().ops == {"note": "create"}


def test_interrupted_command_lets_the_running_create_end(new_stack: NewStack) -> None:
    """`interrupt` is the first Ctrl-C: the command fails, but what was being created is recorded."""
    stack = new_stack(PROGRAM, config={"text": "wait"})

    with stack.start("up") as running:
        running.wait_for("note creating")
        running.interrupt()
        interrupted = running.wait()

    assert interrupted.returncode != 0
    assert stack.resource("note")["id"] == "note-1"


def test_own_login_and_credentials_stay_out(new_stack: NewStack) -> None:
    """Neither HOME nor any cloud setting of the person who runs the tests reaches program or provider."""
    program = "import os, pulumi\npulumi.export('seen', sorted(os.environ))\npulumi.export('home', os.environ['HOME'])"
    stack = new_stack(program)

    stack.up()

    outputs = stack.outputs()
    assert outputs["home"] != os.path.expanduser("~")
    assert [name for name in outputs["seen"] if name.startswith(("GOOGLE_", "CLOUDSDK_", "GCLOUD_", "AWS_"))] == []


def test_missing_cli_says_what_to_do(tmp_path: Path) -> None:
    """Without a CLI the message names the command that gets one."""
    with pytest.raises(NoPulumiCliError, match="make test"):
        find_pulumi_bin({"PATH": str(tmp_path)})


def test_process_that_ends_later_is_waited_for() -> None:
    """Descendants are found below a shell, and waited for until they have ended."""
    sleeper = "import time; print(1, flush=True); time.sleep(30)"
    shell = subprocess.Popen(["sh", "-c", '"$0" -c "$1"; true', sys.executable, sleeper], stdout=subprocess.PIPE)
    assert shell.stdout is not None
    shell.stdout.readline()
    below = descendants(shell.pid)

    early = wait_until_gone(below, 0.1)
    kill(below)
    late = wait_until_gone(below, 10)
    shell.communicate()

    assert early == below
    assert len(below) == 1
    assert late == []


def pip(*arguments: str, python_path: str) -> str:
    env = {**os.environ, "PYTHONPATH": python_path, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return subprocess.check_output([sys.executable, "-m", "pip", *arguments], env=env, text=True)


def test_packages_are_those_that_pip_lists() -> None:
    """What the language host asks before each program is answered without pip, and as pip does."""
    asked = ("list", "-v", "--format", "json")

    quick, real = (json.loads(pip(*asked, python_path=path)) for path in (str(QUICK_PIP), ""))

    by_name = operator.itemgetter("name")
    assert sorted(quick, key=by_name) == sorted(real, key=by_name)


def test_any_other_question_goes_to_pip() -> None:
    assert pip("--version", python_path=str(QUICK_PIP)) == pip("--version", python_path="")
