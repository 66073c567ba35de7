"""The least that a dynamic resource can be: the baseline of a tuning job that does not change."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class EmptyProvider(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult("empty", {})


class Empty(Resource, module="bench", name="Empty"):
    def __init__(self, resource_name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(EmptyProvider(), resource_name, {}, opts)
