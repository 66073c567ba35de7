"""Patterns mean what RE2 makes of them. The tables are answers of RE2 itself (google-re2 1.1.20251105)."""

import pytest

from pulumi_ctune.data.rewards import patterns
from pulumi_ctune.data.rewards.patterns import PatternError

FOUND = [
    ("a.b", "a\nb", False),
    ("(?s)a.b", "a\nb", True),
    ("b$", "b\n", False),
    ("(?m)b$", "b\nc", True),
    ("(?m)^c", "b\nc", True),
    (r"b\z", "b", True),
    ("x$y|z", "z", True),
    (r"\d", "٣", False),  # a digit, but not an ASCII one
    (r"\w", "é", False),
    (r"[\W]", "é", True),
    (r"\s", "\v", False),
    (r"\bb", "éb", True),
    (r"\B", "", True),
    (r"a\B", "", False),
    ("(?i)É", "é", True),
    ("a(?i)b|c", "C", True),
    ("a(?i)b|c", "AB", False),
    ("(?i:a)b", "AB", False),
    ("(?i)a(?-i)b", "AB", False),
    ("[[:alpha:]]+", "ab1", True),
    ("[]a]", "]", True),
    ("[a|b&]", "&", True),
    (r"\x{e9}", "é", True),
    (r"\101", "A", True),
    (r"\Qa.b\E", "axb", False),
    (r"\Qa.b\E", "a.b", True),
    ("a{,2}", "aa", False),
    ("a{,2}", "a{,2}", True),
    ("(?<n>b)", "b", True),
    ("a{2}?", "aa", True),
    ("(?:a|b)+", "ab", True),
]
REFUSED = [
    *("(?=a)", "(?!a)", "(?<=a)", "(?<!a)", r"(a)\1", "(?P<n>a)(?P=n)", "(?>a)", "(?#x)", "a++", "a**", "a*+", "(?x)a"),
    *(r"\Z", r"\u0041", r"\é", "a{1001}", "[a-", "(a", "a)", "\\", "[b-a]", "*", "(?P<a-b>x)"),
]


@pytest.mark.parametrize(("pattern", "text", "found"), FOUND)
def test_pattern_is_found_as_re2_finds_it(pattern: str, text: str, found: bool) -> None:
    """Classes are ASCII, `.` ends at a line break, `$` is the end of the text, flags hold from where they stand."""
    assert patterns.contains(pattern, text) is found


@pytest.mark.parametrize("pattern", REFUSED)
def test_what_re2_refuses_is_refused(pattern: str) -> None:
    """What Python takes and the service does not is found before it costs."""
    with pytest.raises(PatternError) as caught:
        patterns.compiled(pattern)

    assert not caught.value.is_unknown


@pytest.mark.parametrize("pattern", [r"\pL", r"\p{Greek}", r"\C", "(?U)a+", "[[:^alpha:]]"])
def test_what_only_re2_knows_is_unknown(pattern: str) -> None:
    """Nothing is called wrong that the service takes."""
    with pytest.raises(PatternError) as caught:
        patterns.compiled(pattern)

    assert caught.value.is_unknown


@pytest.mark.parametrize(
    ("pattern", "text", "extracted"),
    [
        ("<a>(.*?)</a>", "<a>1</a> no, <a>2</a>", "2"),
        (r"\d+", "1 or 22", "22"),
        ("<a>(.*?)</a>", "1", None),
        ("a(b)?", "a", ""),
        ("<a>(.*)</a>", "<a>1\n2</a>", None),
        ("(?s)<a>(.*)</a>", "<a>1\n2</a>", "1\n2"),
        ("(?:x|y)(.)", "x1y2", "2"),
    ],
)
def test_last_match_is_extracted(pattern: str, text: str, extracted: str | None) -> None:
    """The group of the last match, or all of it where there is no group."""
    assert patterns.last_extracted(pattern, text) == extracted


def test_two_groups_cannot_be_extracted() -> None:
    """GoogleSQL refuses them, and so does what is equivalent to it."""
    with pytest.raises(PatternError, match=r"it has 2 groups, and only one can be extracted: write \(\?:\.\.\.\)"):
        patterns.last_extracted("(a)(b)", "ab")


def test_pattern_that_takes_for_ever_is_given_up() -> None:
    """RE2 is never slow; what only Python cannot do in time is unknown, and nothing hangs."""
    with pytest.raises(PatternError) as caught:
        patterns.contains("(a+)+$", "a" * 40 + "b", time_limit_s=0.05)

    assert caught.value.is_unknown
