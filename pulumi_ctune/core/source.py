"""What a job continues from: a model version and a checkpoint of it, as written or resolved."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from pulumi_ctune.core import names

if TYPE_CHECKING:
    from pulumi_ctune.core.api import ModelVersion  # not loaded for a check or a diff


@dataclass(frozen=True)
class Source:
    """`checkpoint_id` is empty where none is named. `version` is there once the source is resolved; it stays None where
    it could not be read.
    """

    tuned_model_name: str
    checkpoint_id: str = ""
    version: "ModelVersion | None" = None

    @classmethod
    def of(cls, pre_tuned_model: Mapping[str, Any] | None) -> Self | None:
        """What the input, in canonical form, names; None where it names nothing."""
        if not pre_tuned_model:
            return None
        return cls(pre_tuned_model.get("tuned_model_name") or "", pre_tuned_model.get("checkpoint_id") or "")

    @property
    def pre_tuned_model(self) -> dict[str, str]:
        """The input that names exactly this source."""
        named = {"tuned_model_name": self.tuned_model_name}
        return {**named, "checkpoint_id": self.checkpoint_id} if self.checkpoint_id else named

    @cached_property
    def model_name(self) -> names.ModelName | None:
        """The name taken apart; None for one that is odd."""
        return names.model_name(self.tuned_model_name)

    def is_version_of(self, other: "Source") -> bool:
        """Whether both name the same version, whatever either calls the project."""
        one, two = self.model_name, other.model_name
        if one is None or two is None:
            return self.tuned_model_name == other.tuned_model_name
        return (one.location, one.model_id, one.version) == (two.location, two.model_id, two.version)
