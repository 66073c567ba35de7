"""`ctune watch` as a process: on jobs that end in any way, and on a real terminal of 80 and of 200 columns."""

import json
import re
from datetime import timedelta

import pytest
from rich.cells import cell_len

from tests.cli.service import Service

CURVE = re.compile("[\u2801-\u28ff]")
HOURS = timedelta(hours=3)


def test_job_that_succeeds_is_reported_line_by_line(service: Service) -> None:
    """Each change is a line, and the exit code says that there is a model."""
    service.emulator.configure(job_duration_s=3_600)
    service.sft(epochs=2)

    with service.terminal("watch", "support", "--format", "lines", columns=500) as terminal:
        terminal.wait_for("running")
        service.emulator.advance(timedelta(minutes=40))
        terminal.wait_for("running: tuning, epoch 1 of 2, loss, evaluation ")
        service.emulator.advance(HOURS)
        assert terminal.end() == 0

    last = terminal.plain.splitlines()[-1][9:]
    assert last.startswith("succeeded, epoch 2 of 2, loss, evaluation ")
    assert re.search(r", took \w+, [\d.]+k tokens, made projects/\d+/locations/us-central1/models/\d+@1$", last)


def test_job_that_fails_says_why(service: Service) -> None:
    service.emulator.configure(job_duration_s=1)
    service.sft(epochs=2, state="JOB_STATE_FAILED", message="The dataset is cursed.", with_model=False)

    done = service.ctune("watch", "support")

    assert done.returncode == 1
    assert done.stdout.splitlines()[-1][9:].startswith("failed: The dataset is cursed., epoch ")
    assert done.stderr == ""


def test_job_that_is_cancelled_while_it_is_watched(service: Service) -> None:
    service.emulator.configure(job_duration_s=3_600, cancel_duration_s=0.2)
    job = service.sft()

    with service.terminal("watch", "support", "--format", "lines") as terminal:
        terminal.wait_for("running")
        service.client.cancel_job(job.name)

        assert terminal.end() == 1

    assert terminal.plain.splitlines()[-1][9:].startswith("cancelled")


def test_ended_job_is_shown_once(service: Service) -> None:
    job = service.sft()
    service.emulator.advance(HOURS)

    done = service.ctune("watch", job.name)

    assert done.returncode == 0
    assert [line[9:18] for line in done.stdout.splitlines()] == ["succeeded", "hint: the"]


def test_json_has_an_object_for_each_change(service: Service) -> None:
    """With the keys of `ctune jobs`, the last value of each series, and the hints."""
    service.sft()
    service.emulator.advance(HOURS)

    done = service.ctune("watch", "support", "--format", "json")

    (document,) = map(json.loads, done.stdout.splitlines())
    assert (document["resource"], document["state"], document["progress"]) == ("support", "JOB_STATE_SUCCEEDED", 1)
    assert document["metrics"]["/eval_total_loss"] > 0
    assert [hint["key"] for hint in document["hints"]] == ["overfit"]


@pytest.mark.parametrize("text", ["suport", "4711", "projects/acme/locations/us-central1/tuningJobs/1"])
def test_job_that_is_not_there_is_misuse(service: Service, text: str) -> None:
    done = service.ctune("watch", text)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"ctune watch: there is no such job [{text}]: ")


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (200, 50)])
def test_live_view_fits_the_terminal(service: Service, columns: int, lines: int) -> None:
    """State, progress, expected end and curves, in each size, without a line that is wrapped or pushed out."""
    service.emulator.configure(job_duration_s=3_600)
    with service.earlier(timedelta(minutes=30)):
        service.sft()

    with service.terminal("watch", "support", columns=columns, lines=lines) as terminal:
        terminal.wait_for("evaluation")
        terminal.type("\x03")
        assert terminal.end() == 130

    picture = max(terminal.frames[:-1], key=lambda frame: len(CURVE.findall("\n".join(frame))))
    text = "\n".join(picture)
    assert max(map(cell_len, picture)) <= columns
    assert len(picture) <= lines
    assert re.search(r"running: tuning  epoch \d+ of 12  ━+╌+ \d+ %", text)
    assert re.search(r"so far, about \w+ left ±\w+", text)
    assert re.search(r"loss  ─ training [\d.]+  ● evaluation [\d.]+", text)
    assert ("accuracy" in text) == (columns == 200)
    assert len(CURVE.findall(text)) > columns / 2


def test_ctrl_c_leaves_the_job_alone(service: Service) -> None:
    """It says so, gives the cursor back, and exits as an interrupted command does."""
    service.emulator.configure(job_duration_s=3_600)
    job = service.sft()

    with service.terminal("watch", "support") as terminal:
        terminal.wait_for("Ctrl-C stops watching; the job goes on")
        terminal.type("\x03")
        assert terminal.end() == 130

    assert "ctune watch: stopped watching; " in terminal.plain
    assert terminal.printed.rindex("\x1b[?25h") > terminal.printed.rindex("\x1b[?25l")
    assert service.state_of(job) in ("JOB_STATE_PENDING", "JOB_STATE_RUNNING")


def test_live_view_of_an_ended_job_stays_on_the_terminal(service: Service) -> None:
    service.rft()
    service.emulator.advance(HOURS)

    with service.terminal("watch", "support-rl") as terminal:
        assert terminal.end() == 0

    last = "\n".join(terminal.frames[-1])
    assert re.search(r"succeeded  step (\d+) of \1", last)
    assert "mean reward  ─ training" in last
    assert CURVE.search(last)
    assert "Ctrl-C" not in last


@pytest.mark.parametrize("env", [{"CI": "true"}, {"TERM": "dumb"}, {"PYTHONIOENCODING": "ascii"}], ids=str)
def test_terminal_that_cannot_draw_gets_lines(service: Service, env: dict[str, str]) -> None:
    """The log of a CI system, a terminal without a cursor, and one without braille: nothing fails there."""
    service.emulator.configure(job_duration_s=3_600)
    with service.earlier(timedelta(minutes=30)):
        service.sft()

    with service.terminal("watch", "support", env=env) as terminal:
        terminal.wait_for("left ")
        service.emulator.advance(HOURS)
        assert terminal.end() == 0

    assert not CURVE.search(terminal.printed)
    assert "running: tuning, epoch 5 of 12, loss, evaluation" in " ".join(terminal.plain.split())


def test_no_color_shows_none(service: Service) -> None:
    service.sft()
    service.emulator.advance(HOURS)

    with service.terminal("watch", "support", env={"NO_COLOR": "1"}) as terminal:
        terminal.end()

    assert CURVE.search(terminal.printed)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", terminal.printed)
