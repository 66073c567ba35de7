"""What the service takes, by tuning method: messages of the lines, counts, sizes, media.

Sources, read mid-2026:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/supervised-tuning
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/preference-tuning
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-fine-tuning
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Method = Literal["sft", "rft", "dpo"]
"""How a dataset is tuned on, which is what makes a line right."""

METHODS: tuple[Method, ...] = ("sft", "rft", "dpo")
METHOD_OF_SPEC: Mapping[str, Method] = {
    "supervised_tuning_spec": "sft",
    "reinforcement_tuning_spec": "rft",
    "preference_optimization_spec": "dpo",
}
"""The method that an input of a job chooses."""

MESSAGES: Mapping[Method, str] = {
    "sft": "GeminiExample",
    "rft": "ReinforcementTuningExample",
    "dpo": "GeminiPreferenceExample",
}
TITLES: Mapping[Method, str] = {
    "sft": "supervised fine-tuning",
    "rft": "reinforcement fine-tuning",
    "dpo": "preference optimization",
}

MOST_BYTES = 2**30  # of one file; the pages say 1 GB, which may mean the number below
MOST_BYTES_FOR_SURE = 10**9
FEW_EXAMPLES = 100  # Google's advice is 100 to 500 and more
MOST_VALIDATION, MOST_VALIDATION_SHARE, ANY_SHARE_UP_TO = 5_000, 0.3, 1_000
MOST_VALIDATION_ON_OLD_PAGE = 500  # RFT: one page says 500, a newer one has the share

PART_DATA = (
    "text",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
)
"""The kinds of a part: each one has exactly one of them (a oneof that the discovery document does not show)."""

ROLES = ("user", "model", "function")


@dataclass(frozen=True)
class Limits:
    """Of one method. `media` is how many files an example may have, by the kinds of `media_kind`; `multimodal` is how
    many examples there may be where they have files.
    """

    examples: int
    multimodal: int
    tokens: int
    tokens_of: str
    media: Mapping[str, int]


LIMITS: Mapping[Method, Limits] = {
    "sft": Limits(10_000_000, 300_000, 131_072, "prompt and answer", {"image": 30, "audio": 1, "pdf": 4}),
    "rft": Limits(5_000, 5_000, 32_768, "the prompt", {"image": 15, "audio": 15, "video": 10}),
    "dpo": Limits(10_000_000, 10_000_000, 131_072, "the prompt and the longer completion", {}),
}
MODELS = (
    *("gemini-3.5-flash", "gemini-3.5-flash-lite", "gemini-3.1-flash-lite"),
    *("gemini-2.5-pro", "gemini-2.5-flash", "gemini-2.5-flash-lite"),
)
"""The models whose limits are documented, all with the same ones but for the next line."""
VIDEO_IN_REINFORCEMENT = "gemini-3.5-flash"  # one page says: with this model only

MEDIA_TYPES: Mapping[Method, tuple[str, ...]] = {
    "sft": ("image", "audio", "video", "pdf", "text"),
    "rft": ("image", "audio", "video"),
    "dpo": (),
}


def media_kind(mime_type: str) -> str:
    """`image`, `audio`, `video`, `text` or `pdf`; the type itself for anything else."""
    kind = mime_type.partition("/")[0].strip().lower()
    if kind in ("image", "audio", "video", "text"):
        return kind
    return "pdf" if mime_type.strip().lower() == "application/pdf" else mime_type
