"""The canonical form of inputs, and the request that is made of them."""

import pytest

from pulumi_ctune.core.canonical import canonical_triggers, request_body
from pulumi_ctune.core.values import UNKNOWN


def test_base_model_is_sent_as_the_user_named_it() -> None:
    """Full name and id are compared as one, but which of them goes to the API is the user's choice."""
    full_name = "publishers/google/models/gemini-3.5-flash"

    assert request_body({"base_model": full_name}) == {"baseModel": full_name}


def test_triggers_are_the_same_whichever_way_their_numbers_took() -> None:
    """The engine makes a float of every number, and of one beyond 2**53 another one."""
    written = [1, 2.5, True, 2**53 + 1, {"size": (4,)}, UNKNOWN]
    from_the_engine = [1.0, 2.5, True, float(2**53 + 1), {"size": [4.0]}, UNKNOWN]

    assert canonical_triggers(written) == canonical_triggers(from_the_engine)


@pytest.mark.parametrize("multiplier", ["0.5", "5e-1", "0.50", 0.5])
@pytest.mark.parametrize("epochs", ["2", "2.0", "2e0", 2.0, 2])
def test_numbers_that_config_made_texts_of_are_sent_as_numbers(multiplier: object, epochs: object) -> None:
    """Each spelling that JSON for protobuf allows means the same request: no difference, and numbers on the wire."""
    hyper_parameters = {"learning_rate_multiplier": multiplier, "epoch_count": epochs}
    inputs = {"supervised_tuning_spec": {"training_dataset_uri": "gs://b/o", "hyper_parameters": hyper_parameters}}

    sent = request_body(inputs)["supervisedTuningSpec"]["hyperParameters"]

    assert sent == {"learningRateMultiplier": 0.5, "epochCount": 2}
    assert [type(value) for value in sent.values()] == [float, int]


def test_labels_that_config_made_numbers_of_are_sent_as_text() -> None:
    """`labels.cost-center 4711` in the stack config is a number by the time that it arrives."""
    assert request_body({"labels": {"cost-center": 4711.0, "billed": True}}) == {
        "labels": {"cost-center": "4711", "billed": "true"}
    }
