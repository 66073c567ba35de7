"""A kind of resource that the front has never heard of is served like the others."""

from collections.abc import Iterator

import pytest

from .harness import InitFailed, ProviderError, ProviderHost, ReadBack, urn
from .toy_kind import ToyKindProvider

SERIALIZED_CONFIG = {"ctune:apiEndpoint": "embedded:never-used"}
BEAR = {"name": "bear", "size": 2}


@pytest.fixture(scope="module")
def host() -> Iterator[ProviderHost]:
    with ProviderHost(ToyKindProvider(), config=SERIALIZED_CONFIG) as provider:
        yield provider


def test_check_settles_inputs_and_leaves_the_others(host: ProviderHost) -> None:
    checked = host.check({"name": "bear", "size": 0, "colour": "brown"})

    assert (checked.inputs, checked.failures) == ({"name": "bear", "size": 1, "colour": "brown"}, [])


def test_failure_of_a_check_stands_at_its_input(host: ProviderHost) -> None:
    assert host.check({"name": "bear", "size": -1}).failures == [("size", "must not be negative")]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [(BEAR, (False, [])), ({**BEAR, "size": 3}, (None, [])), ({**BEAR, "name": "fox"}, (None, ["name"]))],
    ids=["same", "update", "replace"],
)
def test_plan_is_the_answer_to_a_diff(
    host: ProviderHost, inputs: dict[str, object], expected: tuple[bool | None, list[str]]
) -> None:
    diffed = host.diff("toys/bear", BEAR, inputs)

    assert (diffed.changes, diffed.replaces) == expected


def test_note_of_a_plan_is_reported_at_the_resource(host: ProviderHost) -> None:
    host.diff("toys/bear", BEAR, {**BEAR, "name": "owl"}, urn=urn("noted"))

    assert [line.text for line in host.logs if line.urn == urn("noted")] == ["name changed"]


def test_refusal_of_a_diff_is_one_line(host: ProviderHost) -> None:
    with pytest.raises(ProviderError, match=r"^a toy keeps its name \[name\]$"):
        host.diff("toys/bear", BEAR, {**BEAR, "name": "forbidden"})


def test_create_knows_its_call_and_the_timeout_of_its_kind(host: ProviderHost) -> None:
    made = host.create(BEAR, urn=urn("bear"))

    assert (made.id, made.outputs) == ("toys/bear", {**BEAR, "made": True, "urn": urn("bear"), "timeout_s": 60})


def test_what_a_failed_create_has_made_is_kept(host: ProviderHost) -> None:
    error = host.start_create({"name": "half", "size": 2}).error()

    assert error.message == "only half of it is there [toys/half]"
    assert isinstance(error.partial, InitFailed)
    assert (error.partial.id, error.partial.outputs["made"]) == ("toys/half", True)


def test_update_returns_the_new_state(host: ProviderHost) -> None:
    assert host.update("toys/bear", {**BEAR, "made": True}, {**BEAR, "size": 3}) == {**BEAR, "size": 3, "made": True}


def test_read_returns_state_and_inputs(host: ProviderHost) -> None:
    found = host.read("toys/bear", {**BEAR, "made": True})

    assert found == ReadBack("toys/bear", {"name": "bear", "size": 9, "made": True}, {"name": "bear", "size": 9})


def test_what_is_gone_leaves_the_state(host: ProviderHost) -> None:
    assert host.read("toys/gone", {**BEAR, "made": True}).id == ""


def test_get_of_what_is_absent_is_an_error(host: ProviderHost) -> None:
    with pytest.raises(ProviderError, match=r"^there is no such toy \[toys/gone\]$"):
        host.read("toys/gone", {})


def test_failed_delete_is_one_line(host: ProviderHost) -> None:
    assert host.start_delete("toys/bear", BEAR).error().message == "a toy is for ever [toys/bear]"
