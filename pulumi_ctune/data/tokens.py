"""How many tokens a dataset has, as far as its characters tell: a band, never one number.

No formula estimates Gemini's tokens honestly: four characters a token was off by -60 % (Chinese, Japanese, Korean,
short interface texts) to +30 % (German, French, Spanish prose) against a Gemma vocabulary, and by -75 % on digits,
each of which is a token. The band is what these measurements leave; only the service's own count is exact.
"""

import math
from dataclasses import asdict, dataclass, field

from pulumi_ctune.data.example import Example
from pulumi_ctune.data.limits import LIMITS, Method
from pulumi_ctune.data.shares import Shares

CHARACTERS_PER_TOKEN = 4
COUNTED = "every line counted by the service"
_LEAST = 1 / 1.3  # times the estimate, where four characters a token are 30 % too many
_MOST_OF_TEXT = 1 / 0.4 / CHARACTERS_PER_TOKEN  # tokens a character, where four characters a token are 60 % too few
_DIGITS = b"0123456789"


@dataclass(frozen=True)
class Tokens:
    """A band: `low` and `high` are what the number may be, `how` is where it comes from."""

    low: int
    estimate: int
    high: int
    how: str

    @property
    def is_counted(self) -> bool:
        """Whether the service has counted them, files too."""
        return self.how.startswith(COUNTED)

    def as_dict(self) -> dict[str, int | str]:
        return asdict(self)


@dataclass
class Counted:
    """Characters added up, each one counted; `shares` are what a sample of the lines says of them.

    `dropped` are characters, as an epoch bills them, of examples that the service would leave out, `doubtful` of those
    that it might. `repeated` and `declared` may come on top, see `Example`. `lengths` are those of prompts that are
    sampled, one by one, for as many as the service takes. `unread` bytes follow the `read` ones, of which all this is
    known; where the size of all is not known (`is_known` False), as many as the service takes.
    """

    prompts: int = 0
    answers: int = 0
    media: int = 0
    dropped: int = 0
    doubtful: int = 0
    doubtful_examples: int = 0
    turns: int = 1  # of the model, in the example that has most of them
    repeated: int = 0
    declared: int = 0
    read: int = 0  # bytes
    unread: int = 0
    is_known: bool = True
    overlong: int = 0  # lines that are too long to be looked at
    lengths: list[int] = field(default_factory=list)
    shares: Shares = field(default_factory=Shares)

    def leave_out(self, method: Method, example: Example, *, certain: bool) -> None:
        """Note an example that the service drops, or may drop."""
        characters = billed(method, example.asked, example.answered)
        self.doubtful += characters
        self.doubtful_examples += 1
        self.dropped += characters if certain else 0

    @property
    def share(self) -> float:
        """How many times what was read all of it is."""
        return 1 + self.unread / self.read if self.read and self.is_known else 1.0

    @property
    def beyond(self) -> float:
        """Tokens at most that come on top, of turns that are billed again and of declarations."""
        repeated = self.repeated * _MOST_OF_TEXT
        repeated += self.shares.digits * (self.turns - 1) * (1 - _MOST_OF_TEXT)
        return min(repeated, self.repeated) + self.declared

    def least(self, characters: int) -> float:
        """The lower end for so many of the characters, whichever they are."""
        return max(0.0, characters - self.shares.padding) / CHARACTERS_PER_TOKEN * _LEAST

    @property
    def characters(self) -> int:
        return self.prompts + self.answers

    def band(self) -> Tokens:
        """The tokens of the texts that were read, each of them once."""
        return self._band(self.characters, self.characters, self.characters, "", 0, 1.0)

    def billed(self, method: Method) -> Tokens:
        """The tokens as one epoch is billed."""
        characters, how, beyond = billed(method, self.prompts, self.answers), "", self.beyond
        if method == "dpo":
            how += "; each prompt counts twice"
        if self.repeated:
            how += "; the upper end counts each turn of the model with all that stands before it"
        if self.declared:
            how += "; the upper end counts declarations of functions"
        if self.doubtful:
            how += "; the lower end leaves out what the service may drop"
        if self.unread:
            how += "; the lower end has what was read, the upper end a token for each byte of the rest"
            beyond += self.unread + (self.beyond * self.unread / self.read if self.read else 0)
        beyond += self.overlong * LIMITS[method].tokens
        return self._band(characters - self.doubtful, characters - self.dropped, characters, how, beyond, self.share)

    def _band(self, least: int, likely: int, most: int, how: str, beyond: float, share: float) -> Tokens:
        high = min(most * _MOST_OF_TEXT + self.shares.digits * (1 - _MOST_OF_TEXT), most) + beyond
        said = "4 characters a token, which is 60 % too few to 30 % too many by language; digits count one each"
        if self.media:
            how += f"; {self.media:,} files are not counted"
        return Tokens(
            math.floor(self.least(least)),
            round(likely / CHARACTERS_PER_TOKEN * share),
            math.ceil(high),
            f"{said}{how}; not counted by the service",
        )


def billed(method: Method, asked: int, answered: int) -> int:
    """The characters of which an epoch bills the tokens: a prompt of a preference for each of its answers."""
    return 2 * asked + answered if method == "dpo" else asked + answered


def most_tokens(characters: int, text: str) -> int:
    """The upper end of the band for so many characters of a text."""
    digits = sum(map(text.count, "0123456789"))
    return math.ceil(min(characters * _MOST_OF_TEXT + digits * (1 - _MOST_OF_TEXT), characters))


def of_text(text: str) -> int:
    """About how many tokens a text has, by the classes of its characters: for texts near a limit, one by one."""
    return round(weighted_length(text))


def weighted_length(text: str) -> float:
    """The length of a text by the classes of its characters: what tokens are most nearly in proportion to."""
    rest = text.encode("utf-8", "replace")
    length = 0.0
    for weight, members in _CLASSES:
        if not rest:
            break
        left = rest.translate(None, members)
        length += weight * (len(rest) - len(left))
        rest = left
    return length


def _bytes(first: int, last: int) -> bytes:
    return bytes(range(first, last + 1))


_CLASSES = (
    # tokens a character, by hand against a Gemma vocabulary; bytes of UTF-8 that begin such a character
    (0.20, _bytes(ord("A"), ord("Z")) + _bytes(ord("a"), ord("z"))),
    (0.06, b" \t\r\n"),
    (1.00, _DIGITS),
    (0.62, _bytes(0x00, 0x7F)),  # the rest of ASCII
    (0.00, _bytes(0x80, 0xBF)),  # inside of a character
    (0.60, _bytes(0xE4, 0xE9)),  # Han
    (0.42, _bytes(0xE3, 0xE3) + _bytes(0xEA, 0xED)),  # kana, hangul
    (0.42, _bytes(0xC2, 0xC8)),  # accented Latin
    (0.36, _bytes(0xC9, 0xD4)),  # Greek, Cyrillic
    (0.30, _bytes(0xD5, 0xFF)),
)
