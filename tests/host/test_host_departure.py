"""The host process ends when it should: on the engine's signal, and by itself when the engine was killed."""

from collections.abc import Mapping

import pytest

from .harness import ProviderHost
from .toy_provider import ToyProvider

IMPATIENT = {"toy:graceS": "0.3", "toy:lookEveryS": "0.1"}


def host_with(config: Mapping[str, str], *, stdin: bool = True) -> ProviderHost:
    return ProviderHost(ToyProvider(), config=config, stdin=stdin)


def test_idle_host_ends_on_the_engines_signal(host: ProviderHost) -> None:
    """Idle threads of the pool do not keep the process alive."""
    for create in [host.start_create({"do": "rest"}) for _ in range(8)]:
        create.result()

    assert host.stop()


def test_waiting_creates_do_not_keep_the_host(host: ProviderHost) -> None:
    """With the second Ctrl-C the engine closes the connection and signals; operations give way before it kills."""
    for _ in range(8):
        host.start_create({"do": "wait"})
    host.engine.wait_for_text("waiting", count=8)

    assert host.stop()


def test_idle_host_follows_a_killed_engine(host: ProviderHost) -> None:
    """Nobody signals then; with no operation left the process ends without using up its grace."""
    host.check({})

    host.kill_engine()

    assert host.wait_for_exit() == 1


def test_waiting_create_comes_back_before_the_host_follows(host: ProviderHost) -> None:
    """Half a minute of grace is not used up either when every operation has given way."""
    host.check({})
    host.start_create({"do": "wait"})
    host.engine.wait_for_text("waiting")

    host.kill_engine()

    assert host.wait_for_exit() == 1


def test_stuck_operation_does_not_outlive_the_grace() -> None:
    """An operation that takes no notice ends with the process."""
    with host_with(IMPATIENT) as host:
        host.check({})
        host.start_create({"do": "hang"})
        host.engine.wait_for_text("hanging")

        host.kill_engine()

        assert host.wait_for_exit() == 1


def test_stuck_operation_outside_the_own_pool_ends_as_well() -> None:
    """A create that came before configure() is not in the pool that counts; it has the same grace."""
    with host_with(IMPATIENT) as host:
        host.start_create({"do": "hang"})
        host.engine.wait_for_text("hanging")

        host.kill_engine()

        assert host.wait_for_exit() == 1


def test_killed_engine_is_noticed_without_a_pipe() -> None:
    """Where stdin is no pipe the engine's address is asked instead."""
    with host_with(IMPATIENT, stdin=False) as host:
        host.check({})

        host.kill_engine()

        assert host.wait_for_exit() == 1


@pytest.mark.parametrize("stdin", [True, False], ids=["pipe", "no-pipe"])
def test_host_stays_while_the_engine_answers(stdin: bool) -> None:
    """The end of stdin alone proves nothing: as long as the engine's port is there, so is the host."""
    with host_with(IMPATIENT, stdin=stdin) as host:
        host.check({})
        host.close_stdin()

        rested = [host.create({"do": "rest"}).id for _ in range(12)]

        assert rested == ["toy-1"] * 12
        assert host.process.poll() is None
