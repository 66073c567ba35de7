"""What a provider's method can learn about the call that it serves."""

from pulumi_ctune.dynamic.calls import Call, current

from .harness import ProviderHost, urn


def test_create_knows_its_urn_and_timeout(shared_host: ProviderHost) -> None:
    """URN and `custom_timeouts` are there, though Pulumi's host hands over the properties only."""
    created = shared_host.create({"do": "describe"}, urn=urn("sft", stack="prod"), timeout_s=5400)

    assert created.outputs == {
        "do": "describe",
        "verb": "Create",
        "urn": urn("sft", stack="prod"),
        "timeout_s": 5400,
        "in_other_thread": True,
    }


def test_unset_timeout_is_none(shared_host: ProviderHost) -> None:
    """The engine sends 0 for a timeout that is not set."""
    created = shared_host.create({"do": "describe"})

    assert "timeout_s" not in created.outputs


def test_update_knows_its_timeout(shared_host: ProviderHost) -> None:
    """Update has a timeout of its own."""
    outputs = shared_host.update("toy-1", {}, {"do": "describe"}, timeout_s=60)

    assert (outputs["verb"], outputs["timeout_s"]) == ("Update", 60)


def test_read_is_found_too(shared_host: ProviderHost) -> None:
    """Read has a URN and no timeout."""
    read = shared_host.read("toy-1", {"do": "describe"}, urn=urn("rft"))

    assert (read.outputs["verb"], read.outputs["urn"]) == ("Read", urn("rft"))


def test_no_call_outside_a_host() -> None:
    """Where no frame holds a call, an empty one is found."""
    assert current() == Call()
