"""Many operations at once, short calls beside them, and what happens where the tricks behind that do not work."""

import pytest

from .harness import ProviderHost, urn
from .toy_provider import ToyProvider

WRAPPED = ("-m", "tests.host.changed_host", "wrapped")
OWN_POOL = ("-m", "tests.host.changed_host", "own-pool")


def warnings_of(host: ProviderHost) -> list[str]:
    return [line.text for line in host.logs if line.severity == "WARNING"]


def test_64_creates_run_at_once(host: ProviderHost) -> None:
    """Creates do not wait for each other: here each comes back only when all 64 of them run."""
    host.check({})

    creates = [host.start_create({"do": "meet", "parties": 64}) for _ in range(64)]

    assert [create.result().id for create in creates] == ["toy-1"] * 64


def test_check_and_diff_are_answered_while_64_creates_wait(host: ProviderHost) -> None:
    """Waiting creates hold up neither Check nor Diff, and so not the engine's one loop."""
    creates = [host.start_create({"do": "wait"}) for _ in range(64)]
    host.engine.wait_for_text("waiting", count=64)

    checked = host.check({"a": "b"})
    diffed = host.diff("toy-1", {}, {})

    assert checked.inputs["a"] == "b"
    assert diffed.changes is None
    assert not any(create.done() for create in creates)


def test_operations_that_come_before_configure_run_at_once_as_well(host: ProviderHost) -> None:
    """In a destroy no Check comes first, so deletes queue up for the host's four threads; they are set free."""
    deletes = [host.start_delete("toy-1", {"do": "meet", "parties": 32}) for _ in range(32)]

    answers = [delete.result() for delete in deletes]

    assert answers == [None] * 32
    assert warnings_of(host) == []


def test_nothing_is_warned_of_where_everything_works(host: ProviderHost) -> None:
    """The warning is for combinations of versions in which something could not be had."""
    host.check({})

    host.create({"do": "rest"})

    assert warnings_of(host) == []


def test_wrapped_handlers_still_run_at_once_with_one_warning() -> None:
    """Where gRPC does not see the handlers' pool, the host's own is enlarged, and one line says what is lost."""
    with ProviderHost(ToyProvider(), command=WRAPPED) as host:
        host.check({})

        creates = [host.start_create({"do": "meet", "parties": 32}) for _ in range(32)]
        ids = [create.result().id for create in creates]

    assert ids == ["toy-1"] * 32
    assert len(warnings_of(host)) == 1
    assert "Everything works, but a first Ctrl-C does not end the waiting (a second one does)." in warnings_of(host)[0]


def test_four_threads_do_the_work_with_one_warning() -> None:
    """Where no trick works, operations queue for the host's four threads, all are done, and one line says so."""
    with ProviderHost(ToyProvider(), command=OWN_POOL) as host:
        host.check({})

        creates = [host.start_create({"do": "rest"}) for _ in range(12)]
        ids = [create.result().id for create in creates]

    assert ids == ["toy-1"] * 12
    assert len(warnings_of(host)) == 1
    assert "at most four resources of this provider are worked on at the same time" in warnings_of(host)[0]


def test_warning_stands_at_the_stack() -> None:
    """It concerns no single resource, and it names the versions that are new."""
    with ProviderHost(ToyProvider(), command=OWN_POOL) as host:
        host.create({"do": "rest"}, urn=urn("one"))

        warning = next(line for line in host.logs if line.severity == "WARNING")

    assert warning.urn == ""
    assert warning.text.startswith("This combination of pulumi 3.")


@pytest.mark.parametrize("command", [WRAPPED, OWN_POOL], ids=["wrapped", "own-pool"])
def test_errors_are_clean_without_the_threads(command: tuple[str, ...]) -> None:
    """The tricks do not hang together: errors need the call's frame only."""
    with ProviderHost(ToyProvider(), command=command) as host:
        error = host.start_create({"do": "fail", "text": "no quota", "keep": {"a": "b"}}).error()

    assert error.message == "no quota"
    assert error.partial is not None
    assert error.partial.outputs == {"a": "b"}
