"""Runs that are cut short, through the real CLI: never a second paid job, never a lost one.

A job that must still run when a command ends is made to run for ever, and let go by moving the server's clock: nothing
here depends on how fast the machine is.
"""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import pytest

from .emulator import (  # fixtures go by name
    SUBMISSION,
    VertexEmulator,
    new_tuning_stack_fixture,  # noqa: F401
    vertex_fixture,  # noqa: F401
)
from .harness import COMMAND_LIMIT_S, RunningCommand, Stack, provider_host
from .processes import kill, wait_until_gone
from .programs import SFT, Code, program, sft

NewStack = Callable[..., Stack]

FAILED, SUCCEEDED, CANCELLED = "JOB_STATE_FAILED", "JOB_STATE_SUCCEEDED", "JOB_STATE_CANCELLED"
GOING = ("JOB_STATE_PENDING", "JOB_STATE_RUNNING")


def interrupt(stack: Stack, vertex: VertexEmulator, *, jobs: int = 1) -> None:
    """Press Ctrl-C in an `up` as soon as it waits for so many jobs."""
    with stack.start("up") as running:
        vertex.wait_for_jobs(jobs, running)
        running.interrupt()
        assert running.wait().returncode != 0


def crash(stack: Stack, vertex: VertexEmulator) -> None:
    """Kill the CLI (SIGKILL) while an `up` waits for its job, and take the lock away."""
    with stack.start("up") as running:
        vertex.wait_for_jobs(1, running)
        running.kill()
    stack.unlock()


def pending(stack: Stack) -> list[dict[str, Any]]:
    """Operations that the engine believes to be under way."""
    return list(stack.export().get("pending_operations") or [])


def test_interrupted_jobs_are_recorded_and_finished_by_the_next_up(
    new_tuning_stack: NewStack, vertex: VertexEmulator
) -> None:
    """Ctrl-C returns every waiting create with id and outputs; the jobs go on, and the next `up` waits for them."""
    vertex.make_jobs_long()
    stack = new_tuning_stack(program(sft=SFT, other=sft(epoch_count=1)))

    interrupt(stack, vertex, jobs=2)
    held = [stack.resource(name) for name in ("sft", "other")]
    left = pending(stack)
    vertex.end_jobs()
    finished = stack.up()

    assert {resource["id"] for resource in held} == set(vertex.jobs())
    assert all(resource["outputs"]["state"] in GOING for resource in held)
    assert left == []
    assert finished.ops == {"sft": "update", "other": "update"}
    assert [stack.resource(name)["id"] for name in ("sft", "other")] == [resource["id"] for resource in held]
    assert list(vertex.jobs().values()) == [SUCCEEDED] * 2
    assert stack.preview().changes == {"same": 3}


