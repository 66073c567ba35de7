"""Python, the Pulumi CLI, and the libraries that everything runs on, held to what the package asks for."""

import platform
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from pulumi_ctune.insight.doctor.finding import Finding, ok, unknown, wrong

OLDEST_PYTHON = (3, 11)
OLDEST_CLI = (3, 235)  # with an earlier SDK, dynamic providers do not see properties that start with "__"
_LIBRARIES = ("pulumi", "google-genai")


def python() -> Sequence[Finding]:
    found = f"Python {platform.python_version()} ({sys.executable})"
    if sys.version_info < OLDEST_PYTHON:
        return [wrong("python", f"{found} is too old", "Use Python 3.11 or newer.")]
    return [ok("python", found)]


def libraries() -> Sequence[Finding]:
    """This distribution and what it stands on, in the environment of this command."""
    found = []
    for name in ("pulumi-ctune", *_LIBRARIES):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            return [wrong("packages", f"{name} is not installed", "pip install pulumi-ctune")]
    return [ok("packages", ", ".join(found))]


def cli(stated: str) -> Sequence[Finding]:
    """`stated` is what `pulumi version` printed; empty where there is no `pulumi` on PATH."""
    if not stated:
        install = "Install it (https://www.pulumi.com/docs/install/), or add its folder to PATH."
        return [wrong("pulumi", "there is no `pulumi` on PATH", install)]
    numbers = stated.strip().lstrip("v").split("-")[0].split(".")
    try:
        known = (int(numbers[0]), int(numbers[1]))
    except (IndexError, ValueError):
        return [unknown("pulumi", f"`pulumi version` printed {stated.strip()!r}, which is not a version")]
    if known < OLDEST_CLI:
        wanted = ".".join(map(str, OLDEST_CLI))
        return [wrong("pulumi", f"the Pulumi CLI {stated.strip()} is older than {wanted}", "Install a newer one.")]
    return [ok("pulumi", f"Pulumi CLI {stated.strip()}")]
