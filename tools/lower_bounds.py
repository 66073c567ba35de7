"""Print the oldest supported release of each dependency, as pip takes it: the lower bounds of pyproject.toml.

For `make constraints`, which turns them into constraints-minimum.txt. Knows only requirements that start with a lower
bound, `NAME>=VERSION`, which is how ours are written.
"""

import re
import sys
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
_LOWER_BOUND = re.compile(r"([A-Za-z0-9._-]+)>=([0-9.]+)")


def lower_bounds(pyproject: str) -> dict[str, str]:
    """Version by name for each entry of `project.dependencies` in this text.

    Raises:
        ValueError: an entry has no lower bound at its start.
    """
    bounds: dict[str, str] = {}
    for requirement in tomllib.loads(pyproject)["project"]["dependencies"]:
        found = _LOWER_BOUND.match(requirement)
        if found is None:
            raise ValueError(f"pyproject.toml: {requirement!r} has no lower bound: write it as NAME>=VERSION,<NEXT")
        bounds[found[1]] = found[2]
    return bounds


def main() -> None:
    for name, version in lower_bounds(PYPROJECT.read_text()).items():
        sys.stdout.write(f"{name}=={version}\n")


if __name__ == "__main__":
    main()
