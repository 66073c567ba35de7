"""What one provider resource was configured with: project, region, and where the emulator keeps its state.

Config first, then the environment variables that pulumi-gcp reads. Knows nothing of gRPC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from vertex_emulator.pulumi_gcp.errors import InvalidInputError

_PLACE_KEY = "gcp:vertexAiCustomEndpoint"
_EMBEDDED = "embedded"
_DEFAULT_DIR = Path(".ctune") / "emulator"  # below the current directory
# As the plugin of pulumi-gcp reads them: https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference
_PROJECT_VARIABLES = ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT")
_REGION_VARIABLES = ("GOOGLE_REGION", "GCLOUD_REGION", "CLOUDSDK_COMPUTE_REGION")


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

        def default(key: str, names: Sequence[str]) -> str | None:
            found = (text.strip() for text in (get(key), *map(environ.get, names)) if text)
            return next(found, None) or None

        return cls(
            state_dir=_state_dir((get(_PLACE_KEY) or "").strip()),
            project=default("gcp:project", _PROJECT_VARIABLES),
            region=default("gcp:region", _REGION_VARIABLES),
            zone=get("gcp:zone"),
        )

    def default_of(self, name: str) -> str | None:
        """What an absent input `project`, `location` or `region` is."""
        return self.project if name == "project" else self.region


def _state_dir(place: str) -> Path:
    kind, _, directory = place.partition(":")
    if place == _EMBEDDED:
        return _DEFAULT_DIR
    if kind == _EMBEDDED and directory:
        return Path(directory)
    raise InvalidInputError(
        "this pulumi-resource-gcp is the emulator's and never reaches Google",
        where=_PLACE_KEY,
        why=f"it works on embedded:DIR only, and the config says {place!r}" if place else "it is not set",
        next_step=f"For the emulator: pulumi config set {_PLACE_KEY} embedded:DIR. For Google: use a PULUMI_HOME "
        "that has the real plugin.",
    )
