"""Looks side by side, each with an end: in time, and whatever it raises."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from time import monotonic

from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.insight.doctor.finding import Finding, not_read, unknown

Look = Callable[[], Sequence[Finding]]


def together(looks: Mapping[str, Look], within: timedelta) -> list[Finding]:
    """The findings of all looks, in the order of `looks`, whose keys are what each one looks at.

    A look that is not done in time goes on in a thread that ends with the process, and nobody hears of it.
    """
    found: dict[str, Sequence[Finding]] = {}
    threads = {check: _started(check, look, found) for check, look in looks.items()}
    deadline = monotonic() + within.total_seconds()
    for thread in threads.values():
        thread.join(max(0.0, deadline - monotonic()))
    late = f"there was no answer within {within.total_seconds():g} seconds"
    in_time = dict(found)
    return [each for check in looks for each in in_time.get(check, (unknown(check, late, "Check the network."),))]


def _started(check: str, look: Look, found: dict[str, Sequence[Finding]]) -> threading.Thread:
    def run() -> None:
        found[check] = _looked(check, look)

    thread = threading.Thread(target=run, name=f"doctor: {check}", daemon=True)
    thread.start()
    return thread


def _looked(check: str, look: Look) -> Sequence[Finding]:
    try:
        return look()
    except CtuneError as error:
        return (not_read(check, error),)
    except Exception as error:  # one broken look must not hide what the others found
        return (unknown(check, f"this look itself failed ({type(error).__name__}: {error}). Please report it"),)
