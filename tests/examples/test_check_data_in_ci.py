"""examples/check-data-in-ci: `check.sh` tells right data from wrong ones, and more of the right ones train again."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .course import FIRST, Example, Expected, files_of
from .promises import Promises
from .surroundings import MODEL

FOLDER, MORE = "check-data-in-ci", "2-more-examples"
OUTPUTS = {"tuned_model_name": f"{MODEL}@1"}
MADE = ("mail-examples", "tuning-reads", "train.jsonl", "validation.jsonl", "mail")


class TestCheckDataInCi(Promises):
    example = Example(
        folder=FOLDER,
        steps={
            FIRST: Expected(changes=dict.fromkeys(MADE, "create"), jobs=1, outputs=OUTPUTS),
            MORE: Expected(changes={"train.jsonl": "replace", "mail": "replace"}, jobs=2, outputs=OUTPUTS),
        },
    )


def as_it_is(text: str) -> str:
    return text


def without_a_reference(text: str) -> str:
    """The dataset without the reference of its seventh line."""
    lines = text.splitlines()
    return "\n".join([*lines[:6], lines[6].replace('"references": {"queue"', '"references": {"que"'), *lines[7:]])


@pytest.mark.parametrize(
    ("step", "change", "code"),
    [(FIRST, as_it_is, 0), (MORE, as_it_is, 0), (FIRST, without_a_reference, 1)],
    ids=["first", "more examples", "line without a reference"],
)
def test_check_ends_as_its_data_are(tmp_path: Path, step: str, change: Callable[[str], str], code: int) -> None:
    """CI shows a pull request as failed where a line is wrong, and says which."""
    for name, text in {**files_of(FOLDER, FIRST), **files_of(FOLDER, step)}.items():
        (tmp_path / name).write_text(change(text) if name == "train.jsonl" else text)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    done = subprocess.run(
        ["sh", "-e", "check.sh"],
        cwd=tmp_path,
        env={"PATH": path, "FORMAT": "github"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == code, done.stderr
    assert ("::error file=train.jsonl,line=7" in done.stdout) is bool(code)