def test_interrupted_run_says_that_the_job_goes_on(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """One line with the job's name and the way on, in a refresh of the wait as well."""
    vertex.make_jobs_long()
    stack = new_tuning_stack(program(sft=SFT))
    interrupt(stack, vertex)
    (job,) = vertex.jobs()

    with stack.start("up") as running:
        running.wait_for("running, epoch ")
        running.interrupt()
        again = running.wait()

    (error,) = [text for text in again.errors if "interrupted" in text]
    assert f"the wait was interrupted [{job}]: the job goes on at Google (running). `pulumi up` waits for it" in error
    assert "Traceback" not in str(again)
    assert (stack.resource("sft")["id"], list(vertex.jobs())) == (job, [job])


def test_interruption_before_the_submission_leaves_nothing(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A run that never got through to the server has no job, no state and nothing pending; the next one starts anew."""
    vertex.faults.add(method="GET", path="/tuningJobs$", status=503, times=0)
    stack = new_tuning_stack(program(sft=SFT))

    with stack.start("up") as running:
        running.wait_for("Vertex AI is out of reach, still trying")
        running.interrupt()
        running.wait()
    left = (vertex.jobs(), pending(stack))
    vertex.faults.clear()
    stack.up()

    assert left == ({}, [])
    assert list(vertex.jobs().values()) == [SUCCEEDED]


def test_timeout_keeps_the_job_for_the_next_up(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """`custom_timeouts` ends the wait, not the job; the line says how to go on and how to stop."""
    vertex.make_jobs_long()
    timeouts = Code("pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create='3s'))")
    stack = new_tuning_stack(program(sft=SFT | {"opts": timeouts}))

    late = stack.up(fails=True)
    (job,) = vertex.jobs()
    held = stack.resource("sft")
    vertex.end_jobs()
    finished = stack.up()

    (error,) = [text for text in late.errors if job in text]
    assert f"the timeout of 3s passed [{job}]: the job goes on at Google (" in error
    assert "`pulumi up` waits for it again" in error
    assert "console.cloud" not in error
    assert "to cancel it: " in error
    assert held["id"] == job
    assert held["outputs"]["state"] in GOING
    assert finished.ops == {"sft": "update"}
    assert vertex.jobs() == {job: SUCCEEDED}


@pytest.mark.parametrize("ended", [False, True], ids=["still running", "ended meanwhile"])
def test_job_of_a_killed_cli_is_taken_over(new_tuning_stack: NewStack, vertex: VertexEmulator, ended: bool) -> None:
    """After kill -9 the state knows nothing; the next `up` finds the job, running or done, and makes no other."""
    vertex.make_jobs_long()
    stack = new_tuning_stack(program(sft=SFT))
    crash(stack, vertex)
    before = pending(stack)
    if ended:
        vertex.end_jobs()

    with stack.start("up") as running:
        running.wait_for("took over tuning job")
        vertex.end_jobs()
        up = running.wait()

    (job,) = vertex.jobs()
    assert [operation["type"] for operation in before] == ["creating"]
    assert (up.returncode, up.ops) == (0, {"sft": "create"})
    assert (stack.resource("sft")["id"], vertex.jobs()) == (job, {job: SUCCEEDED})
    assert stack.preview().changes == {"same": 2}


def test_job_that_failed_after_a_kill_is_made_anew(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A job that failed while nobody looked is worth nothing: one more is made."""
    vertex.make_jobs_long()
    vertex.faults.add(**SUBMISSION, job={"state": FAILED})
    stack = new_tuning_stack(program(sft=SFT))
    crash(stack, vertex)
    vertex.end_jobs()

    stack.up()

    assert list(vertex.jobs().values()) == [FAILED, SUCCEEDED]
    assert stack.resource("sft")["id"] == list(vertex.jobs())[1]


def test_inputs_changed_after_a_kill_make_a_new_job_and_cancel_the_old(
    new_tuning_stack: NewStack, vertex: VertexEmulator
) -> None:
    """Nobody waits for the old job any more, so it must not go on costing money."""
    vertex.make_jobs_long()
    stack = new_tuning_stack(program(sft=SFT))
    crash(stack, vertex)
    vertex.make_jobs_short()
    stack.write("__main__.py", program(sft=sft(epoch_count=3)))

    stack.up()

    assert list(vertex.jobs().values()) == [CANCELLED, SUCCEEDED]
    assert stack.resource("sft")["id"] == list(vertex.jobs())[1]


def test_inputs_changed_after_an_interrupt_replace_the_job_and_cancel_the_old(
    new_tuning_stack: NewStack, vertex: VertexEmulator
) -> None:
    """The interrupted job is in the state: it is replaced by one with the new inputs, and cancelled."""
    vertex.make_jobs_long()
    stack = new_tuning_stack(program(sft=SFT))
    interrupt(stack, vertex)
    vertex.make_jobs_short()
    stack.write("__main__.py", program(sft=sft(epoch_count=3)))

    replaced = stack.up()

    assert replaced.ops == {"sft": "replace"}
    assert list(vertex.jobs().values()) == [CANCELLED, SUCCEEDED]
    assert stack.resource("sft")["id"] == list(vertex.jobs())[1]


def test_destroy_cancels_an_interrupted_job(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """What still runs is cancelled, whatever the deletion policy, and the state is empty."""
    vertex.make_jobs_long()
    stack = new_tuning_stack(program(sft=SFT))
    interrupt(stack, vertex)

    stack.destroy()

    assert stack.export().get("resources", []) == []
    assert list(vertex.jobs().values()) in (["JOB_STATE_CANCELLING"], [CANCELLED])


@pytest.mark.parametrize("fault", [None, {"delay_s": 3.0}], ids=["while waiting", "in flight"])
def test_killed_provider_host_costs_no_second_job(
    new_tuning_stack: NewStack, vertex: VertexEmulator, fault: dict[str, Any] | None
) -> None:
    """The engine sees its connection break and ends the run; the next `up` looks before it submits."""
    vertex.make_jobs_long()
    if fault:
        vertex.faults.add(**SUBMISSION, **fault)
    stack = new_tuning_stack(program(sft=SFT))

    with stack.start("up") as running:
        _kill_host(running, vertex, in_flight=fault is not None)
        died = running.wait()
    left = pending(stack)
    vertex.end_jobs()
    stack.up()

    assert died.returncode != 0
    assert left == []
    assert vertex.jobs() == {stack.resource("sft")["id"]: SUCCEEDED}


def _kill_host(running: RunningCommand, vertex: VertexEmulator, *, in_flight: bool) -> None:
    if in_flight:
        vertex.wait_for_fault()
    else:
        vertex.wait_for_jobs(1, running)
    host = provider_host()
    kill([host])
    wait_until_gone([host], 10.0)


def test_kill_between_success_and_the_state_costs_no_second_job(
    new_tuning_stack: NewStack, vertex: VertexEmulator
) -> None:
    """A create that came through, but whose result the engine never wrote down, is found again."""
    vertex.faults.add(method="GET", path="/timeSeries/.*:read$", delay_s=1.0)  # what a create does last
    stack = new_tuning_stack(program(sft=SFT))
    with stack.start("up") as running:
        vertex.wait_for_fault()
        running.kill()
    stack.unlock()

    again = stack.up()

    (job,) = vertex.jobs()
    assert f"took over tuning job {job} (succeeded)" in again.stdout
    assert (stack.resource("sft")["id"], again.ops) == (job, {"sft": "create"})
    assert stack.preview().changes == {"same": 2}


@contextmanager
def no_room_for_states(stack: Stack) -> Iterator[None]:
    """While the body runs the backend cannot save a state, as on a full disk or without its mount."""
    stacks = Path(stack.env["PULUMI_BACKEND_URL"].removeprefix("file://")) / ".pulumi" / "stacks"
    aside = stacks.with_name("stacks-aside")
    stacks.rename(aside)
    stacks.write_text("")
    try:
        yield
    finally:
        stacks.unlink()
        aside.rename(stacks)


@pytest.mark.parametrize("killed", [False, True], ids=["save fails", "killed while it saves"])
def test_state_that_was_not_saved_costs_no_second_job(
    new_tuning_stack: NewStack, vertex: VertexEmulator, killed: bool
) -> None:
    """The job ended and is marked, but no state was written: the next `up` takes it over, and says so."""
    vertex.make_jobs_long()
    stack = new_tuning_stack(program(sft=SFT))
    with stack.start("up") as running:
        vertex.wait_for_jobs(1, running)
        with no_room_for_states(stack):
            vertex.end_jobs()
            if killed:
                vertex.wait_for_mark()
                running.kill()
            else:
                assert running.wait().returncode != 0
    stack.unlock()

    again = stack.up()

    (job,) = vertex.jobs()
    assert f"took over tuning job {job} (succeeded), which an earlier run recorded" in again.stdout
    assert (stack.resource("sft")["id"], stack.preview().changes) == (job, {"same": 2})


def test_entry_deleted_from_the_state_costs_no_second_job(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """`pulumi state delete`, then `up`: the finished job is taken over, and the line says how to train anew."""
    stack = new_tuning_stack(program(sft=SFT))
    stack.up()
    (job,) = vertex.jobs()
    stack.run("state", "delete", stack.resource("sft")["urn"], "--yes")

    again = stack.up()

    assert list(vertex.jobs()) == [job]
    assert "to train anew instead, change `triggers`" in again.stdout


def test_interruption_before_the_look_up_has_answered_sends_nothing(
    new_tuning_stack: NewStack, vertex: VertexEmulator
) -> None:
    """Ctrl-C while the list of jobs hangs: no job is submitted afterwards."""
    vertex.faults.add(method="GET", path="/tuningJobs$", delay_s=4.0)
    stack = new_tuning_stack(program(sft=SFT))

    with stack.start("up") as running:
        vertex.wait_for_fault()
        running.interrupt()
        running.wait()

    assert vertex.submissions() == []


class Tarpit:
    """A server on loopback whose answers do not end by themselves; it notes every request."""

    def __init__(self, manner: str) -> None:
        self.requests: list[str] = []
        self.asked = threading.Event()
        self._over = threading.Event()
        tarpit = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                tarpit.requests.append(self.command)
                with contextlib.suppress(OSError):  # the client has gone
                    getattr(tarpit, f"_{manner}")(self)

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                """Not in the output of the tests."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,)).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def _hangs(self, _: BaseHTTPRequestHandler) -> None:
        self.asked.set()
        self._over.wait()

    def _drips(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", "1000000")
        handler.end_headers()
        while not self._over.wait(0.1):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            self.asked.set()

    def _turns_pages(self, handler: BaseHTTPRequestHandler) -> None:
        self._over.wait(0.02)
        page = json.dumps({"nextPageToken": str(len(self.requests))}).encode()
        handler.send_response(200)
        handler.send_header("content-length", str(len(page)))
        handler.end_headers()
        handler.wfile.write(page)
        if len(self.requests) > 3:
            self.asked.set()


@pytest.mark.parametrize("manner", ["hangs", "drips", "turns_pages"])
def test_interruption_ends_a_look_up_that_does_not_end(new_tuning_stack: NewStack, manner: str) -> None:
    """Ctrl-C ends the run by itself, before the server ends anything, and nothing that may make a job is sent."""
    with Tarpit(manner) as server:
        stack = new_tuning_stack(program(sft=SFT), config={"ctune:apiEndpoint": server.url})
        with stack.start("up") as running:
            assert server.asked.wait(COMMAND_LIMIT_S), "nothing was asked"
            running.interrupt()
            ended = running.wait()

    assert ended.returncode != 0
    assert "interrupted" in str(ended)
    assert "Traceback" not in str(ended)
    assert {*server.requests} == {"GET"}
    assert pending(stack) == []


MANY = 200


def test_interruption_ends_200_waits_at_once(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """Ctrl-C brings every id into the state, and nothing that changes something is sent after it."""
    vertex.make_jobs_long()
    lines = ["import pulumi_ctune as ctune", f"for n in range({MANY}):"]
    lines.append(f"    ctune.ContinuousTuningJob(f'sft-{{n}}', **{SFT!r})")
    stack = new_tuning_stack("\n".join(lines), config={"ctune:pollInterval": "60s"})

    with stack.start("up", "--parallel", str(2 * MANY)) as running:
        jobs = vertex.wait_for_jobs(MANY, running)
        vertex.forget_requests()
        running.interrupt()
        ended = running.wait()
    held = [entry["id"] for entry in stack.export()["resources"] if "ContinuousTuningJob" in entry["type"]]

    assert ended.returncode != 0
    assert sorted(held) == sorted(jobs)
    assert vertex.writes() == []
    assert pending(stack) == []


def test_renamed_resource_keeps_its_running_job(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A resource that takes over the old name trains for itself, and leaves the job that the state holds alone."""
    vertex.make_jobs_long()
    stack = new_tuning_stack(program(sft=SFT))
    interrupt(stack, vertex)
    (job,) = vertex.jobs()
    renamed = SFT | {"opts": Code("pulumi.ResourceOptions(aliases=[pulumi.Alias(name='sft')])")}
    stack.write("__main__.py", program(renamed=renamed))
    interrupt_again(stack)
    stack.write("__main__.py", program(sft=sft(epoch_count=3), renamed=SFT))

    with stack.start("up") as running:
        running.wait_for("submitted tuning job")
        vertex.end_jobs()
        running.wait()

    assert list(vertex.jobs().values()) == [SUCCEEDED, SUCCEEDED]
    assert stack.resource("renamed")["id"] == job


def interrupt_again(stack: Stack) -> None:
    """Press Ctrl-C in an `up` that waits on for a job of an earlier one."""
    with stack.start("up") as running:
        running.wait_for("running, epoch ")
        running.interrupt()
        running.wait()


def test_lost_answer_of_the_submission_is_looked_up(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """When the connection breaks after the request was carried out, the job is found, not made again."""
    vertex.faults.add(**SUBMISSION, drop="after")
    stack = new_tuning_stack(program(sft=SFT))

    stack.up()

    assert vertex.jobs() == {stack.resource("sft")["id"]: SUCCEEDED}
    assert len(vertex.submissions()) == 1


def test_second_interrupt_loses_nothing(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """Two Ctrl-C in a row end the run at once; recorded or not, the job is the one that the next `up` finishes."""
    vertex.make_jobs_long()
    stack = new_tuning_stack(program(sft=SFT))
    with stack.start("up") as running:
        vertex.wait_for_jobs(1, running)
        running.interrupt()
        running.interrupt()
        running.wait()
    vertex.end_jobs()

    stack.up()

    assert vertex.jobs() == {stack.resource("sft")["id"]: SUCCEEDED}
