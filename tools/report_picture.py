"""Take the pictures of a report that README shows: what a browser has of it at first sight, light and dark.

python -m tools.report_picture build/report.html docs/report
"""

import sys
import tempfile
from pathlib import Path

from tools.chromium import Browser, Theme

WIDTH, HEIGHT = 1200, 1250  # down to the curves of the first run
THEMES: tuple[Theme, ...] = ("light", "dark")


def take(report: Path, stem: Path) -> list[Path]:
    """Write STEM-light.png and STEM-dark.png. Raises `RuntimeError` where there is no browser."""
    made = []
    with tempfile.TemporaryDirectory() as folder, Browser.start(Path(folder) / "profile") as browser:
        for theme in THEMES:
            file = stem.with_name(f"{stem.name}-{theme}.png")
            browser.open(report.resolve(), width=WIDTH, theme=theme).screenshot(file, height=HEIGHT)
            made.append(file)
    return made


def main() -> int:
    report, stem = map(Path, sys.argv[1:])
    try:
        for file in take(report, stem):
            print(f"{file}: {file.stat().st_size / 1000:.0f} kB")
    except RuntimeError as error:
        print(f"no picture was taken: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
