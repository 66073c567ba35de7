"""Foreign text on its way to a terminal."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_ctune.cli.json_output import json_text
from pulumi_ctune.cli.promotion_report import as_json, as_text
from pulumi_ctune.cli.releases import Promotion
from pulumi_ctune.core import printable
from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.core.printable import one_line, some_of, visible
from pulumi_ctune.verbs.error_status import LONGEST_TEXT

HOSTILE = st.text(st.one_of(st.characters(), st.sampled_from("\x1b\x07\x9b\r\n\t\x00\u202e\u2066\u2028\ufeff\udc80")))
"""Any text, with plenty of what steers a terminal."""


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


@given(HOSTILE, st.integers(20, 200))
def test_no_text_leaves_its_line(text: str, longest: int) -> None:
    """Whatever somebody wrote is one line of characters that show, within its length."""
    line = one_line(text, longest)

    assert len(line) <= longest
    assert visible(line) == line
    assert not set(line) & set("\r\n\t")


@given(HOSTILE, HOSTILE)
def test_no_release_steers_the_terminal_of_a_promotion(key: str, value: str) -> None:
    """Both reports of `ctune promote`, of whatever a stack exports; JSON stays the same JSON."""
    promotion = Promotion(
        source="dev", target="prod", key="r", release={key: value}, previous={key: "x"}, written=True, file=None
    )

    text, document = as_text(promotion, None), as_json(promotion)

    assert visible(text + document) == text + document
    assert len(text.split("\n")) <= 3
    assert json.loads(document)["release"] == {key: value}


@contextmanager
def nothing_hidden_yet() -> Iterator[None]:
    """What is hidden in here is not hidden in other tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(printable, "_secrets", printable._Secrets())
        yield


@given(st.text(min_size=3), HOSTILE, HOSTILE)
def test_secret_is_hidden_in_every_spelling(secret: str, before: str, after: str) -> None:
    """Quoted as it is, by Python, in JSON or on one line: the secret's own text is not in what is printed."""
    spelled = [secret, repr(secret), json.dumps(secret), " ".join(secret.split())]
    reported = {text for text in printable.spellings(secret) if len(text) >= 3}
    with nothing_hidden_yet():
        printable.hide(secret)
        lines = [one_line(f"{before} {spelling} {after}", 4_000) for spelling in spelled]

    assert [text for text in reported for line in lines if text in line.replace("[secret]", "\n")] == []


def test_secret_is_not_shown_in_part_where_a_long_text_is_cut() -> None:
    """Wherever in a long text it stands, and whatever else in it is hidden."""
    secret, other = "hunter2-" + "abcdefgh" * 5, "x" * 390
    with nothing_hidden_yet():
        printable.hide(secret)
        printable.hide(other)
        lines = [one_line(other * 4 + "-" * place + secret + "-" * 9_000, 100) for place in range(40)]
        lines += [one_line("-" * 9_000 + secret + "-" * place + other * 4, 100) for place in range(40)]
        lines += [one_line(other * many, 100) for many in range(1, 30)]

    assert [line for line in lines if "abc" in line or "fgh" in line or "xx" in line] == []


@pytest.mark.parametrize(
    ("number", "text", "shown"),
    [
        (0.85, "at least 0.85 is required", "at least [secret] is required"),
        (1234567, "1,234,567 tokens", "[secret] tokens"),
        (37, "37% at 10:37, 2026-11-37, 370, a37 and 3.37", "[secret]% at 10:37, 2026-11-37, 370, a37 and 3.37"),
        (2, "epoch 2 of 2", "epoch 2 of 2"),
    ],
)
def test_secret_number_is_hidden_where_it_stands_alone(number: float, text: str, shown: str) -> None:
    """Not within a longer one, a time or a date; one digit tells nothing."""
    with nothing_hidden_yet():
        printable.hide(number)

        assert one_line(text, 200) == shown


@given(st.recursive(st.one_of(HOSTILE, st.floats(), st.integers(), st.booleans(), st.none()), st.lists))
def test_document_for_machines_is_valid_wherever_it_is_written(value: object) -> None:
    """NaN is no JSON, and an escape of a terminal that is not UTF-8 is none either."""
    text = json_text({"value": value}, indent=2)

    assert text.encode("ascii").decode() == visible(text)
    json.loads(text, parse_constant=pytest.fail)


@pytest.mark.parametrize("secret", ["100", "true", "null", "tokens", "metrics", '": '], ids=repr)
def test_secret_leaves_a_document_for_machines_valid(secret: str) -> None:
    """It is hidden in texts and in names that others chose; numbers and our own keys stay what they are."""
    document = {"tokens": 100, "held": True, "source": None, "text": f"x {secret} y", "metrics": {f"{secret}/eval": 1}}
    with nothing_hidden_yet():
        printable.hide(secret)
        found = json.loads(json_text(document))

    hidden = secret if len(secret.strip()) < 3 else "[secret]"
    assert found == {**document, "text": f"x {hidden} y", "metrics": {f"{hidden}/eval": 1}}
