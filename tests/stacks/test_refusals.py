"""What cannot be right ends a stage's `up` or preview with one line, and nothing is changed at Google."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.engine.harness import Run

from .looks import ENDPOINTS, aliases, forget, steps, traffic
from .project import ProjectCopy
from .releases import released

ABOVE = "Run `ctune promote --from STAGE --to prod`, STAGE being the stack before it."
WHERE_FROM = "..@VERSION (output tuned_model_name of a job or of ctune.get_tuned_model)"
SERIES = (
    "'/eval_generation_length', '/eval_mean_reward', '/eval_mean_reward_latency', '/eval_mean_sampling_latency', "
    "'/eval_p95_reward_latency', '/eval_p95_sampling_latency', '/eval_thinking_token_length', "
    "'/learnable_prompt_ratio', '/train_generation_length', '/train_mean_reward', '/train_mean_reward_latency', "
    "'/train_mean_sampling_latency', '/train_p95_reward_latency', '/train_p95_sampling_latency', "
    "'/train_thinking_token_length'"
)


@dataclass
class Prod:
    """A prod that serves `release`; `staging` has never been applied."""

    project: ProjectCopy
    release: dict[str, Any]
    config: str

    @property
    def version(self) -> str:
        version: str = self.release["tuned_model_name"]
        return version


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, pulumi_bin: Path) -> Prod:
    """For all tests here: none of them changes anything."""
    project = ProjectCopy(tmp_path_factory.mktemp("prod"), pulumi_bin=pulumi_bin, stages=["prod", "staging"])
    release = released(project)
    project.configure("prod", release=release)
    project.up("prod")
    return Prod(project, release, project.stack_file("prod").read_text())


@pytest.fixture
def prod(served: Prod) -> Iterator[Prod]:
    """The config as it was, and what every test ends with: nothing was written, and prod serves."""
    served.project.stack_file("prod").write_text(served.config)
    forget(served.project)
    yield served
    assert [step for step in steps(served.project) if step != "read series"] == []
    assert traffic(served.project, "prod") == {served.version: 100}
    assert aliases(served.project, served.version) == {"default", "prod"}


def refused(prod: Prod, verb: str = "preview", **settings: Any) -> str:
    """The line that prod ends with when its settings are changed so."""
    prod.project.configure("prod", **settings)
    run: Run = getattr(prod.project, verb)("prod", fails=True)
    assert "Traceback" not in run.stdout + run.stderr
    return run.errors[0]


def foreign_version(source: str, version: str, prod: Prod) -> str:
    """The line about a version that lies in another project than prod's."""
    theirs, ours = version.split("/")[1], prod.version.split("/")[1]
    return (
        f"{source} names {version} of project {theirs}, and this stack's project is {ours}: an endpoint serves "
        "versions of its own project. Promote one that was tuned there, or set support-bot:copyReleases to true."
    )


def property_line(resource: str, field: str, value: str, reason: str) -> str:
    """The engine's sentence around the reason against an input."""
    type_name, name = resource.split()
    token = f"pulumi-python:dynamic/ctune:{type_name}"
    return f"{token} resource '{name}': property {field} value {{{value}}} has a problem: {reason}"


def test_stage_without_a_source_of_versions(prod: Prod) -> None:
    """A stage that neither tunes nor has a release says how it gets one."""
    line = refused(prod, release=None)

    assert line == f"stack prod neither tunes nor has a release to serve. {ABOVE}"


def test_stage_with_two_sources_of_versions(prod: Prod) -> None:
    """A stage that tunes and has a release would hide one of them."""
    line = refused(prod, tune=True)

    assert line == "stack prod has tune and release: keep one of them."


def test_release_without_a_tuned_model(prod: Prod) -> None:
    """A block of another kind is no release."""
    line = refused(prod, release={"checkpoint_id": "2"})

    assert line == f"config support-bot:release names no tuned model to serve. {ABOVE}"


def test_release_without_a_version(prod: Prod) -> None:
    """A model alone would mean whatever version is its default one at that time."""
    model = prod.version.removesuffix("@1")

    line = refused(prod, release={**prod.release, "tuned_model_name": model})

    reason = f"'{model}' names no version: pin one by its number, {WHERE_FROM}"
    assert line == property_line("ModelDeployment support-bot", "tuned_model_name", model, reason)


def test_release_by_an_alias(prod: Prod) -> None:
    """An alias moves, and a version with it."""
    name = prod.version.replace("@1", "@golden")

    line = refused(prod, release={**prod.release, "tuned_model_name": name})

    reason = f"'{name}' names its version by the alias 'golden', which moves: pin the number, {WHERE_FROM}"
    assert line == property_line("ModelDeployment support-bot", "tuned_model_name", name, reason)


