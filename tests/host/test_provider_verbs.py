"""Create, update, read and delete of the real provider in the real host, on an emulator that the test shares."""

from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_ctune.providers import ContinuousTuningJobProvider
from tests.engine.emulator import VertexEmulator, vertex_fixture  # noqa: F401  # a fixture goes by its name
from tests.engine.programs import SFT, TRAINING

from .harness import ProviderHost, urn

TYPE = "pulumi-python:dynamic/ctune:ContinuousTuningJob"
URN = urn("sft", type=TYPE)
FAILED, RUNNING, SUCCEEDED = "JOB_STATE_FAILED", "JOB_STATE_RUNNING", "JOB_STATE_SUCCEEDED"


@pytest.fixture
def host(vertex: VertexEmulator) -> Iterator[ProviderHost]:
    """A process of this test's own, which reports on stderr what it imports."""
    with run_on(vertex, PYTHONPROFILEIMPORTTIME="1") as provider:
        yield provider


def run_on(vertex: VertexEmulator, **env: str) -> ProviderHost:
    """The process of one run of the CLI: a `pulumi destroy` has another one than the `pulumi up` before."""
    config = {"ctune:apiEndpoint": f"embedded:{vertex.folder}", "ctune:pollInterval": "1s"}
    return ProviderHost(ContinuousTuningJobProvider(), config=config, env=env)


def checked(host: ProviderHost, name: str = "sft", **changes: Any) -> dict[str, Any]:
    """Inputs as the engine hands them to create: they went through check."""
    owner = {"organization": "acme-org", "project": "infra", "stack": "dev", "name": name}
    inputs = {"project": "acme", "location": "us-central1", "__owner": owner, **SFT, **changes}
    answer = host.check(inputs, urn=urn(name, type=TYPE))
    assert answer.failures == []
    return answer.inputs


def test_whole_numbers_reach_the_server_as_such(host: ProviderHost, vertex: VertexEmulator) -> None:
    """The engine makes a float of every number; the request has the API's types again."""
    hyper_parameters = {"epoch_count": 2, "adapter_size": 4, "learning_rate_multiplier": 1}
    spec = {"training_dataset_uri": TRAINING, "hyper_parameters": hyper_parameters}

    host.create(checked(host, supervised_tuning_spec=spec), urn=URN)

    (body,) = vertex.submissions()
    sent = body["supervisedTuningSpec"]["hyperParameters"]
    assert sent == {"epochCount": 2, "adapterSize": "ADAPTER_SIZE_FOUR", "learningRateMultiplier": 1}
    assert isinstance(sent["epochCount"], int)


def test_grants_of_the_same_run_are_waited_for(host: ProviderHost, vertex: VertexEmulator) -> None:
    """An account whose grants have not arrived yet costs refusals, not the run: one job comes of it."""
    vertex.emulator.configure(grant_delay_s=1)
    inputs = checked(host, service_account="tuner@acme.iam.gserviceaccount.com")

    created = host.create(inputs, urn=URN)

    assert [job["name"] for job in vertex.emulator.jobs()] == [created.id]
    assert len(vertex.submissions()) > 1


def test_create_returns_what_the_job_made(host: ProviderHost, vertex: VertexEmulator) -> None:
    """The id is the job's full name; the outputs name version, endpoint and checkpoints, and hold the inputs."""
    inputs = checked(host)

    created = host.create(inputs, urn=URN)

    (job,) = vertex.emulator.jobs()
    assert created.id == created.outputs["name"] == job["name"]
    assert created.outputs["tuned_model_name"] == job["tunedModel"]["model"]
    assert created.outputs["endpoint"] == job["tunedModel"]["endpoint"]
    assert [point["checkpoint_id"] for point in created.outputs["checkpoints"]] == ["1", "2"]
    assert {key: created.outputs[key] for key in inputs} == inputs
    assert host.diff(created.id, created.outputs, inputs, urn=URN).changes is False


def test_64_creates_wait_together_and_hold_up_nobody(host: ProviderHost, vertex: VertexEmulator) -> None:
    """All jobs are submitted before the first one ends, and Check and Diff are answered meanwhile."""
    vertex.make_jobs_long()
    names = [f"job-{number}" for number in range(64)]
    creates = {name: host.start_create(checked(host, name), urn=urn(name, type=TYPE)) for name in names}
    host.engine.wait_for_text("submitted tuning job", count=64)

    inputs = checked(host, "another")
    diffed = host.diff("projects/1/locations/us-central1/tuningJobs/1", inputs, inputs, urn=URN)
    all_waiting = not any(create.done() for create in creates.values())
    vertex.end_jobs()
    ids = {create.result().id for create in creates.values()}
    left_by_itself = host.stop()

    assert diffed.replaces == []
    assert all_waiting
    assert ids == set(vertex.jobs())
    assert len(ids) == 64
    assert left_by_itself


