"""The extracts of the API's schema that `make discovery` writes: from a wheel that is already there."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tools.extract_discovery import DOCUMENTS, PREFIX, PREFIX_V1, ROOT
from vertex_emulator import discovery

TOOL = ROOT / "tools" / "extract_discovery.py"


def v1_of(extract: dict[str, Any]) -> dict[str, Any]:
    """The schemas of v1 that the extract stands for: those of v1beta1 without what it lists as absent."""
    absent = extract["absentFromV1"]
    schemas = {name: schema for name, schema in extract["schemas"].items() if absent.get(name) != ["*"]}
    return {
        PREFIX_V1 + name.removeprefix(PREFIX) if name.startswith(PREFIX) else name: {
            "properties": dict.fromkeys(schema.get("properties", {}).keys() - set(absent.get(name, ())))
        }
        for name, schema in schemas.items()
    }


@pytest.mark.parametrize(("revision", "exit_code"), [("", 0), ("of tomorrow", 1)], ids=["same", "newer"])
def test_check_tells_whether_an_extract_would_change(tmp_path: Path, revision: str, exit_code: int) -> None:
    """A wheel with what the extracts hold leaves both as they are; a newer revision changes them."""
    extract = dict(discovery.load())
    beta = extract | {"revision": revision or extract["revision"]}
    wheel = tmp_path / "google_api_python_client.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{DOCUMENTS}/aiplatform.v1beta1.json", json.dumps(beta))
        archive.writestr(f"{DOCUMENTS}/aiplatform.v1.json", json.dumps({"schemas": v1_of(extract)}))

    run = subprocess.run([sys.executable, str(TOOL), "--wheel", str(wheel), "--check"], check=False)

    assert run.returncode == exit_code
