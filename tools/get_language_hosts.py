"""Find language hosts for a Pulumi CLI, or build them, and print their folders as an addition to PATH.

    python -m tools.get_language_hosts --cli FOLDER yaml nodejs go

Owns which hosts there are and where they are kept; `get_pulumi` owns the cache and how Go builds. Released CLIs come
with all hosts, a CLI that `get_pulumi` had to build with that of Python alone. A host that lies beside the CLI or on
PATH is taken as it is, and nothing is printed for it. Any other is built once, from the modules that its folder pins,
into ${XDG_CACHE_HOME:-~/.cache}/pulumi-ctune/HOST-VERSION. Run from the root of this repository.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tools import get_pulumi

HOSTS = {
    # language: what its go.mod requires for it, which names the version
    "yaml": r"github\.com/pulumi/pulumi-yaml v(\S+)",
    "nodejs": r"github\.com/pulumi/pulumi/sdk/v3 v(\S+)",
    "go": r"github\.com/pulumi/pulumi/sdk/v3 v(\S+)",
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Find or build language hosts, and print their folders for PATH.")
    parser.add_argument("--cli", type=Path, required=True, help="the folder of `pulumi`")
    parser.add_argument("languages", nargs="+", choices=HOSTS)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # a build takes its children along
    try:
        missing = [each for each in options.languages if not comes_with(options.cli, each)]
        folders = [find(language) or build(language) for language in missing]
    except get_pulumi.StepError as error:
        get_pulumi.say(str(error))
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    print(os.pathsep.join(map(str, folders)))
    return 0


def comes_with(cli: Path, language: str) -> bool:
    """Whether the CLI in a folder finds the language's host without our doing."""
    folders = [str(cli), str((cli / "pulumi").resolve().parent), os.environ.get("PATH", "")]
    return shutil.which(executable(language), path=os.pathsep.join(folders)) is not None


def find(language: str) -> Path | None:
    """The folder of a host that an earlier run built."""
    return target(language) / "bin" if is_complete(language) else None


def build(language: str) -> Path:
    """Build a host into the cache and return its folder.

    Raises:
        StepError: there is no Go, or it could not.
    """
    with get_pulumi.only_one():
        if not is_complete(language):  # whoever held the lock may have made it meanwhile
            _fill(language)
    return target(language) / "bin"


def _fill(language: str) -> None:
    if shutil.which("go") is None:
        raise get_pulumi.StepError(
            f"there is no {executable(language)}. Install a released Pulumi CLI, which has it "
            "(https://www.pulumi.com/docs/install/), or Go (https://go.dev/dl/), and run this again."
        )
    cache = get_pulumi.cache()
    with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=cache, ignore_cleanup_errors=True) as made:
        binaries = Path(made) / "host" / "bin"
        binaries.mkdir(parents=True)
        get_pulumi.say(f"Building Pulumi's {language} language host with Go: one to five minutes, this once ...")
        get_pulumi.go_install(get_pulumi.TOOLS / executable(language), binaries)
        shutil.rmtree(target(language), ignore_errors=True)
        binaries.parent.rename(target(language))


def is_complete(language: str) -> bool:
    return os.access(target(language) / "bin" / executable(language), os.X_OK)


def target(language: str) -> Path:
    version = get_pulumi.pinned(HOSTS[language], executable(language))
    return get_pulumi.cache() / f"{executable(language)}-{version}"


def executable(language: str) -> str:
    return f"pulumi-language-{language}"


if __name__ == "__main__":
    sys.exit(main())
