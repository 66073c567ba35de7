"""A value that is not known yet, and how to look for one.

During a preview the outputs of resources that are still to be made are unknown. The core meets them as `UNKNOWN`;
that Pulumi has its own object for it is known to `engine` alone.
"""

from collections.abc import Mapping
from typing import Any, Final


class Unknown:
    """The type of `UNKNOWN`: there is one instance, compared by identity."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


def has_unknown(value: Any) -> bool:
    """Whether `value`, or anything inside its mappings and lists, is not known yet."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(has_unknown(item) for item in value)
    return False
