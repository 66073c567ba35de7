"""The settings of a stack: `settings` is what they are, `keys` where they come from, the others how each is read."""

from pulumi_ctune.config.endpoints import DEFAULT_EMULATOR_DIR, ApiEndpoint, embedded_dir, is_loopback
from pulumi_ctune.config.keys import ENVIRONMENT, unknown_keys
from pulumi_ctune.config.settings import Settings, default_of, fingerprint
from pulumi_ctune.config.values import default_labels, is_true

__all__ = [
    "DEFAULT_EMULATOR_DIR",
    "ENVIRONMENT",
    "ApiEndpoint",
    "Settings",
    "default_labels",
    "default_of",
    "embedded_dir",
    "fingerprint",
    "is_loopback",
    "is_true",
    "unknown_keys",
]
