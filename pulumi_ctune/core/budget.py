"""The rules of a budget as users write it, on a job or in the stack's config."""

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_ctune.core.messages import any_of, child, show
from pulumi_ctune.core.spending import Budget
from pulumi_ctune.core.values import Unknown, is_finite, number_of

KEYS = ("max_tokens", "max_usd")


def budget_of(given: Any, where: str = "budget") -> Budget | None:
    """The budget that a value has in which `wrong_in` finds nothing; None without one, or while it is not known."""
    if not isinstance(given, Mapping):
        return None
    limits = {key: number_of(given.get(key)) for key in KEYS if is_finite(number_of(given.get(key)))}
    return Budget(**limits, where=where) if limits else None


def wrong_in(given: Any, path: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a budget: path and reason. What is not known yet is skipped."""
    if given is None or isinstance(given, Unknown):
        return
    if not isinstance(given, Mapping):
        yield path, f"{show(given)} is no object with {any_of(KEYS)}"
        return
    for key, value in given.items():
        number = number_of(value)
        if key not in KEYS:
            yield child(path, key), f"no such key; there are {any_of(KEYS)}"
        elif value is not None and not isinstance(value, Unknown) and not (is_finite(number) and number > 0):
            yield child(path, key), f"{show(value)} is no number above zero"
    if all(value is None for value in given.values()):
        yield path, f"it has no limit: give {any_of(KEYS)}, or leave it out"


def same_budget(old: Any, new: Any) -> bool:
    """Whether two budgets mean the same: absent keys and numbers as text count as what they mean."""
    return bool(_meant(old) == _meant(new))


def _meant(given: Any) -> Any:
    if not isinstance(given, Mapping):
        return given
    return {key: number_of(value) for key, value in given.items() if value is not None} or None
