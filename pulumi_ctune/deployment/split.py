"""The arithmetic of an endpoint's traffic split: who gives how much to whom. Knows neither API nor resources.

A split is deployed model id -> whole percent; the percents add up to 100, or the split is empty and nothing is served.
Splits that come back from here name nobody who gets nothing.

Source: https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/projects.locations.endpoints
"""

from collections.abc import Collection, Mapping

from pulumi_ctune.core.percent_shares import shared_out

Split = Mapping[str, int]


class NoCounterpartError(ValueError):
    """A share below 100 percent was asked for, and nobody else has traffic who could keep the rest."""


def shifted(split: Split, target: str, percent: int, *, own: Collection[str]) -> dict[str, int]:
    """The split in which `target` has `percent` (0 to 100).

    The others of the same owner (`own`) give and take first: the one of them with the largest share keeps what is left,
    the rest of them nothing. Everybody else keeps their share as long as there is room for it; beyond that, or where
    there is no `own` one to make up the difference, theirs change in proportion. Raises `NoCounterpartError`.
    """
    if not percent and not split.get(target):
        return served(split)
    rest = 100 - percent
    baseline = baseline_of(split, target, own=own)
    foreign = {key: share for key, share in split.items() if share and key != target and key not in own}
    if foreign and (baseline is None or sum(foreign.values()) > rest):
        foreign = shared_out(foreign, rest)
    elif not foreign and baseline is None and rest:
        raise NoCounterpartError
    wanted = {target: percent, **foreign}
    if baseline is not None:
        wanted[baseline] = rest - sum(foreign.values())
    return served(wanted)


def baseline_of(split: Split, target: str, *, own: Collection[str]) -> str | None:
    """Who of `own` serves beside `target`: the one with the largest share; None where none has any."""
    serving = [key for key in own if key != target and split.get(key)]
    return max(serving, key=lambda key: (split[key], key), default=None)


def served(split: Split) -> dict[str, int]:
    """The split without those who get nothing: the form in which two of them compare."""
    return {key: share for key, share in split.items() if share}


def total(split: Split, keys: Collection[str]) -> int:
    """What these have together, in percent."""
    return sum(split.get(key, 0) for key in keys)
