"""What a job continues from: a model version by number, and a checkpoint of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_ctune.core.api import ModelVersion  # not loaded for a check or a diff


@dataclass(frozen=True)
class Source:
    """What a job continues from.

    `version` is None where it could not be read, `checkpoint_id` empty where there is none.
    """

    tuned_model_name: str
    checkpoint_id: str
    version: "ModelVersion | None" = None

    @property
    def pre_tuned_model(self) -> dict[str, str]:
        """The input `pre_tuned_model` that names exactly this source."""
        pinned = {"tuned_model_name": self.tuned_model_name}
        return {**pinned, "checkpoint_id": self.checkpoint_id} if self.checkpoint_id else pinned
