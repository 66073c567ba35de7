"""Build the wheel, install it where nothing else is, and use it: `pulumi up` and `ctune` from an empty folder.

    python tools/try_wheel.py FOLDER

What an editable install cannot show: files that the wheel lacks, a dependency that only a test brings, the command,
that a program with dynamic resources needs no plugin, and the plugin as the CLI installs it.
`pulumi` is taken from PATH. Leaves wheel and environment in FOLDER; exit code 1 and the output of what failed.
"""

import contextlib
import functools
import http.server
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = "name: wheel\nruntime: python\n"
PROGRAM = """
import pulumi
import pulumi_ctune as ctune

job = ctune.ContinuousTuningJob(
    "sft",
    base_model="gemini-2.5-flash",
    supervised_tuning_spec={
        "training_dataset_uri": "gs://cloud-samples-data/ai-platform/generative_ai/gemini/text/sft_train_data.jsonl",
        "hyper_parameters": {"epoch_count": 1},
    },
)
pulumi.export("state", job.state)
"""
CONFIG = {
    "gcp:project": "acme",
    "gcp:region": "us-central1",
    "ctune:apiEndpoint": "embedded",
    "ctune:pollInterval": "200ms",
}

YAML = """
name: wheel
runtime: yaml
resources:
  sft:
    type: ctune:ContinuousTuningJob
    properties:
      baseModel: gemini-2.5-flash
      supervisedTuningSpec:
        trainingDatasetUri: gs://cloud-samples-data/ai-platform/generative_ai/gemini/text/sft_train_data.jsonl
        hyperParameters: {epochCount: 1}
outputs:
  state: ${sft.state}
"""
OF_THE_PLUGIN = {key.replace("gcp:", "ctune:"): text for key, text in CONFIG.items()}


def main() -> int:
    folder = Path(sys.argv[1]).resolve()
    try:
        python = installed(folder)
        with tempfile.TemporaryDirectory() as empty:
            use(python, Path(empty))
        with tempfile.TemporaryDirectory() as empty:
            use_plugin(python, next(folder.glob("pulumi_ctune-*.whl")), Path(empty))
    except subprocess.CalledProcessError as error:
        print(f"{' '.join(map(str, error.cmd))}\n{error.stdout or ''}{error.stderr or ''}", file=sys.stderr)
        return 1
    return 0


def installed(folder: Path) -> Path:
    """The Python of a new environment that has the wheel and what it depends on, and nothing else."""
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    (wheel,) = folder.glob("pulumi_ctune-*.whl")
    python = folder / "environment" / "bin" / "python"
    run(sys.executable, "-m", "venv", "--clear", str(folder / "environment"))
    constraints = str(ROOT / "constraints.txt")
    run(str(python), "-m", "pip", "install", "--quiet", "--constraint", constraints, str(wheel))
    print(f"{wheel.name}: {wheel.stat().st_size / 1000:.0f} kB, installed")
    return python


def use(python: Path, empty: Path) -> None:
    """Run a program with a job, and the command, in an empty folder."""
    (empty / "Pulumi.yaml").write_text(PROJECT)
    (empty / "__main__.py").write_text(PROGRAM)
    env = environment(empty, f"{python.parent}{os.pathsep}{os.environ['PATH']}")
    run("pulumi", "stack", "init", "dev", cwd=empty, env=env)
    for key, text in CONFIG.items():
        run("pulumi", "config", "set", key, text, cwd=empty, env=env)
    run("pulumi", "up", "--yes", "--skip-preview", cwd=empty, env=env)
    expect("state", "JOB_STATE_SUCCEEDED", empty, env)
    needed = run("pulumi", "plugin", "ls", "--project", "--json", cwd=empty, env=env)
    if any(plugin["name"] == "ctune" for plugin in json.loads(needed)):
        raise subprocess.CalledProcessError(
            1, ["pulumi", "plugin", "ls", "--project"], f"ctune is none of it: {needed}"
        )
    run(str(python.parent / "ctune"), "emulator", "--help", cwd=empty, env=env)
    run(str(python.parent / "ctune"), "report", "--stack", "dev", cwd=empty, env=env)  # which has a style sheet
    print("pulumi up of a job and ctune ran from an empty folder")


def use_plugin(python: Path, wheel: Path, empty: Path) -> None:
    """Pack the plugin, let the CLI install it, and run a program in YAML, with no other plugin of ours on PATH.

    From a file first, then from a server, which has what a release has.
    """
    own = empty / "bin"
    own.mkdir()
    (own / "python3").symlink_to(python.resolve())
    others = (each for each in os.environ["PATH"].split(os.pathsep) if not Path(each, "pulumi-resource-ctune").exists())
    env = environment(empty, os.pathsep.join((str(own), *others)))
    env["PIP_CONSTRAINT"] = str(ROOT / "constraints.txt")
    run(str(python.parent / "ctune"), "plugin", "pack", "-o", "plugin.tar.gz", "--requirement", str(wheel), cwd=empty)
    version = wheel.name.split("-")[1]
    run("pulumi", "plugin", "install", "resource", "ctune", version, "--file", "plugin.tar.gz", cwd=empty, env=env)
    (empty / "Pulumi.yaml").write_text(YAML)
    run("pulumi", "stack", "init", "dev", cwd=empty, env=env)
    for key, text in OF_THE_PLUGIN.items():
        run("pulumi", "config", "set", key, text, cwd=empty, env=env)
    run("pulumi", "up", "--yes", "--skip-preview", cwd=empty, env=env)
    expect("state", "JOB_STATE_SUCCEEDED", empty, env)
    run("pulumi", "plugin", "rm", "resource", "ctune", "--yes", cwd=empty, env=env)
    with served(wheel.parent) as address:
        system = {"Linux": "linux", "Darwin": "darwin"}[platform.system()]
        machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
        archive = wheel.parent / f"pulumi-resource-ctune-v{version}-{system}-{machine}.tar.gz"
        package = f"pulumi-ctune @ {address}/{wheel.name}"
        run(str(python.parent / "ctune"), "plugin", "pack", "-o", str(archive), "--requirement", package)
        run("pulumi", "plugin", "install", "resource", "ctune", version, "--server", address, cwd=empty, env=env)
    run("pulumi", "destroy", "--yes", "--skip-preview", cwd=empty, env=env)
    print("pulumi up and destroy of a job in YAML ran on the plugin that ctune packed, from a file and from a server")


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The files of a folder on a loopback address, which is given."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def expect(output: str, value: str, cwd: Path, env: dict[str, str]) -> None:
    found = run("pulumi", "stack", "output", output, cwd=cwd, env=env)
    if found != value:
        raise subprocess.CalledProcessError(1, ["pulumi", "stack", "output", output], found)


def environment(empty: Path, path: str) -> dict[str, str]:
    """Pulumi's own things lie in the folder, and nothing of the user's shell says where Python's are."""
    own = {
        "PATH": path,
        "HOME": str(empty),
        "PULUMI_HOME": str(empty / "home"),
        "PULUMI_BACKEND_URL": f"file://{empty}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    return {name: text for name, text in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")} | own


def run(*command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=env, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
