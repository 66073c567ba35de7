"""Go through an example as a user does: preview, up, a second look, each later step, destroy.

Owns the copy of the program and the order of the commands; what should come of them is said by each example's tests.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.native import launcher
from tests.native.languages import add_to_path, environment_of, language_hosts, packages_of
from tests.pulumi_gcp.stacks import PROJECT, REGION, Place, Step, gcp_stack, on, taken

EXAMPLES = Path(__file__).parents[2] / "examples"
_PROJECT = f"/v1beta1/projects/{PROJECT}/locations"
_MADE_BY_JOB = {"google-vertex-llm-tuning-job-id"}
_METRICS_OF_JOBS = "tuning-metrics-"  # the bucket in which the emulator keeps what jobs report
FIRST = ""
"""The step that the example's own folder is; the later ones are its sub-folders."""


def no_config(place: Place) -> dict[str, str]:
    """Prepare nothing."""
    return {}


def no_look(place: Place, outputs: dict[str, Any]) -> None:
    """Look at nothing."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What comes of a step.

    `changes` are the operations by resource, without what stays the same; `jobs` is how many tuning jobs there are
    then, those that were made beforehand included; `outputs` are regular expressions for the exported values. `error`
    is one for the line with which an `up` ends that is to fail; `left` is what the next `up` would try again then.
    """

    changes: Mapping[str, str]
    jobs: int
    outputs: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    error: str = ""
    left: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Example:
    """A folder of examples/, and what comes of each of its steps by sub-folder, in order.

    What is written in another language than Python lies in that language's folder, `yaml/sft-then-rft`. `prepare` puts
    into the emulator what the program needs to be there and returns the program's own config. `look` is taken after
    each step, with the stack's outputs. `kept` are the types of what a destroy is to leave, sorted.
    """

    folder: str
    steps: Mapping[str, Expected]
    prepare: Callable[[Place], dict[str, str]] = no_config
    look: Callable[[Place, dict[str, Any]], Any] = no_look
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Taken:
    """A step that was taken, the preview after it, the states of all tuning jobs then, and what `look` saw."""

    step: Step
    again: Step
    jobs: list[str]
    seen: Any


@dataclass(frozen=True)
class Course:
    """The whole way through an example; `place` is the emulator as it was left.

    `left` is what `things` the destroy has left there that were not there at first.
    """

    place: Place
    planned: Step
    steps: Mapping[str, Taken]
    destroyed: Step
    left: list[str]


def go_through(example: Example, folder: Path, pulumi_bin: Path) -> Course:
    """Run the example and all of its steps with the real CLI, on an emulator of its own below `folder`."""
    place = Place(folder / "vertex")
    language, _, name = example.folder.rpartition("/")
    own = {f"{name}:{key}": value for key, value in example.prepare(place).items()}
    files = files_of(example.folder, FIRST)
    at_first = things(place)
    config = on(place) | own | (of_the_plugin() if language else {})
    stack = gcp_stack(folder / "stack", pulumi_bin, files.get("__main__.py", ""), config=config, files=files)
    if language:
        add_to_path(stack.env, *language_hosts(pulumi_bin, language))
        stack.env.update(environment_of(language))
        for link, target in packages_of(language).items():
            (stack.folder / link).symlink_to(target)
        stack.run(*launcher.installation(folder / "plugin"))
    planned = Step(stack.preview())
    steps = {}
    for name in example.steps:
        for path, text in files_of(example.folder, name).items():
            stack.write(path, text)
        expected = example.steps[name]
        step = taken(stack, stack.up(fails=bool(expected.error)))
        again = Step(stack.preview("--refresh"))
        jobs = [job["state"] for job in place.emulator.jobs()]
        steps[name] = Taken(step, again, jobs, example.look(place, step.outputs))
    destroyed = Step(stack.destroy())
    return Course(place, planned, steps, destroyed, sorted(things(place) - at_first))


def of_the_plugin() -> dict[str, str]:
    """The config of a stack whose programs are not in Python: the plugin sees the keys of `ctune:` alone."""
    return {"ctune:project": PROJECT, "ctune:region": REGION}


def things(place: Place) -> set[str]:
    """What there is beside tuning jobs and what they made: endpoints, aliases, buckets, records of other types."""
    found = set(place.records())
    for location in (REGION, "us"):
        endpoints = place.ask("GET", f"{_PROJECT}/{location}/endpoints").get("endpoints", [])
        found |= {endpoint["name"] for endpoint in endpoints if not _MADE_BY_JOB & endpoint.get("labels", {}).keys()}
    for model in place.ask("GET", f"{_PROJECT}/{REGION}/models").get("models", []):
        for version in place.ask("GET", f"/v1beta1/{model['name']}:listVersions")["models"]:
            found |= {f"{version['name']}@{alias}" for alias in version.get("versionAliases", ()) if alias != "default"}
    buckets = place.ask("GET", "/storage/v1/b", params={"project": PROJECT}).get("items", [])
    names = {bucket["name"] for bucket in buckets}
    return found | {f"gs://{name}" for name in names if not name.startswith(_METRICS_OF_JOBS)}


def files_of(folder: str, step: str) -> dict[str, str]:
    """The files that lie in a step's folder, by name; those of its sub-folders belong to other steps."""
    return {path.name: path.read_text() for path in (EXAMPLES / folder / step).iterdir() if path.is_file()}
