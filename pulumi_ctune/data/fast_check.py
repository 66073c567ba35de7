"""Lines that are certainly right, at the speed of a typed decoder.

`text_lines` and `full_lines` have the types of what nearly every line is made of; what they cannot hold (any other
field, a value in another spelling) is not wrong, only not for here: `slow_check` looks at it. So is every line that
breaks a rule, since a typed decoder would tell of the first fault only, and in no words of ours.
"""

from collections.abc import Callable, Sequence

from pulumi_ctune.data import text_lines
from pulumi_ctune.data.example import Example
from pulumi_ctune.data.full_lines import FullLines
from pulumi_ctune.data.limits import Method

_ReadAll = Callable[[Sequence[bytes]], list[Example | None]]


class Reader:
    """Reads the lines of one method. The answer is None for every line that is not certainly right.

    `needed` are the references that a reward reads.
    """

    def __init__(self, method: Method, needed: frozenset[str] = frozenset()) -> None:
        self._first: _ReadAll = text_lines.reader(method, needed)
        self._second: _ReadAll | None = FullLines(method, needed).read_all if method != "dpo" else None

    def read(self, line: bytes) -> Example | None:
        return self.read_all([line])[0]

    def read_all(self, lines: Sequence[bytes]) -> list[Example | None]:
        examples = self._first(lines)
        if self._second is None or all(examples):
            return examples
        left = [index for index, example in enumerate(examples) if example is None]
        others = self._second([lines[index] for index in left])
        for index, example in zip(left, others, strict=True):
            examples[index] = example
        if 2 * (len(others) - others.count(None)) > len(lines):  # lines of one kind come in rows
            self._first, self._second = self._second, self._first
        return examples
