"""Whole percents of an endpoint's traffic in given proportions: a split is integers that add up to 100."""

from collections.abc import Collection, Mapping


def shared_out(shares: Mapping[str, int], total: int = 100) -> dict[str, int]:
    """The same proportions in whole percents that add up to `total`; the largest remainders are rounded up.

    `shares` must have a share above zero.
    """
    given = sum(shares.values())
    percents = {key: share * total // given for key, share in shares.items()}
    by_remainder = sorted(shares, key=lambda key: (-(shares[key] * total % given), key))
    for key in by_remainder[: total - sum(percents.values())]:
        percents[key] += 1
    return percents


def without(shares: Mapping[str, int], leaving: Collection[str]) -> dict[str, int]:
    """The shares once `leaving` are gone: the others take theirs over in proportion; empty where none has any."""
    staying = {key: share for key, share in shares.items() if share and key not in leaving}
    return shared_out(staying) if staying else {}
