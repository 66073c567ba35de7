"""Property values on their way in and out."""

from datetime import datetime
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime import rpc

from pulumi_ctune.core.values import UNKNOWN
from pulumi_ctune.dynamic.values import incoming, outgoing

from .harness import UNKNOWN as UNKNOWN_ON_THE_WIRE
from .harness import ProviderHost, serialize
from .toy_provider import ToyProvider

STATE_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def test_inputs_arrive_as_plain_python(shared_host: ProviderHost) -> None:
    """Whole numbers are ints, unknowns are UNKNOWN wherever they stand, and the pickled provider is out of sight."""
    inputs = {
        "epochs": 3,
        "rate": 1.5,
        "on": True,
        "spec": {"sizes": [4, UNKNOWN_ON_THE_WIRE]},
        "id": UNKNOWN_ON_THE_WIRE,
    }

    checked = shared_host.check(inputs)

    seen = eval(checked.inputs["seen"], {"UNKNOWN": UNKNOWN})
    assert seen == {"epochs": 3, "rate": 1.5, "on": True, "spec": {"sizes": [4, UNKNOWN]}, "id": UNKNOWN}
    assert isinstance(seen["epochs"], int)


def test_unknown_goes_back_as_unknown(shared_host: ProviderHost) -> None:
    """What check returns for an unknown input is the engine's own mark for it."""
    checked = shared_host.check({"id": UNKNOWN_ON_THE_WIRE, "spec": {"sizes": [UNKNOWN_ON_THE_WIRE]}})

    assert checked.inputs["id"] == UNKNOWN_ON_THE_WIRE
    assert checked.inputs["spec"] == {"sizes": [UNKNOWN_ON_THE_WIRE]}


def test_check_failures_name_their_field(shared_host: ProviderHost) -> None:
    """A wrong input is said at its property."""
    checked = shared_host.check({"do": "wrong"})

    assert checked.failures == [("do", "is 'wrong'")]


def test_provider_is_pickled_by_reference() -> None:
    """The state holds a constant short reference to an importable class, never its code."""
    texts = {serialize(ToyProvider()) for _ in range(3)}

    # 22 bytes around module and class name, in base64.
    names = len("tests.host.toy_provider") + len("ToyProvider")
    assert [len(text) for text in texts] == [4 * -(-(22 + names) // 3)]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (3.0, 3),
        (-0.0, 0),
        (0.5, 0.5),
        (1e300, 1e300),
        (float("inf"), float("inf")),
        (True, True),
        ("3.0", "3.0"),
        (pulumi.output.Unknown(), UNKNOWN),
        (rpc.UNKNOWN, UNKNOWN),
        (rpc.wrap_rpc_secret("s3cret"), "s3cret"),
        (rpc.wrap_rpc_secret({"a": 2.0}), {"a": 2}),
        ([1.0, [pulumi.output.Unknown()]], [1, [UNKNOWN]]),
        ({"a": {"b": 1.0}}, {"a": {"b": 1}}),
    ],
    ids=[
        "whole float",
        "minus zero",
        "fraction",
        "huge float",
        "infinity",
        "bool",
        "text",
        "unknown",
        "unknown mark",
        "secret",
        "secret dict",
        "list",
        "dict",
    ],
)
def test_value_becomes_plain(value: Any, plain: Any) -> None:
    """Numbers, unknowns and secrets of the host, at any depth, as Python has them."""
    actual = incoming({"key": value})["key"]

    assert actual == plain
    assert type(actual) is type(plain)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        ((1, 2), [1, 2]),
        ({"a": None, "b": [None]}, {"b": [None]}),
        (UNKNOWN, rpc.UNKNOWN),
    ],
    ids=["nan", "-inf", "tuple", "none", "unknown"],
)
def test_value_becomes_sendable(value: Any, sent: Any) -> None:
    """What a state cannot hold becomes what stands for it."""
    assert outgoing({"key": value}) == {"key": sent}


def test_value_without_a_meaning_is_refused() -> None:
    """The error says where the value is: it is a mistake of ours."""
    with pytest.raises(TypeError, match=r"^times\.start\[0\] is a datetime, which a Pulumi state cannot hold$"):
        outgoing({"times": {"start": [datetime(2026, 1, 1)]}})


def test_provider_reference_is_taken_out() -> None:
    """The reference to the pickled provider is never among the plain values."""
    assert incoming({"a": "b", "__provider": "gASV"}) == {"a": "b"}


@given(st.dictionaries(st.text(), STATE_VALUES))
def test_sent_values_come_back(properties: dict[str, Any]) -> None:
    """Sending twice changes nothing more than sending once: what was stored compares equal later."""
    sent = outgoing(properties)

    assert outgoing(sent) == sent
    assert outgoing(incoming(sent)) == {key: value for key, value in sent.items() if key != "__provider"}
