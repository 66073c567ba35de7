"""The canonical form of inputs, and the request that is made of them."""

from pulumi_ctune.tuning.canonical import canonical_triggers, request_body
from pulumi_ctune.tuning.values import UNKNOWN


def test_base_model_is_sent_as_the_user_named_it() -> None:
    """Full name and id are compared as one, but which of them goes to the API is the user's choice."""
    full_name = "publishers/google/models/gemini-3.5-flash"

    assert request_body({"base_model": full_name}) == {"baseModel": full_name}


def test_triggers_are_the_same_whichever_way_their_numbers_took() -> None:
    """The engine makes a float of every number, and of one beyond 2**53 another one."""
    written = [1, 2.5, True, 2**53 + 1, {"size": (4,)}, UNKNOWN]
    from_the_engine = [1.0, 2.5, True, float(2**53 + 1), {"size": [4.0]}, UNKNOWN]

    assert canonical_triggers(written) == canonical_triggers(from_the_engine)
