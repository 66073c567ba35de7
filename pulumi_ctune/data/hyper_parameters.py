"""The hyperparameters that a price hangs on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pulumi_ctune.core.fields import snake_case
from pulumi_ctune.core.messages import show
from pulumi_ctune.core.values import is_finite, number_of


@dataclass(frozen=True)
class HyperParameters:
    """Those that a price hangs on; None for what the service chooses."""

    epochs: int | None = None
    steps: int | None = None
    batch_size: int | None = None
    samples_per_prompt: int | None = None
    max_output_tokens: int | None = None

    @classmethod
    def parse(cls, given: Any, epochs: int | None = None) -> Self:
        """From hyperparameters in either spelling; what is not for here is passed over. `epochs` goes before theirs.

        Raises:
            ValueError: one of them is no whole number above zero.
        """
        if not isinstance(given, Mapping):
            raise ValueError(f'{show(given)} is no object of hyperparameters, such as {{"epochCount": 2}}')
        found: dict[str, Any] = {}
        for key, value in given.items():
            name = snake_case(str(key))
            if name in found:
                raise ValueError(f"{name} is given twice")
            if value is not None:
                found[name] = value
        if epochs:
            found["epoch_count"] = epochs
            found.pop("step_count", None)
        numbers = {key: whole_number(found, _NAMES.get(key, key)) for key in cls.__dataclass_fields__}
        if numbers["epochs"] and numbers["steps"]:
            raise ValueError("epoch_count and step_count exclude each other")
        return cls(**numbers)


_NAMES = {"epochs": "epoch_count", "steps": "step_count"}
PRICED = frozenset(_NAMES.get(key, key) for key in HyperParameters.__dataclass_fields__)
"""The hyperparameters that a price hangs on."""


def whole_number(found: Mapping[str, Any], name: str) -> int | None:
    """That of `name`; None where it is not given.

    Raises:
        ValueError: it is no whole number above zero.
    """
    value = found.get(name)
    if value is None:
        return None
    number = number_of(value)  # int64 travels as text
    if not is_finite(number) or number != int(number) or not 1 <= number < 2**63:
        raise ValueError(f"{name}: {show(value)} is no whole number above zero")
    return int(number)
