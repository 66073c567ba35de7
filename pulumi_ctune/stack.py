"""What the program knows of its stack: default project and region, settings, and whose a resource is.

Runs in the program, where Pulumi's config is. The provider has the same settings from the engine.
"""

import os
from typing import Any

import pulumi

from pulumi_ctune import config


def project_or_default(project: pulumi.Input[str] | None) -> pulumi.Input[str] | None:
    """The input, else `gcp:project`, else the environment; None is refused by the check, at the field."""
    return project if project is not None else _default("gcp:project")


def region_or_default(location: pulumi.Input[str] | None) -> pulumi.Input[str] | None:
    """The input, else `gcp:region`, else the environment; None is refused by the check, at the field."""
    return location if location is not None else _default("gcp:region")


def settings() -> config.Settings:
    """The settings by which a provider of this stack works. Raises `InvalidInputError`."""
    return config.Settings.load(_from_stack, os.environ)


def owner_of(resource_name: str) -> dict[str, Any]:
    """Who a resource belongs to: the provider cannot find out the organization by itself."""
    return {
        "organization": pulumi.get_organization(),
        "project": pulumi.get_project(),
        "stack": pulumi.get_stack(),
        "name": resource_name,
    }


def _default(key: str) -> str | None:
    return config.default_of(key, _from_stack, os.environ)


def _from_stack(key: str) -> str | None:
    namespace, _, name = key.partition(":")
    return pulumi.Config(namespace).get(name)
