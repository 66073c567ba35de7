"""Foreign text on its way to a terminal."""

import pytest

from pulumi_ctune.engine.failure import LONGEST_TEXT
from pulumi_ctune.errors import CtuneError
from pulumi_ctune.printable import some_of, visible


@pytest.mark.parametrize(
    ("character", "escape"),
    [
        ("\x1b", "\\x1b"),
        ("\x07", "\\x07"),
        ("\x00", "\\x00"),
        ("\x9b", "\\x9b"),
        ("\u202e", "\\u202e"),
        ("\u2066", "\\u2066"),
        ("\u200b", "\\u200b"),
        ("\u2028", "\\u2028"),
        ("\ufeff", "\\ufeff"),
        ("\udc80", "\\udc80"),
        ("\U000e0041", "\\U000e0041"),
    ],
    ids=ascii,
)
def test_character_that_steers_a_terminal_is_escaped(character: str, escape: str) -> None:
    """Nobody's answer or dataset row moves the cursor, hides text or turns its direction."""
    assert visible(f"a{character}b") == f"a{escape}b"
    assert str(CtuneError("no", why=f"a{character}b", where=f"c{character}")) == f"no [c{escape}]: a{escape}b"


def test_other_languages_stay_as_they_are() -> None:
    """Only what steers or hides is escaped."""
    assert visible("Größe, 模型, عربي, 🙂") == "Größe, 模型, عربي, 🙂"


def test_long_answer_does_not_cost_the_next_step() -> None:
    """A server's text is cut in its middle; what to do next is still there, within what the engine is sent."""
    escapes = "\x1b" * 1_000_000
    line = str(CtuneError("no", where="w" * 10_000, why=f"begin {escapes} end", next_step="Do this."))

    assert line.startswith("no [w")
    assert line.endswith("end. Do this.")
    assert len(line) < LONGEST_TEXT


def test_many_names_are_counted() -> None:
    """Of a thousand names the first stand for all."""
    assert some_of([str(number) for number in range(1000)], most=2) == "'0', '1' ... and 998 more"
