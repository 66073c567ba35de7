"""What the program tells the provider of itself, with each resource: a hidden input, and the keys in it.

The check compares it and takes it out; no state ever holds it. Imports nothing: the program needs it too.
"""

PROGRAM = "__program"
"""The hidden input."""

SETTINGS = "settings"
"""The settings by which the program works, as `config.Settings.told` has them."""

TROUBLE = "trouble"
"""Instead of the settings: the one line that says why they cannot be used."""

DEFAULT_LABELS = "default_labels"
"""The labels that the stack, or an explicit `gcp.Provider`, gives to every resource."""

GCP_PROVIDER = "gcp_provider"
"""Fingerprints of the identity that an explicit `gcp.Provider` has, by config key; absent without one."""

SECRET_INPUTS = "secret_inputs"
"""The inputs that are marked as secret, each as the list of keys that lead to it; absent where none is."""

BASE_MODEL = "base_model"
"""The base model of the job that a job of the same program continues from; absent where the program does not tell."""

REPLACE_WITH = "replace_with"
"""Pulumi's option, and the URNs in it: the engine replaces the resource with any of these. Absent without it."""

SUM_FILE = "sum_file"
"""Where `training_sum` puts the line for the whole stack; absent outside of a stack."""
