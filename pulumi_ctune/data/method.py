"""Which tuning method a dataset is for, told from its first lines."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from pulumi_ctune.data.limits import Method

LINES = 100  # that are looked at


def recognized_in(lines: Iterable[bytes]) -> Method | None:
    """The method that most of these lines are for; None where none of them tells."""
    votes: Counter[Method] = Counter()
    for line in lines:
        try:
            document = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError):
            continue
        if method := _of(document):
            votes[method] += 1
    return votes.most_common(1)[0][0] if votes else None


def _of(document: object) -> Method | None:
    if not isinstance(document, dict):
        return None
    if "completions" in document:
        return "dpo"
    if "references" in document:
        return "rft"
    contents = document.get("contents")
    if "messages" in document:
        return "sft"
    if not isinstance(contents, list) or not contents or not isinstance(contents[-1], dict):
        return None
    return "rft" if contents[-1].get("role", "user") == "user" else "sft"
