"""The inputs of a check or a diff, of which a preview may not know all. Once all are known they make a `Request`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self, cast

from pulumi_ctune.core.canonical import canonical_inputs
from pulumi_ctune.core.values import Unknown
from pulumi_ctune.tuning_job.attributes import Inputs, SourceInput


@dataclass(frozen=True)
class Draft:
    """`written` are the inputs as plain values, `UNKNOWN` among them."""

    written: Inputs

    @classmethod
    def of(cls, inputs: Mapping[str, Any]) -> Self:
        return cls(cast("Inputs", inputs))

    @cached_property
    def canonical(self) -> Mapping[str, Any]:
        return canonical_inputs(self.written)

    @property
    def source(self) -> SourceInput | Unknown | None:
        """The input `pre_tuned_model`, its checkpoint as a text."""
        found: SourceInput | Unknown | None = self.canonical.get("pre_tuned_model")
        return found
