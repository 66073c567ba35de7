"""What the program knows of its stack: default project and region, and whose a resource is.

Runs in the program, where Pulumi's config is; the provider's own settings are `config`'s.
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


def owner_of(resource_name: str) -> dict[str, Any]:
    """Who a resource belongs to: the provider cannot find out the organization by itself."""
    return {
        "organization": pulumi.get_organization(),
        "project": pulumi.get_project(),
        "stack": pulumi.get_stack(),
        "name": resource_name,
    }


def _default(key: str) -> str | None:
    def get(key: str) -> str | None:
        namespace, _, name = key.partition(":")
        return pulumi.Config(namespace).get(name)

    return config.default_of(key, get, os.environ)
