"""Make what a TypeScript program needs: the packages of `tools/typescript`, and the SDK of this package, compiled.

    python -m tools.generate_sdk FOLDER

A released CLI makes the same SDK by `pulumi package add ctune`; the language host that `get_language_hosts` builds is
older and cannot, so the CLI's generator is built here (`pulumi-cli/generate-sdk`), once into the cache. In FOLDER
then lie `sdk` and `node_modules`, with the SDK as `@pulumi/ctune`. Needs Node with npm. `tsc` checks types as it
compiles: an SDK that does not fit is an error. Run from the root of this repository.
"""

import argparse
import json
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from pulumi_ctune.native import kept_schema
from tools import get_pulumi

PACKAGES = get_pulumi.TOOLS / "typescript"
NAME = "@pulumi/ctune"


def main() -> int:
    parser = argparse.ArgumentParser(description="Make what a TypeScript program with this package's SDK needs.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    try:
        make(folder)
    except get_pulumi.StepError as error:
        get_pulumi.say(str(error))
        return 1
    return 0


def make(folder: Path) -> None:
    """Fill the folder.

    Raises:
        StepError: Go or npm is missing or failed, or the SDK has a type error.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(PACKAGES / name, folder / name)
    run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=folder)
    sdk = folder / "sdk"
    shutil.rmtree(sdk, ignore_errors=True)
    write_sdk(sdk)
    run(str(folder / "node_modules" / ".bin" / "tsc"), "-p", str(sdk), cwd=folder)
    shutil.copyfile(sdk / "package.json", sdk / "bin" / "package.json")  # the SDK reads its version there
    link = folder / "node_modules" / NAME
    link.unlink(missing_ok=True)
    link.symlink_to(sdk)


def write_sdk(folder: Path) -> None:
    """The SDK's sources."""
    version = metadata.version("pulumi-ctune")
    folder.mkdir(parents=True)
    described = folder / "schema.json"
    described.write_text(json.dumps({**kept_schema.kept(), "version": version}))
    run(str(generator()), str(described), str(folder), cwd=folder)
    package = folder / "package.json"
    package.write_text(package.read_text().replace("${VERSION}", version))


def generator() -> Path:
    """The generator, built if this is the first time."""
    target = get_pulumi.cache() / f"generate-sdk-{get_pulumi.pinned_version()}"
    with get_pulumi.only_one():
        if not (target / "generate-sdk").exists():
            target.mkdir(parents=True, exist_ok=True)
            get_pulumi.say("Building the generator of SDKs with Go: a minute, this once ...")
            get_pulumi.go_install(get_pulumi.TOOLS / "pulumi-cli", target, what="./generate-sdk")
    return target / "generate-sdk"


def run(*command: str, cwd: Path) -> None:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise get_pulumi.StepError(f"there is no {error.filename}. Install Node 20 or newer.") from None
    if done.returncode:
        raise get_pulumi.StepError(f"{' '.join(command)} failed: {(done.stdout + done.stderr).strip()}")


if __name__ == "__main__":
    sys.exit(main())
