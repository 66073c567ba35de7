"""Assets among the inputs count by their content."""

from pathlib import Path

import pulumi
import pytest

from pulumi_ctune.engine.values import incoming


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_changed_content_is_a_changed_value(tmp_path: Path, kind: str) -> None:
    """A trigger that is a file, or an archive of a folder, changes with what is in it and with nothing else."""
    file = tmp_path / "data.txt"
    asset = pulumi.FileAsset(str(file)) if kind == "file" else pulumi.FileArchive(str(tmp_path))
    file.write_text("one")
    first, again = incoming({"triggers": [asset]}), incoming({"triggers": [asset]})

    file.write_text("two")

    assert first == again
    assert incoming({"triggers": [asset]}) != first


def test_text_and_file_of_the_same_content_are_the_same_kind_of_value() -> None:
    """What the core gets is plain data."""
    assert incoming({"triggers": [pulumi.StringAsset("one")]}) == {
        "triggers": [{"sha256": "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"}]
    }
