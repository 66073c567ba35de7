"""Make what programs in other languages need: the SDK of this package, generated and compiled, and what it stands on.

    python -m tools.generate_sdk go|typescript FOLDER

A released CLI makes the same SDK by `pulumi package add ctune`; the language hosts that `get_language_hosts` builds are
older and cannot, so the CLI's generator is built here (`pulumi-cli/generate-sdk`), once into the cache. An SDK that
does not compile is an error. Run from the root of this repository.

- typescript: installs the packages of `tools/typescript`. In FOLDER then lie `sdk` and `node_modules`, with the SDK as
  `@pulumi/ctune`. Needs Node with npm.
- go: in FOLDER then lies `sdks/ctune`, as in a project. It is compiled into Go's cache, so that no test has to.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from pulumi_ctune.native import kept_schema
from tools import get_pulumi

GENERATOR = get_pulumi.TOOLS / "pulumi-cli" / "generate-sdk"
PACKAGES = get_pulumi.TOOLS / "typescript"
GO_EXAMPLE = get_pulumi.TOOLS.parent / "examples" / "go" / "sft-then-rft"
NAME = "@pulumi/ctune"


def main() -> int:
    parser = argparse.ArgumentParser(description="Make what a program with this package's SDK needs.")
    parser.add_argument("language", choices=MAKERS)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        MAKERS[options.language](folder)
    except get_pulumi.StepError as error:
        get_pulumi.say(str(error))
        return 1
    return 0


def for_typescript(folder: Path) -> None:
    """Fill the folder.

    Raises:
        StepError: Go or npm is missing or failed, or the SDK has a type error.
    """
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(PACKAGES / name, folder / name)
    run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=folder, install="Node 20 or newer")
    sdk = folder / "sdk"
    write_sdk("nodejs", sdk)
    run(str(folder / "node_modules" / ".bin" / "tsc"), "-p", str(sdk), cwd=folder)
    shutil.copyfile(sdk / "package.json", sdk / "bin" / "package.json")  # the SDK reads its version there
    link = folder / "node_modules" / NAME
    link.unlink(missing_ok=True)
    link.symlink_to(sdk)


def for_go(folder: Path) -> None:
    """Fill the folder.

    Raises:
        StepError: Go is missing or failed, or the SDK or the example does not compile.
    """
    write_sdk("go", folder / "sdks" / "ctune")
    for name in ("go.mod", "go.sum", "main.go"):
        shutil.copyfile(GO_EXAMPLE / name, folder / name)
    get_pulumi.say("Compiling Pulumi's SDK for Go and that of this package: a minute, this once ...")
    run("go", "build", "-o", "program", ".", cwd=folder, install="Go")


MAKERS = {"go": for_go, "typescript": for_typescript}


def write_sdk(language: str, folder: Path) -> None:
    """The SDK's sources, in place of those that lie there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    described = folder / "schema.json"
    described.write_text(json.dumps({**kept_schema.kept(), "version": metadata.version("pulumi-ctune")}))
    run(str(generator()), language, str(described), str(folder), cwd=folder)


def generator() -> Path:
    """The generator, built if this is the first time."""
    source = GENERATOR / "main.go"
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:12]
    target = get_pulumi.cache() / f"generate-sdk-{get_pulumi.pinned_version()}-{digest}"
    with get_pulumi.only_one():
        if not (target / "generate-sdk").exists():
            target.mkdir(parents=True, exist_ok=True)
            get_pulumi.say("Building the generator of SDKs with Go: a minute, this once ...")
            get_pulumi.go_install(GENERATOR.parent, target, what=f"./{GENERATOR.name}")
    return target / "generate-sdk"


def run(*command: str, cwd: Path, install: str = "") -> None:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise get_pulumi.StepError(f"there is no {error.filename}. Install {install}.") from None
    if done.returncode:
        raise get_pulumi.StepError(f"{' '.join(command)} failed: {(done.stdout + done.stderr).strip()}")


if __name__ == "__main__":
    sys.exit(main())