def test_version_that_does_not_exist(prod: Prod) -> None:
    """The model's versions and aliases are named."""
    line = refused(prod, release={"tuned_model_name": prod.version.replace("@1", "@7")})

    model = prod.version.removesuffix("@1")
    assert line == (
        f"the tuned model could not be looked up [{model}@7]: {model} has no version or alias '7'; it has '1', "
        "'default', 'prod'. Name one of these."
    )


def test_version_of_another_project(prod: Prod) -> None:
    """An endpoint serves versions of its own project."""
    foreign = released(prod.project, of="other-project")["tuned_model_name"]
    forget(prod.project)

    line = refused(prod, release={"tuned_model_name": foreign})

    assert line == foreign_version("config support-bot:release", foreign, prod)


def test_version_of_a_location_far_from_the_endpoint(prod: Prod) -> None:
    """A version of Europe does not serve from `us`."""
    name = prod.version.replace("us-central1", "europe-west4")

    line = refused(prod, release={"tuned_model_name": name})

    assert line == (
        f"servingLocation is 'us', and {name} lies in 'europe-west4': it serves there or in the multi-region around it."
    )


def test_serving_location_far_from_the_version(prod: Prod) -> None:
    """The endpoint that serves stays where it is."""
    line = refused(prod, servingLocation="eu")

    assert line == (
        f"servingLocation is 'eu', and {prod.version} lies in 'us-central1': it serves there or in the multi-region "
        "around it."
    )


@pytest.mark.parametrize("endpoint_id", ["support", "0471", "4711004711"])
def test_endpoint_id_that_is_no_number_of_nine_digits(prod: Prod, endpoint_id: str) -> None:
    """The API takes no longer number."""
    line = refused(prod, endpointId=endpoint_id)

    assert line == f"endpointId '{endpoint_id}' is not a number of at most nine digits."


def test_caller_without_a_type(prod: Prod) -> None:
    """Google would refuse it when everything else is done."""
    line = refused(prod, callers=["support@example.com"])

    assert line == "callers: 'support@example.com' is not a member such as 'group:support@example.com'."


def test_key_that_nothing_would_use(prod: Prod) -> None:
    """A key ring cannot be deleted, so none is made for a stage whose endpoint has no use for it."""
    line = refused(prod, encrypt=True)

    assert line == (
        "encrypt is true, but stack prod has nothing to encrypt: it neither tunes nor copies, and a key in us-central1 "
        "is none for an endpoint in us. Take encrypt out: a key ring can never be deleted."
    )


def test_key_that_a_copy_cannot_have(prod: Prod) -> None:
    """A copy stays in the region of its source, and no key of another one is made for it."""
    foreign = released(prod.project, of="other-project")
    name = foreign["tuned_model_name"].replace("us-central1", "us-east5")
    forget(prod.project)

    line = refused(prod, release={**foreign, "tuned_model_name": name}, encrypt=True, copyReleases=True)

    assert line == (
        f"encrypt is true, and a key in us-central1 is none for a copy of {name}, which stays in us-east5. Set "
        "gcp:region to that, or take encrypt out: a key ring can never be deleted."
    )


def test_gate_on_a_series_that_does_not_exist(prod: Prod) -> None:
    """The series that there are are listed, and the one that was meant is guessed."""
    line = refused(prod, "up", gates=[{"metric": "/eval_reward", "at_least": 0.05}])

    assert line == (
        f"{prod.version} was not accepted [require]: {prod.version} misses 1 of 1: there is no series '/eval_reward'; "
        f"there are {SERIES}; did you mean '/eval_mean_reward'? {prod.version} keeps serving."
    )


@pytest.mark.parametrize(
    ("evaluations", "there_is"), [(None, "it has none"), ({"safety": {}}, "it has 'safety'")], ids=["none", "another"]
)
def test_gate_on_an_evaluation_that_the_release_does_not_have(
    prod: Prod, evaluations: dict[str, Any] | None, there_is: str
) -> None:
    """A release that nobody has evaluated passes no gate on it."""
    line = refused(prod, release={**prod.release, "evaluations": evaluations})

    assert line == (
        f"gates[1] asks for the evaluation 'quality' of config support-bot:release, and {there_is}. Set evaluate to "
        "true where it is tuned and promote again, or take the gate out of this stack's config."
    )


def test_gate_on_an_evaluation_of_a_stage_that_makes_none(prod: Prod) -> None:
    """A stage that tunes is told before it pays for a job."""
    line = refused(prod, release=None, tune=True)

    assert line == (
        "gates[1] asks for the evaluation 'quality' of this stack, and it has none. Set evaluate to true, or take the "
        "gate out."
    )


def test_evaluation_of_another_version(prod: Prod) -> None:
    """The result of an older version lets no newer one through."""
    older = prod.version.replace("@1", "@7")
    evaluations = {"quality": {**prod.release["evaluations"]["quality"], "tuned_model_name": older}}

    line = refused(prod, release={**prod.release, "evaluations": evaluations})

    assert f"'rouge': the result is of {older}, not of {prod.version}" in line


