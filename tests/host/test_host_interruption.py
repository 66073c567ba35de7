"""What ends a wait: the engine's Cancel, and an engine that is gone."""

import gc
import threading

from pulumi_ctune.verbs.interruption import Interruption, Watch

from .harness import ProviderHost, urn

FOREVER_S = 60.0


def test_cancel_brings_all_waiting_creates_back_with_their_state(host: ProviderHost) -> None:
    """The first Ctrl-C ends every wait; each create fails with its id and outputs, so that nothing is lost."""
    names = [f"job-{number}" for number in range(16)]
    creates = [host.start_create({"do": "wait"}, urn=urn(name)) for name in names]
    host.engine.wait_for_text("waiting", count=16)

    host.cancel()
    errors = [create.error() for create in creates]

    assert [error.message for error in errors] == [f"{name} was interrupted" for name in names]
    assert [error.partial.id for error in errors if error.partial] == ["toy-1"] * 16
    assert [error.partial.outputs["state"] for error in errors if error.partial] == ["RUNNING"] * 16


def test_cancel_is_seen_as_cancelled(host: ProviderHost) -> None:
    """A wait learns what ended it: here the user, so the result still counts."""
    create = host.start_create({"do": "wait"})
    host.engine.wait_for_text("waiting")

    host.cancel()
    create.error()

    assert [line.text for line in host.engine.wait_for_text("stopped")] == ["stopped: cancelled"]


def test_update_and_delete_are_interrupted_like_create(host: ProviderHost) -> None:
    """A Cancel means every operation."""
    update = host.start_update("toy-1", {}, {"do": "wait"})
    delete = host.start_delete("toy-1", {"do": "wait"})
    host.engine.wait_for_text("waiting", count=2)

    host.cancel()
    messages = [update.error().message, delete.error().message]

    assert messages == ["sft was interrupted"] * 2


def test_create_after_cancel_does_not_wait(host: ProviderHost) -> None:
    """An operation that arrives after the Cancel, being on its way, is interrupted as well."""
    host.check({})
    host.cancel()

    error = host.start_create({"do": "wait"}).error()

    assert error.message == "sft was interrupted"


def test_lost_connection_ends_the_wait(host: ProviderHost) -> None:
    """When the engine closes the connection, operations learn that nobody listens any more."""
    host.start_create({"do": "wait"})
    host.engine.wait_for_text("waiting")

    host.disconnect()

    assert [line.text for line in host.engine.wait_for_text("stopped")] == ["stopped: engine gone"]


def test_watch_without_interruption_waits_its_time() -> None:
    """A pause that nothing interrupts ends by itself and says so."""
    watch = Watch()

    answers = (watch.wait(0.01), watch.pause(0.01), watch.check())

    assert answers == (None, False, None)


def test_interrupted_watch_returns_at_once_ever_after() -> None:
    """An interruption is not used up by the wait that it ended."""
    watch = Watch()
    threading.Timer(0.05, watch.interrupt, (Interruption.CANCELLED,)).start()

    answers = (watch.wait(FOREVER_S), watch.pause(FOREVER_S), watch.check())

    assert answers == (Interruption.CANCELLED, True, Interruption.CANCELLED)


def test_engine_gone_outweighs_cancelled() -> None:
    """After a Cancel the connection can still break; the other way round there is nothing to come back to."""
    cancelled_first, gone_first = Watch(), Watch()

    for watch, reasons in (
        (cancelled_first, (Interruption.CANCELLED, Interruption.ENGINE_GONE)),
        (gone_first, (Interruption.ENGINE_GONE, Interruption.CANCELLED)),
    ):
        for reason in reasons:
            watch.interrupt(reason)

    assert cancelled_first.check() is Interruption.ENGINE_GONE
    assert gone_first.check() is Interruption.ENGINE_GONE


def test_negative_pause_is_none() -> None:
    """A deadline that has passed is no error."""
    assert Watch().wait(-1) is None


def test_finished_watch_is_forgotten() -> None:
    """The process does not keep the watches of operations that are done."""
    from pulumi_ctune.verbs import interruption

    watch = Watch()
    assert watch in interruption._watches

    del watch
    gc.collect()

    assert len(interruption._watches) == 0
