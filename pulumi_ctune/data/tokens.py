"""How many tokens a dataset has, as far as its characters tell: a band, never one number.

No formula estimates Gemini's tokens honestly: four characters a token was off by -60 % (Chinese, Japanese, Korean,
short interface texts) to +30 % (German, French, Spanish prose) against a Gemma vocabulary, and by -75 % on digits,
each of which is a token. The band is what these measurements leave; only the service's own count is exact.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from pulumi_ctune.data.limits import Method

CHARACTERS_PER_TOKEN = 4
COUNTED = "every line counted by the service"
_LEAST, _MOST = 1 / 1.3, 1 / 0.4  # times the estimate: where four characters a token are 30 % too many, 60 % too few
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
    """Characters added up, each one counted; `weights` are what a sample of the lines says of them."""

    prompts: int = 0
    answers: int = 0
    media: int = 0
    weights: "Weights" = field(default_factory=lambda: Weights())

    @property
    def characters(self) -> int:
        return self.prompts + self.answers

    def band(self, method: Method = "sft", *, billed: bool = False) -> Tokens:
        """The tokens of the texts; `billed`: as one epoch is billed, where that is another number."""
        weights, characters = self.weights, self.characters
        how = "4 characters a token, which is 60 % too few to 30 % too many by language; digits count one each"
        if billed and method == "dpo":
            characters += self.prompts
            how += "; each prompt counts twice"
        estimate = characters / CHARACTERS_PER_TOKEN
        beyond = 1 - _MOST / CHARACTERS_PER_TOKEN  # of each digit, what the band of a text does not hold
        low = estimate * _LEAST * (1 - weights.padding)
        high = min(estimate * _MOST + characters * weights.digits * beyond, characters)
        if billed and method == "sft" and weights.turns > 1:
            high *= weights.turns
            how += "; the upper end counts each turn of the model with all that stands before it"
        if billed and weights.tools:
            high += self.characters * weights.tools * _MOST / CHARACTERS_PER_TOKEN
            how += "; the upper end counts declarations of functions"
        if self.media:
            how += f"; {self.media:,} files are not counted"
        return Tokens(round(low), round(estimate), round(high), f"{how}; not counted by the service")


@dataclass
class Weights:
    """What a sample of examples says of all of them, each as a share of their characters."""

    _characters: int = 0
    _digits: int = 0
    _padding: int = 0
    _with_prefixes: int = 0
    _tools: int = 0

    def add(self, line: bytes, *texts: str) -> None:
        """One example: its line, which is right, and its prompt and answer."""
        text = "".join(texts).encode("utf-8", "replace")
        characters = sum(map(len, texts))
        self._characters += characters
        self._digits += len(text) - len(text.translate(None, _DIGITS))
        self._padding += sum(len(text) - len(" ".join(text.split())) for text in texts)
        document = json.loads(line)
        contents = [(turn.get("role"), _length(turn)) for turn in document["contents"]]
        before = max(0, characters - sum(length for _, length in contents))  # the system instruction
        with_prefixes, turns = 0, 0
        for role, length in contents:
            before += length
            if role == "model":
                with_prefixes += before
                turns += 1
        self._with_prefixes += max(with_prefixes, characters) if turns > 1 else characters
        if tools := document.get("tools"):
            self._tools += len(json.dumps(tools))

    @property
    def digits(self) -> float:
        return self._digits / self._characters if self._characters else 0.0

    @property
    def padding(self) -> float:
        """White space after white space: a row of blanks may be one token."""
        return self._padding / self._characters if self._characters else 0.0

    @property
    def turns(self) -> float:
        """How many times the characters, if each turn of the model is an example with the turns before it."""
        return self._with_prefixes / self._characters if self._characters else 1.0

    @property
    def tools(self) -> float:
        return self._tools / self._characters if self._characters else 0.0


def _length(turn: Any) -> int:
    parts = turn.get("parts") or ()
    parts = [parts] if isinstance(parts, dict) else parts
    return sum(len(part["text"]) if "text" in part else len(json.dumps(part)) for part in parts)


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
