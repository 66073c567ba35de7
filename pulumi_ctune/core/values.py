"""What the values of inputs are, whatever they mean: not known yet, a number, storable in a state.

During a preview the outputs of resources that are still to be made are unknown. The core meets them as `UNKNOWN`;
that Pulumi has its own object for it is known to `dynamic` alone.
"""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, TypeGuard


class Unknown:
    """The type of `UNKNOWN`: there is one instance, compared by identity."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


NO_NUMBERS = ("NaN", "Infinity", "-Infinity")
"""What a state has instead of numbers that it cannot hold."""


def storable(value: Any) -> Any:
    """A value as a state can hold it: NaN and the infinities, which it cannot, by their names in protobuf's JSON."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether this is a number; True and False are none, NaN and the infinities are."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_finite(value: Any) -> TypeGuard[int | float]:
    """Whether this is a number that a double holds, as all numbers in a state."""
    try:
        return is_number(value) and math.isfinite(value)
    except OverflowError:  # an int of hundreds of digits
        return False


_JSON_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def number_of(value: Any) -> Any:
    """The number that a text spells, as JSON for protobuf allows it: stack config knows no other form.

    Whole numbers are ints. Anything else, `"NaN"` too, which no input may be, is returned unchanged.
    """
    if not isinstance(value, str) or not _JSON_NUMBER.fullmatch(value):
        return value
    number = float(value)
    if not math.isfinite(number):
        return value
    if value.removeprefix("-").isdigit():
        return int(value)
    return int(number) if number.is_integer() else number


def text_of(value: Any) -> Any:
    """A number or a truth value as the text that stack config meant before it made a number of it; else unchanged."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_finite(value):
        return str(int(value)) if float(value).is_integer() else str(value)
    return value


def has_unknown(value: Any) -> bool:
    """Whether `value`, or anything inside its mappings and lists, is not known yet."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(has_unknown(item) for item in value)
    return False


def unknown_in(value: Any, path: str) -> Iterator[str]:
    """The paths of what is not known yet in the value at `path`, such as `triggers[0]`."""
    if isinstance(value, Unknown):
        yield path
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from unknown_in(item, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from unknown_in(item, f"{path}[{index}]")


def timestamp(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, as the API writes it; None for no moment."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None
