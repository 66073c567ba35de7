"""What goes wrong is one clear line at its resource, never a traceback, and nothing that was paid for gets lost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .emulator import (  # fixtures go by name
    SUBMISSION,
    VertexEmulator,
    new_tuning_stack_fixture,  # noqa: F401
    vertex_fixture,  # noqa: F401
)
from .harness import Run, Stack
from .programs import RFT, SFT, SOURCE, Code, program, sft

NewStack = Callable[..., Stack]

TYPE = "pulumi-python:dynamic/ctune:ContinuousTuningJob"
ABSENT_MODEL = "projects/acme/locations/us-central1/models/404"


def error_of(run: Run, resource: str = "sft") -> str:
    """The one error of this resource, which must be one line, as nobody is shown a traceback."""
    assert "Traceback" not in run.stdout + run.stderr
    (message,) = [
        found.message
        for found in run.log.diagnostics
        if found.severity == "error" and found.urn.endswith(f"::{resource}")
    ]
    # With a state to keep, the engine makes a list of one of it.
    line = message.removeprefix("1 error occurred:").strip().removeprefix("* ")
    assert "\n" not in line
    return line


def recorded(stack: Stack) -> list[str]:
    """Names of the tuning jobs' resources in the state."""
    resources = stack.export().get("resources", [])
    return [found["urn"].rsplit("::", 1)[1] for found in resources if found["type"] == TYPE]


@pytest.mark.parametrize(
    ("arguments", "field", "reason"),
    [
        (
            sft(supervised_tuning_spec={"training_dataset_uri": "https://storage.googleapis.com/data/train.jsonl"}),
            "supervised_tuning_spec.training_dataset_uri",
            "'https://storage.googleapis.com/data/train.jsonl' is not of the form gs://BUCKET/OBJECT or "
            "projects/PROJECT/locations/LOCATION/datasets/DATASET; did you mean 'gs://data/train.jsonl'?",
        ),
        (
            sft(reinforcement_tuning_spec=RFT["reinforcement_tuning_spec"]),
            "reinforcement_tuning_spec",
            "given together with supervised_tuning_spec: only one of 'supervised_tuning_spec', "
            "'reinforcement_tuning_spec' or 'preference_optimization_spec' is allowed",
        ),
        (
            sft(epoch_count=1.5),
            "supervised_tuning_spec.hyper_parameters.epoch_count",
            "1.5 is not a whole number; the nearest is 2",
        ),
    ],
    ids=["dataset URI", "two specs", "half an epoch"],
)
def test_bad_input_is_refused_in_the_preview(
    new_tuning_stack: NewStack, vertex: VertexEmulator, arguments: dict[str, Any], field: str, reason: str
) -> None:
    """The line names the field as the user typed it and the nearest right thing; no server is asked."""
    stack = new_tuning_stack(program(sft=arguments))

    error = error_of(stack.preview(fails=True))

    assert error.startswith(f"{TYPE} resource 'sft': property {field} value ")
    assert error.endswith(f" has a problem: {reason}")
    assert vertex.emulator.requests() == []


@pytest.mark.parametrize(
    ("config", "line"),
    [
        (
            {"ctune:pollInterval": "soon"},
            "has a problem: the configuration is not usable [ctune:pollInterval]: 'soon' is not a duration: expected "
            "one or more numbers, each with a unit of h, m, s, ms, us or ns, such as '1h30m' or '20s'",
        ),
        (
            {"gcp:project": None},
            "has a problem: missing: set this input, stack config (`pulumi config set gcp:project PROJECT`) or "
            "environment variable GOOGLE_PROJECT",
        ),
    ],
    ids=["unusable", "missing"],
)
def test_bad_config_is_refused_in_the_preview(
    new_tuning_stack: NewStack, vertex: VertexEmulator, config: dict[str, str | None], line: str
) -> None:
    """A setting that cannot be used, or that is needed and not there, is named by its key."""
    stack = new_tuning_stack(program(sft=SFT), config=config)

    error = error_of(stack.preview(fails=True))

    assert error.endswith(line)
    assert vertex.emulator.requests() == []


