"""What `python -m pip list -v --format json` says, in a tenth of its time.

Pulumi's language host asks that before each program that it starts, and takes from it where plugins are named: it was
half of what a command cost. A test holds this to pip's own answer. Any other command goes to pip.
"""

import json
import re
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

_ASKED = ["list", "-v", "--format", "json"]
_FIELDS = re.compile(r"^(Name|Version): *(.*)$", re.MULTILINE)


def _packages(folder: Path) -> Iterator[dict[str, str]]:
    for info in folder.glob("*.dist-info"):
        head = (info / "METADATA").read_text(encoding="utf-8").partition("\n\n")[0]
        fields = dict(reversed(_FIELDS.findall(head)))  # the first of each name
        installer, direct = info / "INSTALLER", info / "direct_url.json"
        found = {
            "name": fields["Name"],
            "version": fields["Version"],
            "location": str(folder),
            "installer": installer.read_text().strip() if installer.exists() else "",
        }
        origin = json.loads(direct.read_text()) if direct.exists() else {}
        if origin.get("dir_info", {}).get("editable"):
            found["editable_project_location"] = origin["url"].removeprefix("file://")
        yield found


def main() -> None:
    own = Path(__file__).resolve().parents[1]
    others = [path for path in sys.path if Path(path).resolve() != own]
    if sys.argv[1:] == _ASKED:
        listed = {package["name"].lower(): package for path in reversed(others) for package in _packages(Path(path))}
        print(json.dumps([listed[name] for name in sorted(listed)]))
        return
    sys.path[:] = others
    for name in [name for name in sys.modules if name.partition(".")[0] == "pip"]:
        del sys.modules[name]
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


main()
