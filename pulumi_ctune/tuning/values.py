"""What the values of inputs are, whatever they mean: not known yet, a number, storable in a state.

During a preview the outputs of resources that are still to be made are unknown. The core meets them as `UNKNOWN`;
that Pulumi has its own object for it is known to `engine` alone.
"""

import math
from collections.abc import Mapping
from typing import Any, Final, TypeGuard


class Unknown:
    """The type of `UNKNOWN`: there is one instance, compared by identity."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


def storable(value: Any) -> Any:
    """A value as a state can hold it: NaN and the infinities, which it cannot, by their names in protobuf's JSON."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether this is a number; True and False are none, NaN and the infinities are."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_finite(value: Any) -> TypeGuard[int | float]:
    """Whether this is a number that JSON can hold."""
    return is_number(value) and math.isfinite(value)


def has_unknown(value: Any) -> bool:
    """Whether `value`, or anything inside its mappings and lists, is not known yet."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(has_unknown(item) for item in value)
    return False
