"""`ctune cancel` as a process: nothing is sent without a yes, and what was spent is said."""

from datetime import timedelta

import pytest

from tests.cli.service import Service


@pytest.fixture
def running(service: Service) -> Service:
    """With a job in the middle of its twelve epochs."""
    service.emulator.configure(job_duration_s=3_600, cancel_duration_s=3_600)
    with service.earlier(timedelta(minutes=30)):
        service.sft()
    service.emulator.forget_requests()
    return service


def cancellations(service: Service) -> int:
    return sum(entry["path"].endswith(":cancel") for entry in service.emulator.requests())


def test_yes_cancels_and_says_what_was_spent(running: Service) -> None:
    done = running.ctune("cancel", "support", "--yes")

    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert lines[0].startswith("support (stack dev): projects/")
    assert lines[0].endswith(" is running")
    assert lines[-1].startswith(
        "Google cancels it, which takes a minute or so. Spent: epoch 5 of 12, 29,500 tokens, about $"
    )
    assert cancellations(running) == 1


@pytest.mark.parametrize("answer", ["n\n", "\n", "", None], ids=["no", "enter", "end of input", "nobody"])
def test_without_a_yes_nothing_is_sent(running: Service, answer: str | None) -> None:
    done = running.ctune("cancel", "support", stdin=answer)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("ctune cancel: nothing was cancelled: it was not confirmed.")
    assert cancellations(running) == 0


def test_yes_that_is_typed_cancels(running: Service) -> None:
    with running.terminal("cancel", "support") as terminal:
        terminal.wait_for("Cancel it? [y/N]")
        terminal.type("y\n")

        assert terminal.end() == 0

    assert cancellations(running) == 1


def test_ended_job_is_left_alone(service: Service) -> None:
    job = service.sft()
    service.emulator.advance(timedelta(hours=3))
    service.emulator.forget_requests()

    done = service.ctune("cancel", job.name, "--yes")

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "It has already ended, so nothing was sent.")
    assert cancellations(service) == 0


def test_tokens_of_reinforcement_tuning_are_not_guessed(service: Service) -> None:
    service.emulator.configure(job_duration_s=3_600)
    with service.earlier(timedelta(minutes=30)):
        service.rft()

    done = service.ctune("cancel", "support-rl", "--yes")

    assert " of 114, its tokens are known only from the bill" in done.stdout.splitlines()[-1]


def test_job_that_is_not_there_is_misuse(service: Service) -> None:
    done = service.ctune("cancel", "nobody", "--yes")

    assert done.returncode == 2
    assert done.stderr.startswith("ctune cancel: there is no such job [nobody]: ")
