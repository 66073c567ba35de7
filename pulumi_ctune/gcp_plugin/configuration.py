"""What one provider resource was configured with: project, region, and where the stand-in keeps its state.

Config first, then the environment variables that pulumi-gcp reads. Knows nothing of gRPC.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pulumi_ctune.config import DEFAULT_EMULATOR_DIR, default_of
from pulumi_ctune.errors import InvalidInputError

PLACE = "vertexAiCustomEndpoint"
_EMBEDDED = "embedded"


@dataclass(frozen=True)
class Configuration:
    """The settings that all resources of a provider share. An absent project, region or zone is None."""

    state_dir: Path
    project: str | None = None
    region: str | None = None
    zone: str | None = None

    @classmethod
    def read(cls, variables: Mapping[str, str], environ: Mapping[str, str]) -> Self:
        """From `Configure`'s variables, whose keys are like `gcp:config:project`.

        Raises:
            InvalidInputError: no `vertexAiCustomEndpoint`, or one that is not `embedded[:DIR]`: then Google is meant.
        """

        def get(key: str) -> str | None:
            return variables.get(key.replace(":", ":config:", 1))

        return cls(
            state_dir=_state_dir(get(f"gcp:{PLACE}") or ""),
            project=default_of("gcp:project", get, environ),
            region=default_of("gcp:region", get, environ),
            zone=get("gcp:zone"),
        )

    def default_of(self, name: str) -> str | None:
        """What an absent input `project`, `location` or `region` is."""
        return self.project if name == "project" else self.region


def _state_dir(place: str) -> Path:
    kind, colon, directory = place.strip().partition(":")
    if kind != _EMBEDDED or (colon and not directory):
        raise InvalidInputError(
            "this pulumi-resource-gcp is a stand-in that never reaches Google",
            where=f"gcp:{PLACE}",
            why=f"it works on {_EMBEDDED}:DIR only, and the config says {place!r}" if place else "it is not set",
            next_step=f"For the stand-in: pulumi config set gcp:{PLACE} {_EMBEDDED}:DIR. For Google: use a PULUMI_HOME "
            "that has the real plugin.",
        )
    return Path(directory) if directory else DEFAULT_EMULATOR_DIR