def test_progress_stands_at_the_resource(host: ProviderHost, vertex: VertexEmulator) -> None:
    """Each change of the job's state is a passing line at its URN; its price, and that it was submitted, are kept."""
    created = host.create(checked(host), urn=URN)

    of_the_stack, *of_the_job = host.logs
    passing = [line.text for line in of_the_job if line.ephemeral]
    kept = [(line.severity, line.text) for line in of_the_job if not line.ephemeral]
    assert (of_the_stack.urn, {line.urn for line in of_the_job}) == ("", {URN})
    assert of_the_stack.text == f"Tuned models of this stack are at the emulator in {vertex.folder}, not at Google"
    assert passing[0] == "submitting the tuning job"
    assert passing[-1].startswith("succeeded, epoch 2 of 2")
    (_, price), *others = kept
    assert " tokens to train, about $" in price
    assert others == [("INFO", f"submitted tuning job {created.id}")]


def test_interrupted_create_hands_over_its_state(host: ProviderHost, vertex: VertexEmulator) -> None:
    """A Cancel ends the wait with one line and all that an update needs: id, outputs, the provider."""
    vertex.make_jobs_long()
    create = host.start_create(checked(host), urn=URN)
    host.engine.wait_for_text("running, epoch ")

    host.cancel()
    error = create.error()

    (job,) = vertex.jobs()
    assert error.message.startswith(f"the wait was interrupted [{job}]: the job goes on at Google (running).")
    assert "\n" not in error.message
    assert error.partial is not None
    assert (error.partial.id, error.partial.outputs["state"]) == (job, RUNNING)
    assert error.partial.provider == host.provider
    assert vertex.jobs() == {job: RUNNING}


def test_update_finishes_an_interrupted_create(host: ProviderHost, vertex: VertexEmulator) -> None:
    """With the state that the interrupted create left, another process waits on for the same job."""
    vertex.make_jobs_long()
    inputs = checked(host)
    create = host.start_create(inputs, urn=URN)
    host.engine.wait_for_text("running, epoch ")
    host.cancel()
    partial = create.error().partial
    assert partial is not None
    vertex.end_jobs()

    config = {"ctune:apiEndpoint": f"embedded:{vertex.folder}"}
    with ProviderHost(ContinuousTuningJobProvider(), config=config) as next_run:
        diffed = next_run.diff(partial.id, partial.outputs, inputs, urn=URN)
        outputs = next_run.update(partial.id, partial.outputs, inputs, urn=URN)

    assert (diffed.changes, diffed.replaces) == (True, [])
    assert (outputs["name"], outputs["state"]) == (partial.id, SUCCEEDED)
    assert vertex.jobs() == {partial.id: SUCCEEDED}


def test_timeout_of_the_program_ends_the_wait(host: ProviderHost, vertex: VertexEmulator) -> None:
    """The engine only hands `custom_timeouts` over; to keep them is the provider's part."""
    vertex.make_jobs_long()

    error = host.start_create(checked(host), urn=URN, timeout_s=2).error()

    (job,) = vertex.jobs()
    assert error.message.startswith(f"the timeout of 2s passed [{job}]: the job goes on at Google (")
    assert error.partial is not None
    assert error.partial.id == job


def test_failed_job_is_one_line_and_no_state(host: ProviderHost, vertex: VertexEmulator) -> None:
    """Google's words and code, and the job's name; an entry that it was to replace stays as it is."""
    vertex.faults.add(
        method="POST", path="/tuningJobs$", job={"state": FAILED, "code": 9, "message": "Too few examples."}
    )
    inputs = checked(host)

    error = host.start_create(inputs, urn=URN).error()

    (job,) = vertex.jobs()
    assert error.message.startswith(f"the tuning job ended: failed [{job}]: Too few examples (FAILED_PRECONDITION).")
    assert error.partial is None


def test_refused_submission_has_no_state(host: ProviderHost, vertex: VertexEmulator) -> None:
    """Where no job was made there is nothing to record."""
    vertex.faults.add(method="POST", path="/tuningJobs$", status=403, message="Permission denied on the bucket.")

    error = host.start_create(checked(host), urn=URN).error()

    assert error.message.startswith("no tuning job was submitted: HTTP 403 PERMISSION_DENIED: Permission denied on the")
    assert error.partial is None


def test_read_brings_state_and_inputs_back(host: ProviderHost, vertex: VertexEmulator) -> None:
    """A refresh right after `up` changes nothing, inputs included."""
    inputs = checked(host, labels={"team": "support"})
    created = host.create(inputs, urn=URN)

    read = host.read(created.id, created.outputs, inputs, urn=URN)

    assert (read.id, read.outputs, read.inputs) == (created.id, created.outputs, inputs)


