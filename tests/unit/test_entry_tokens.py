"""Which state entry a check is about, by its token."""

from pulumi_ctune.core.entry_tokens import EntryTokens
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.ownership import first_token, next_token

URN = "urn:pulumi:dev::infra::pulumi-python:dynamic/ctune:EvaluationRun::quality"
FIRST = first_token("acme-org", URN)


def old_inputs(token: str) -> dict[str, dict[str, str]]:
    return {OWNER: {"organization": "acme-org", "token": token}}


def test_new_resource_has_the_first_token() -> None:
    """A preview and the `up` after it derive the same one."""
    assert EntryTokens().note_check(URN, "acme-org", {}) == FIRST


def test_entry_keeps_its_token() -> None:
    """Also after a rename, by which another one would be derived."""
    assert EntryTokens().note_check(URN, "acme-org", old_inputs("0123")) == "0123"


def test_replacement_has_the_next_token() -> None:
    """The engine checks the old inputs first, and then, for the replacement, without them."""
    tokens = EntryTokens()
    tokens.note_check(URN, "acme-org", old_inputs("0123"))

    assert tokens.note_check(URN, "acme-org", {}) == next_token("0123")


def test_token_that_a_create_went_on_to_is_the_one_replaced() -> None:
    """The state has it; the inputs have the one of the check before that create."""
    tokens = EntryTokens()
    tokens.note_check(URN, "acme-org", old_inputs("0123"))
    tokens.note_diff(URN, "4567")

    assert tokens.note_check(URN, "acme-org", {}) == next_token("4567")


def test_entry_of_a_release_without_tokens_has_the_first_one() -> None:
    """So has its replacement: nothing at Google bears one yet."""
    tokens = EntryTokens()
    tokens.note_diff(URN, "")

    assert tokens.note_check(URN, "acme-org", old_inputs("")) == FIRST
    assert tokens.note_check(URN, "acme-org", {}) == FIRST
