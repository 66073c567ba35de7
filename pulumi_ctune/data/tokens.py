"""How many tokens a dataset has, as far as its characters tell: a band, never one number.

No formula estimates Gemini's tokens honestly: four characters a token was off by -60 % (Chinese, Japanese, Korean,
short interface texts) to +30 % (German, French, Spanish prose) against a Gemma vocabulary, and by -75 % on digits,
each of which is a token. The band is what these measurements leave; only the service's own count is exact.
"""

from collections import Counter
from dataclasses import asdict, dataclass

CHARACTERS_PER_TOKEN = 4
_LEAST, _MOST = 1 / 1.3, 1 / 0.4  # times the estimate: where four characters a token are 30 % too many, 60 % too few
_DIGITS = b"0123456789"

_WEIGHTS = (
    # first code point beyond, tokens a character: by hand against a Gemma vocabulary
    (0x0250, 0.42),  # accented Latin
    (0x0530, 0.36),  # Greek, Cyrillic
    (0x3040, 0.30),
    (0x3100, 0.42),  # kana
    (0x3400, 0.30),
    (0xA000, 0.60),  # Han
    (0xAC00, 0.30),
    (0xD7B0, 0.42),  # hangul
    (0x110000, 0.30),
)


@dataclass(frozen=True)
class Tokens:
    """A band: `low` and `high` are what the number may be, `how` is where it comes from."""

    low: int
    estimate: int
    high: int
    how: str

    def as_dict(self) -> dict[str, int | str]:
        return asdict(self)


@dataclass
class Counted:
    """Adds texts up. Every character counts; for the share of digits a sample is looked at."""

    characters: int = 0
    media: int = 0
    _sampled: int = 0
    _digits: int = 0

    def sample(self, *texts: str) -> None:
        text = "".join(texts).encode("utf-8", "replace")
        self._sampled += sum(map(len, texts))
        self._digits += len(text) - len(text.translate(None, _DIGITS))

    def band(self) -> Tokens:
        estimate = self.characters / CHARACTERS_PER_TOKEN
        digits = self.characters * self._digits / self._sampled if self._sampled else 0
        beyond = 1 - _MOST / CHARACTERS_PER_TOKEN  # of each digit, what the band of a text does not hold
        high = min(estimate * _MOST + digits * beyond, self.characters)
        how = "4 characters a token, which is 60 % too few to 30 % too many by language; digits count one each"
        if self.media:
            how += f"; {self.media:,} files are not counted"
        return Tokens(round(estimate * _LEAST), round(estimate), round(high), f"{how}; not counted by the service")


def of_text(text: str) -> int:
    """About how many tokens a text has, by the classes of its characters: for texts near a limit, one by one."""
    ascii_part = text.encode("ascii", "ignore")
    letters = len(ascii_part) - len(ascii_part.translate(None, _LETTERS))
    digits = len(ascii_part) - len(ascii_part.translate(None, _DIGITS))
    spaces = len(ascii_part) - len(ascii_part.translate(None, b" \t\r\n"))
    tokens = 0.20 * letters + digits + 0.06 * spaces + 0.62 * (len(ascii_part) - letters - digits - spaces)
    if len(ascii_part) < len(text):
        for character, number in Counter(text).items():
            if character > "\x7f":
                tokens += number * next(weight for end, weight in _WEIGHTS if ord(character) < end)
    return round(tokens)


_LETTERS = bytes([*range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1)])
