"""How many tokens a dataset has, as far as its characters tell: a band, never one number.

No formula estimates Gemini's tokens honestly: four characters a token was off by -60 % (Chinese, Japanese, Korean,
short interface texts) to +30 % (German, French, Spanish prose) against a Gemma vocabulary, and by -75 % on digits;
formal English has had seven characters a token. So the ends are those of `text_bounds`. Only the service's own count is
exact.
"""

import math
from dataclasses import asdict, dataclass, field

from pulumi_ctune.data.example import Example
from pulumi_ctune.data.limits import LIMITS, Method
from pulumi_ctune.data.token_ends import TokenEnds

CHARACTERS_PER_TOKEN = 4
COUNTED = "every line counted by the service"
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
    """Characters added up, each one counted; `ends` are what is told of their tokens.

    `dropped` are characters, as an epoch bills them, of examples that the service would leave out, `doubtful` of those
    that it might. `repeated` and `declared` may come on top, see `Example`. `least` are the tokens of prompts that are
    sampled, one by one, for as many as the service takes. `unread` bytes follow the `read` ones, of which all this is
    known; where the size of all is not known (`is_known` False), as many as the service takes.
    """

    prompts: int = 0
    answers: int = 0
    media: int = 0
    dropped: int = 0
    doubtful: int = 0
    turns: int = 1  # of the model, in the example that has most of them
    repeated: int = 0
    declared: int = 0
    read: int = 0  # bytes
    unread: int = 0
    is_known: bool = True
    overlong: int = 0  # lines that are too long to be looked at
    least: list[float] = field(default_factory=list)
    ends: TokenEnds = field(default_factory=TokenEnds)

    def leave_out(self, method: Method, example: Example, *, certain: bool) -> None:
        """Note an example that the service drops, or may drop."""
        characters = billed(method, example.asked, example.answered)
        self.doubtful += characters
        self.dropped += characters if certain else 0

    @property
    def share(self) -> float:
        """How many times what was read all of it is."""
        return 1 + self.unread / self.read if self.read and self.is_known else 1.0

    @property
    def beyond(self) -> float:
        """Tokens at most that come on top, of turns that are billed again and of declarations."""
        rate = max(1.0, 1.5 * self.ends.most / max(1, self.characters))  # what is repeated may be the worst of it
        return self.repeated * rate + self.declared

    @property
    def characters(self) -> int:
        return self.prompts + self.answers

    def band(self, method: Method) -> Tokens:
        """The tokens of the texts, each of them once."""
        times = 2 if method == "dpo" else 1  # of a prompt, in what is billed
        return self._band(self.ends.least / times, self.characters, self.ends.most, "")

    def billed(self, method: Method) -> Tokens:
        """The tokens as one epoch is billed."""
        how, beyond = "", self.beyond
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
        likely = (billed(method, self.prompts, self.answers) - self.dropped) * self.share
        return self._band(self.ends.least, likely, self.ends.most + beyond, how)

    def _band(self, least: float, likely: float, most: float, how: str) -> Tokens:
        if self.media:
            how += f"; {self.media:,} files are not counted"
        low, high = math.floor(least), math.ceil(most)
        estimate = min(max(low, round(likely / CHARACTERS_PER_TOKEN)), high)
        said = "4 characters a token, and what words, digits and scripts allow at least and at most"
        return Tokens(low, estimate, high, f"{said}{how}; not counted by the service")


def billed(method: Method, asked: int, answered: int) -> int:
    """The characters of which an epoch bills the tokens: a prompt of a preference for each of its answers."""
    return 2 * asked + answered if method == "dpo" else asked + answered


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