def test_share_below_no_traffic(prod: Prod) -> None:
    """What is no share at all is not taken for the default."""
    line = refused(prod, trafficPercent=-1)

    reason = "-1 is not a whole number from 0 to 100"
    assert line == property_line("ModelDeployment support-bot", "traffic_percent", "-1", reason)


def test_stack_to_follow_that_does_not_exist(prod: Prod) -> None:
    """Pulumi's own words name the stack in full."""
    line = refused(prod, release=None, releaseFrom="nobody")

    assert line == 'Preview failed: unknown stack "organization/support-bot/nobody"'


def test_stack_to_follow_that_has_released_nothing(prod: Prod) -> None:
    """It has to be applied first."""
    line = refused(prod, release=None, releaseFrom="staging")

    assert line == (
        "the output `release` of stack staging names no tuned model to serve. Run `pulumi up --stack staging` first."
    )


def test_stage_without_an_address(prod: Prod) -> None:
    """The endpoint's number is chosen by people."""
    line = refused(prod, endpointId=None)

    assert line == (
        "Missing required configuration variable 'support-bot:endpointId'\n"
        "\tplease set a value using the command `pulumi config set support-bot:endpointId <value>`"
    )


def test_switch_that_is_neither_on_nor_off(prod: Prod) -> None:
    """`tune` is true or false."""
    line = refused(prod, release=None, tune="maybe")

    assert line == "Configuration 'support-bot:tune' value 'maybe' is not a valid 'bool'"


def test_dataset_file_that_is_missing(prod: Prod) -> None:
    """A stage that tunes names the file that it wants."""
    missing = prod.project.folder / "stacks" / "datasets" / "support-rft-train.jsonl"
    missing.unlink()

    line = refused(prod, release=None, tune=True, evaluate=True)

    assert line == f"there is no file {missing}: a stack that tunes uploads it."


def test_address_of_another_stage(prod: Prod) -> None:
    """A second stack with the same `endpointId` does not take the endpoint over; that one serves on."""
    prod.project.configure("staging", release=prod.release, endpointId="4711004")

    up = prod.project.up("staging", fails=True)

    number = prod.version.split("/")[1]
    taken = ENDPOINTS["prod"].replace("my-project", number)
    assert up.errors[0] == (
        "the emulator answered 409 [POST /v1beta1/projects/my-project/locations/us/endpoints]: The Endpoint "
        f"{taken} already exists."
    )
    assert steps(prod.project) == ["POST endpoints"]
    forget(prod.project)


@pytest.mark.parametrize("wrong", ["version", "project"])
def test_first_release_that_cannot_serve_leaves_nothing_behind(prod: Prod, wrong: str) -> None:
    """A stage that serves nothing yet refuses before it makes an endpoint, without a preview before it, too."""
    names = {
        "version": prod.version.replace("@1", "@7"),
        "project": released(prod.project, of="other")["tuned_model_name"],
    }
    prod.project.configure("staging", release={"tuned_model_name": names[wrong]}, endpointId="4711003")
    forget(prod.project)

    up = prod.project.up("staging", fails=True)

    assert up.errors[0].startswith(
        {
            "version": f"the tuned model could not be looked up [{names['version']}]: ",
            "project": foreign_version("config support-bot:release", names["project"], prod),
        }[wrong]
    )
    assert not prod.project.vertex.has(f"/v1beta1/{ENDPOINTS['staging']}")


def test_first_release_of_another_stack_that_cannot_serve_leaves_nothing_behind(prod: Prod) -> None:
    """The same where the release comes from the stack that is followed: its version is gone from the registry."""
    prod.project.configure("staging", release=None, releaseFrom="prod", endpointId="4711003")
    prod.project.vertex.emulator.faults.add(method="GET", path="models/[^/]+@1$", status=404, times=0)

    up = prod.project.up("staging", fails=True)
    prod.project.vertex.emulator.faults.clear()

    assert up.errors[0].startswith(f"the tuned model could not be looked up [{prod.version}]: ")
    assert not prod.project.vertex.has(f"/v1beta1/{ENDPOINTS['staging']}")


def test_first_release_that_a_gate_refuses_leaves_the_endpoint_alone(prod: Prod) -> None:
    """The gate is the deployment's, which needs an endpoint: that one is made, and nothing is deployed on it."""
    gate = {"metric": "/eval_mean_reward", "at_least": 0.9}
    prod.project.configure("staging", release=prod.release, releaseFrom=None, endpointId="4711003", gates=[gate])

    up = prod.project.up("staging", fails=True)

    assert "at least 0.9 is required" in up.errors[0]
    assert steps(prod.project) == ["POST endpoints", "read series"]
    assert traffic(prod.project, "staging") == {}
    assert "release" not in prod.project.outputs("staging")
    prod.project.unprotect("staging")
    prod.project.destroy("staging")
    forget(prod.project)
