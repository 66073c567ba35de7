"""What may be there in place of a readable file: one clear line each, and no wait without end."""

import os
import threading
from pathlib import Path

import pytest

from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.data.dataset_source import open_file


def refusal(path: Path) -> str:
    """What reading this ends with."""
    with pytest.raises(CtuneError) as caught:
        for _ in open_file(str(path)).pieces():
            pass
    return str(caught.value).replace(str(path.parent), "DIR")


def test_file_is_read_whole(tmp_path: Path) -> None:
    """The pieces are the content."""
    content = os.urandom(600_000)
    path = tmp_path / "train.jsonl"
    path.write_bytes(content)

    source = open_file(str(path))

    assert (source.size, b"".join(source.pieces())) == (600_000, content)


def test_what_is_not_there(tmp_path: Path) -> None:
    """A missing file is told in the system's words."""
    why = "the dataset was not checked [DIR/none]: it cannot be read: No such file or directory"

    assert refusal(tmp_path / "none") == why


def test_folder(tmp_path: Path) -> None:
    """A folder is no dataset."""
    (tmp_path / "data").mkdir()

    assert refusal(tmp_path / "data") == "the dataset was not checked [DIR/data]: it is a folder. Name the file in it."


def test_link_that_loops(tmp_path: Path) -> None:
    """A link that leads to itself ends."""
    (tmp_path / "loop").symlink_to(tmp_path / "loop")

    assert refusal(tmp_path / "loop").startswith("the dataset was not checked [DIR/loop]: it cannot be read: ")


def test_file_that_the_system_makes_is_read() -> None:
    """Such files have no size before they are read."""
    source = open_file("/proc/self/stat")

    assert source.size is None
    assert b"".join(source.pieces()).startswith(str(os.getpid()).encode())


def test_file_that_cannot_be_read() -> None:
    """The system's words, also where opening it works."""
    assert refusal(Path("/proc/self/mem")).endswith("it cannot be read: Input/output error")


def test_empty_name() -> None:
    """An empty variable of a shell is no folder."""
    with pytest.raises(CtuneError, match="the dataset was not checked: its name is empty"):
        open_file("")


def test_device() -> None:
    """A device may never end."""
    assert refusal(Path("/dev/zero")).endswith("it is a device. Name a file, or pipe into `-`.")


def test_name_that_no_file_can_have() -> None:
    """A NUL in a name is no traceback."""
    assert "it cannot be read" in refusal(Path("a\0b"))


def test_pipe_that_nobody_writes_to(tmp_path: Path) -> None:
    """A named pipe without a writer would be waited for for ever."""
    os.mkfifo(tmp_path / "pipe")

    assert refusal(tmp_path / "pipe").startswith("the dataset was not checked [DIR/pipe]: nobody writes to this pipe")


def test_pipe_with_a_writer(tmp_path: Path) -> None:
    """A named pipe that somebody writes to is a dataset as any other, however slowly it comes."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    holding = os.open(path, os.O_RDWR)  # so that there is a writer from the beginning
    go_on = threading.Event()

    def write() -> None:
        go_on.wait()
        for _ in range(3):
            os.write(holding, b"x" * 50_000)
        os.close(holding)

    writer = threading.Thread(target=write)
    writer.start()
    pieces = open_file(str(path)).pieces()
    go_on.set()

    assert len(b"".join(pieces)) == 150_000
    writer.join()


def test_file_that_changes_while_it_is_read(tmp_path: Path) -> None:
    """A verdict holds for one content."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(b"x" * 600_000)
    pieces = open_file(str(path)).pieces()
    next(pieces)
    with path.open("ab") as file:
        file.write(b"more")

    with pytest.raises(CtuneError, match="the file changed while it was read"):
        list(pieces)
