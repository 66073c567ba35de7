"""How errors reach the engine: one line, with the state of what is there already."""

from collections.abc import Callable

import pytest

from pulumi_ctune.verbs.error_status import LONGEST_TEXT

from .harness import ProviderError, ProviderHost

BIG_OUTPUTS = {f"key-{number}": "x" * 1000 for number in range(500)}


def test_expected_error_is_one_line(shared_host: ProviderHost) -> None:
    """The engine is told the line, and no traceback."""
    error = shared_host.start_create({"do": "fail", "text": "no tuning job was submitted"}).error()

    assert error.code == "UNKNOWN"
    assert error.message == "no tuning job was submitted"
    assert error.partial is None


def test_line_breaks_become_spaces(shared_host: ProviderHost) -> None:
    """An error is one line, whatever a server has written."""
    error = shared_host.start_create({"do": "fail", "text": "  it said:\n\tno\r\n"}).error()

    assert error.message == "it said: no"


def test_partial_state_holds_id_outputs_and_reason(shared_host: ProviderHost) -> None:
    """An operation that failed half way keeps what it has, and the reason stands with it."""
    kept = {"name": "projects/1/tuningJobs/2", "labels": {"team": "support"}, "checkpoints": []}

    error = shared_host.start_create({"do": "fail", "text": "it takes too long", "keep": kept}).error()

    assert error.message == "it takes too long"
    assert error.partial is not None
    assert (error.partial.id, error.partial.outputs) == ("toy-1", kept)
    assert error.partial.reasons == ["it takes too long"]


@pytest.mark.parametrize("verb", ["create", "update", "delete", "read"])
def test_partial_state_names_the_provider(shared_host: ProviderHost, verb: str) -> None:
    """Without the reference to the pickled provider no later call would find it."""
    inputs = {"do": "fail", "text": "no", "keep": {"a": "b"}}
    errors: dict[str, Callable[[], ProviderError]] = {
        "create": lambda: shared_host.start_create(inputs).error(),
        "update": lambda: shared_host.start_update("toy-1", {}, inputs).error(),
        "delete": lambda: shared_host.start_delete("toy-1", inputs).error(),
        "read": lambda: shared_host.start_read("toy-1", inputs).error(),
    }

    error = errors[verb]()

    assert error.partial is not None
    assert error.partial.provider == shared_host.provider


def test_numbers_that_no_state_can_hold_become_words(shared_host: ProviderHost) -> None:
    """NaN and the infinities are written out, keys without a value are left out, tuples are lists."""
    error = shared_host.start_create({"do": "fail_with_nan"}).error()

    assert error.partial is not None
    assert error.partial.outputs == {"loss": "NaN", "best": "Infinity", "steps": 3.0, "log": [None, [1.0, 2.0]]}


def test_big_state_is_not_cut(shared_host: ProviderHost) -> None:
    """Half a megabyte of outputs arrives whole."""
    error = shared_host.start_create({"do": "fail", "text": "no", "keep": BIG_OUTPUTS}).error()

    assert error.partial is not None
    assert error.partial.outputs == BIG_OUTPUTS


def test_state_beyond_what_metadata_can_carry_leaves_the_line() -> None:
    """An answer that gRPC would refuse loses the line as well, so such a state is left out."""
    from pulumi_ctune.dynamic.calls import Call
    from pulumi_ctune.dynamic.failure import PartialState, _status
    from pulumi_ctune.verbs.error_status import LARGEST_DETAILS

    kept = _status("no", PartialState("toy-1", {"a": "x" * LARGEST_DETAILS}), Call())

    assert kept == _status("no", None, Call())


def test_long_text_is_cut(shared_host: ProviderHost) -> None:
    """A server's page of HTML does not become an error of thousands of characters."""
    error = shared_host.start_create({"do": "fail", "text": "word " * LONGEST_TEXT}).error()

    assert len(error.message) == LONGEST_TEXT
    assert " ... " in error.message


def test_error_text_keeps_its_letters(shared_host: ProviderHost) -> None:
    """The line is UTF-8."""
    error = shared_host.start_create({"do": "fail", "text": "Modell „Straße“ fehlt: 模型 🚫"}).error()

    assert error.message == "Modell „Straße“ fehlt: 模型 🚫"


def test_error_without_context_ends_in_the_line(shared_host: ProviderHost) -> None:
    """Where gRPC's context cannot be found, the last thing that the user reads is still the line."""
    error = shared_host.start_create({"do": "fail_elsewhere", "text": "no tuning job was submitted"}).error()

    assert error.message.strip().endswith(": no tuning job was submitted")


def test_mistake_of_ours_shows_where_it_is(shared_host: ProviderHost) -> None:
    """An unexpected exception goes through as the host shows it."""
    error = shared_host.start_create({"do": "err"}).error()

    assert "a mistake of ours" in error.message
    assert error.partial is None