def test_read_keeps_the_inputs_as_they_are_written(host: ProviderHost) -> None:
    """What the last update took for the same is no drift: the next comparison finds it as it is in the program."""
    created = host.create(checked(host), urn=URN)
    written = checked(host, base_model="publishers/google/models/gemini-3.5-flash", triggers=[])

    found = host.read(created.id, created.outputs, written, urn=URN)

    assert (found.inputs, found.outputs) == (written, created.outputs)


def test_source_that_cannot_be_looked_up_is_an_update_that_may_train(
    host: ProviderHost, vertex: VertexEmulator
) -> None:
    """An alias in the place of a number, and no answer: one line says so, and nobody calls it a replacement."""
    source = host.create(checked(host), urn=URN).outputs["tuned_model_name"]
    spec = {"pre_tuned_model": {"tuned_model_name": source}, "base_model": None, "tuned_model_display_name": None}
    inputs = {key: value for key, value in checked(host, "next", **spec).items() if value is not None}
    address = urn("next", type=TYPE)
    state = host.create(inputs, urn=address).outputs
    model = source.partition("@")[0]
    vertex.faults.add(method="GET", path=f"/{model}$", status=403, message="not yours", times=0)
    renamed = inputs | {"pre_tuned_model": {"tuned_model_name": model}}

    host.check(renamed, inputs, urn=address)
    answer = host.diff(state["name"], state, renamed, urn=address)

    (line,) = [line.text for line in host.logs if line.urn == address and line.text.startswith("may train again")]
    assert (answer.changes, answer.replaces) == (None, [])
    assert line.startswith("may train again: the source could not be looked up: HTTP 403")


def test_read_of_a_deleted_model_says_gone(host: ProviderHost, vertex: VertexEmulator) -> None:
    """An empty id makes the engine drop the resource."""
    created = host.create(checked(host), urn=URN)
    vertex.delete_model_of(created.outputs)

    read = host.read(created.id, created.outputs, urn=URN)

    assert read.id == ""


def test_look_up_of_a_job_that_is_not_there_fails(host: ProviderHost) -> None:
    """`ContinuousTuningJob.get` reads without a state; the engine would not notice an empty answer."""
    absent = "projects/569329139872/locations/us-central1/tuningJobs/1"

    error = host.start_read(absent, {}, urn=URN).error()

    assert error.message == f"there is no such tuning job, or its model is gone [{absent}]"


def test_delete_cancels_a_job_that_runs(host: ProviderHost, vertex: VertexEmulator) -> None:
    """A state that was left by an interrupted create is enough to stop the job."""
    vertex.make_jobs_long()
    error = host.start_create(checked(host), urn=URN, timeout_s=2).error()
    assert error.partial is not None

    with run_on(vertex) as later:
        later.delete(error.partial.id, error.partial.outputs, urn=URN)

    assert vertex.jobs()[error.partial.id] in ("JOB_STATE_CANCELLING", "JOB_STATE_CANCELLED")


def test_interrupted_delete_comes_back(host: ProviderHost, vertex: VertexEmulator) -> None:
    """Ctrl-C does not wait for a long-running operation of the registry; the delete is repeated by the next run."""
    created = host.create(checked(host, deletion_policy="DELETE"), urn=URN)
    vertex.emulator.configure(operation_duration_s=3600)
    with run_on(vertex) as later:
        delete = later.start_delete(created.id, created.outputs, urn=URN)
        later.engine.wait_for_text("deleting endpoint")

        later.cancel()
        error = delete.error()

    # Which request or pause the interruption met is chance.
    assert error.message.startswith(f"the deletion was not finished [{created.id}]: interrupted: ")
    assert error.message.endswith(" Run the same command again to resume it.")


def test_interruption_of_an_outage_says_that_the_job_goes_on(host: ProviderHost, vertex: VertexEmulator) -> None:
    """Ctrl-C while the API is out of reach reads like any other: the job is in the state."""
    vertex.make_jobs_long()
    create = host.start_create(checked(host), urn=URN)
    host.engine.wait_for_text("running, epoch ")
    vertex.faults.add(method="GET", path="/tuningJobs/", status=503, times=0)
    vertex.wait_for_fault()

    host.cancel()
    error = create.error()

    (job,) = vertex.jobs()
    assert error.message.startswith(f"the wait was interrupted [{job}]: the job goes on at Google (running).")
    assert error.partial is not None
    assert error.partial.id == job


def test_google_libraries_load_with_the_first_call(host: ProviderHost) -> None:
    """They take longer to load than all checks of a preview; only a call of the API needs them."""
    inputs = checked(host)
    before = "google.genai" in host.stderr()

    host.create(inputs, urn=URN)

    assert (before, "google.genai" in host.stderr()) == (False, True)