def test_missing_credentials_are_said_with_the_way_to_get_some(new_tuning_stack: NewStack, tmp_path: Path) -> None:
    """Without `ctune:apiEndpoint` it is Google, and nothing falls back to the emulator: signing in is the answer."""
    absent = tmp_path / "absent.json"
    stack = new_tuning_stack(
        program(sft=SFT),
        config={"ctune:apiEndpoint": None},
        env={"GOOGLE_APPLICATION_CREDENTIALS": str(absent)},
    )

    error = error_of(stack.up(fails=True))

    assert f"File {absent} was not found" in error
    assert error.endswith(
        "Run `gcloud auth application-default login`, or set gcp:accessToken or GOOGLE_APPLICATION_CREDENTIALS."
    )
    assert recorded(stack) == []


def test_missing_source_model_submits_nothing(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A model that does not exist is named by the field that names it."""
    stack = new_tuning_stack(program(rft=RFT | {"pre_tuned_model": {"tuned_model_name": ABSENT_MODEL}}))

    error = error_of(stack.up(fails=True), "rft")

    assert error.startswith("no tuning job was submitted [pre_tuned_model.tuned_model_name]: HTTP 404 NOT_FOUND: ")
    assert error.endswith("Check project, location and model id.")
    assert vertex.jobs() == {}


def test_unknown_checkpoint_leaves_the_source_recorded(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """The line names the checkpoints that there are; the source stays, and the next `up` trains the dependent only."""
    stack = new_tuning_stack(program(sft=SFT, rft=RFT | {"pre_tuned_model": SOURCE | {"checkpoint_id": "9"}}))

    error = error_of(stack.up(fails=True), "rft")
    source = stack.resource("sft")["outputs"]["tuned_model_name"]
    stack.write("__main__.py", program(sft=SFT, rft=RFT))
    repaired = stack.up()

    assert error == (
        f"no tuning job was submitted [pre_tuned_model.checkpoint_id]: {source} has no checkpoint '9'; it has '1', '2'."
        " Name one of these, or leave checkpoint_id out for the default checkpoint."
    )
    assert repaired.changes == {"same": 2, "create": 1}
    assert len(vertex.jobs()) == 2


def test_refusal_by_the_server_is_reported_in_its_words(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A 4xx is final: it is sent once, nothing is recorded, and the next `up` tries again."""
    vertex.faults.add(**SUBMISSION, status=400, message="Adapter size is not supported for this base model.")
    stack = new_tuning_stack(program(sft=SFT))

    error = error_of(stack.up(fails=True))
    left = recorded(stack)
    stack.up()

    assert error == (
        "no tuning job was submitted: HTTP 400 INVALID_ARGUMENT: Adapter size is not supported for this base model."
    )
    assert left == []
    assert len(vertex.submissions()) == 2
    assert len(vertex.jobs()) == 1


def test_failed_job_leaves_no_entry_and_another_is_made(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """The line has the job's name and Google's words; dependents wait, and the next `up` trains another job."""
    course = {"state": "JOB_STATE_FAILED", "code": 3, "message": "The dataset is too small.", "with_model": False}
    vertex.faults.add(**SUBMISSION, job=course)
    stack = new_tuning_stack(program(sft=SFT, rft=RFT))

    failed = stack.up(fails=True)
    (job,) = vertex.jobs()
    left = recorded(stack)
    preview, again = stack.preview(), stack.up()

    assert error_of(failed) == (
        f"the tuning job ended: failed [{job}]: The dataset is too small (INVALID_ARGUMENT). `pulumi up` then starts "
        "a new job."
    )
    assert left == []
    assert preview.ops == again.ops == {"sft": "create", "rft": "create"}
    assert list(vertex.jobs().values()) == ["JOB_STATE_FAILED", "JOB_STATE_SUCCEEDED", "JOB_STATE_SUCCEEDED"]
    assert stack.resource("sft")["id"] == list(vertex.jobs())[1]
    assert stack.preview().changes == {"same": 3}


def test_partial_success_is_a_success_with_a_warning(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A model that was made is kept; that it may be incomplete stands in the diagnostics."""
    vertex.faults.add(**SUBMISSION, job={"state": "JOB_STATE_PARTIALLY_SUCCEEDED"})
    stack = new_tuning_stack(program(sft=SFT))

    up = stack.up()

    (job,) = vertex.jobs()
    assert [found.message for found in up.log.diagnostics if found.severity == "warning"] == [
        f"tuning job {job} succeeded only in part: its model may be incomplete"
    ]
    assert stack.preview().changes == {"same": 2}


def test_prevented_deletion_keeps_everything(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """PREVENT refuses, says what to do, and that then works."""
    stack = new_tuning_stack(program(sft=sft(deletion_policy="PREVENT")))
    stack.up()

    error = error_of(stack.destroy(fails=True))
    left = recorded(stack)
    stack.write("__main__.py", program(sft=sft(deletion_policy="DELETE")))
    stack.up()
    stack.destroy()

    (job,) = vertex.jobs()
    assert error == (
        f"the tuned model is not deleted [{job}]: its deletion_policy is PREVENT. Set deletion_policy to ABANDON or "
        "DELETE, run `pulumi up`, then delete again."
    )
    assert left == ["sft"]
    assert vertex.count("models") == 0


def test_prevented_deletion_refuses_a_replacement_before_it_costs(
    new_tuning_stack: NewStack, vertex: VertexEmulator
) -> None:
    """A change that needs another training run is refused while PREVENT protects the old one, and no job is made."""
    stack = new_tuning_stack(program(sft=sft(deletion_policy="PREVENT")))
    stack.up()
    stack.write("__main__.py", program(sft=sft(deletion_policy="PREVENT", triggers=[1])))

    error = error_of(stack.up(fails=True))
    jobs = len(vertex.jobs())
    stack.write("__main__.py", program(sft=SFT))
    stack.up()
    stack.write("__main__.py", program(sft=sft(triggers=[1])))
    stack.up()

    assert "its deletion_policy is PREVENT" in error
    assert jobs == 1
    assert recorded(stack) == ["sft"]
    assert len(vertex.jobs()) == 2


def test_failed_job_needs_no_protection(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """PREVENT and `protect` protect a model; a job that failed made none, so another one is made."""
    vertex.faults.add(**SUBMISSION, job={"state": "JOB_STATE_FAILED", "at": 0.1})
    stack = new_tuning_stack(
        program(sft=sft(deletion_policy="PREVENT", opts=Code("pulumi.ResourceOptions(protect=True)")))
    )
    stack.up(fails=True)

    again = stack.up()

    assert again.ops == {"sft": "create"}
    assert list(vertex.jobs().values()) == ["JOB_STATE_FAILED", "JOB_STATE_SUCCEEDED"]
    assert recorded(stack) == ["sft"]


def test_refused_deletion_is_finished_by_the_next_destroy(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A delete that was cut short keeps the resource in the state and is simply repeated."""
    vertex.faults.add(method="DELETE", skip=1, status=403, message="Permission 'aiplatform.models.delete' denied.")
    stack = new_tuning_stack(program(sft=sft(deletion_policy="DELETE")))
    stack.up()

    error = error_of(stack.destroy(fails=True))
    left = recorded(stack)
    stack.destroy()

    (job,) = vertex.jobs()
    assert error == (
        f"the results of the tuning job could not be deleted [{job}]: HTTP 403 PERMISSION_DENIED: Permission "
        "'aiplatform.models.delete' denied. Grant the caller roles/aiplatform.user on the project."
    )
    assert left == ["sft"]
    assert (vertex.count("models"), vertex.count("endpoints")) == (0, 0)


def test_revert_after_a_replacement_that_failed_is_free(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A failed replacement leaves the finished job in the state: with the edit taken back nothing is to be done."""
    stack = new_tuning_stack(program(sft=SFT))
    stack.up()
    before = stack.resource("sft")["id"]
    vertex.faults.add(**SUBMISSION, job={"state": "JOB_STATE_FAILED", "at": 0.1})
    stack.write("__main__.py", program(sft=sft(triggers=[2])))
    stack.up(fails=True)
    stack.write("__main__.py", program(sft=SFT))

    reverted = stack.up()

    assert reverted.changes == {"same": 2}
    assert (stack.resource("sft")["id"], len(vertex.jobs())) == (before, 2)


def test_run_that_fails_leaves_no_file(new_tuning_stack: NewStack, vertex: VertexEmulator, tmp_path: Path) -> None:
    """The program ends before it can take the line for all jobs, which the provider has put into a temporary file."""
    vertex.faults.add(job={"state": "JOB_STATE_FAILED"})
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    stack = new_tuning_stack(program(sft=SFT, rft=RFT), env={"TMPDIR": str(temporary)})

    failed = stack.up(fails=True)

    assert any("tokens to train" in said.message for said in failed.log.diagnostics)
    assert [*temporary.iterdir()] == []
