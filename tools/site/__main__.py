"""`python -m tools.site stage SOURCE`, and `check HTML` after it was built: see `make docs`."""

import sys
from pathlib import Path

from tools.site.check import loaded_from_elsewhere
from tools.site.stage import StageError, stage

ROOT = Path(__file__).resolve().parents[2]


def main(task: str, folder: str) -> int:
    if task == "stage":
        try:
            stage(ROOT, Path(folder))
        except StageError as error:
            print(f"the site cannot be built: {error}", file=sys.stderr)
            return 1
        return 0
    foreign = loaded_from_elsewhere(Path(folder))
    for page, url in foreign:
        print(f"{page} loads {url}: opening a page must not ask anybody for anything", file=sys.stderr)
    return 1 if foreign else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
