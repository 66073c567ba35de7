"""How many tokens a text has at least and at most, as far as its characters tell.

At least: no token of Gemma's vocabulary reaches over white space into another word, none is longer than a row of 31
blanks, and each digit is one. At most: what texts of each class of characters had that were hardest on it (random
letters, base64, hexadecimal, prose in rare scripts). What the vocabulary does not have is a token for each of its
bytes: rare characters of the East, one after the other, may be above this end.
"""

_LONGEST_TOKEN = 32  # characters
_FEW_IN_A_TOKEN = 4  # Han, kana, hangul
_WORD = 0.3  # tokens on top of those for its letters: a word of one letter is a token
_SPACE_BEFORE_DIGIT = 0.7  # on top of that
_REPEATED_SPACE = 0.6
_DIGITS = b"0123456789"


def _bytes(first: int, last: int) -> bytes:
    return bytes(range(first, last + 1))


_OF_THE_EAST = _bytes(0xE3, 0xED)
_MOST = (
    # tokens a character at most; bytes of UTF-8 that begin such a character
    (0.7, _bytes(ord("A"), ord("Z")) + _bytes(ord("a"), ord("z"))),
    (0.0, b" "),
    (1.0, _bytes(0x00, 0x7F)),
    (0.0, _bytes(0x80, 0xBF)),  # inside of a character
    (1.0, _bytes(0xC3, 0xCB) + _bytes(0xCE, 0xE1) + _OF_THE_EAST + b"\xef"),
    (1.3, b"\xcc\xcd"),  # marks on other characters
    (2.0, b"\xc2"),
    (3.0, b"\xe2\xee"),
    (4.0, _bytes(0xF0, 0xFF)),
)


def token_bounds(text: str) -> tuple[float, float]:
    """Tokens at least and at most."""
    words, encoded = text.split(), text.encode("utf-8", "replace")
    number, digits = len(words), len(encoded) - len(encoded.translate(None, _DIGITS))
    spaces = len(text) - sum(map(len, words)) - max(0, number - 1)  # beyond one between two words
    least = number
    if len(max(words, key=len, default="")) > _LONGEST_TOKEN:
        least = sum(-(-len(word) // _LONGEST_TOKEN) for word in words)
    eastern = 0 if text.isascii() else len(encoded) - len(encoded.translate(None, _OF_THE_EAST))
    most = 1 + _WORD * number + _SPACE_BEFORE_DIGIT * min(number, digits) + _REPEATED_SPACE * spaces
    rest = encoded
    for tokens, members in _MOST:
        left = rest.translate(None, members)
        most += tokens * (len(rest) - len(left))
        rest = left
        if not rest:
            break
    return max(least, digits + eastern / _FEW_IN_A_TOKEN), most if text else 0.0
