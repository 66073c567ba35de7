"""The least that a dynamic resource can be: the baseline of a tuning job that does not change.

Without properties, or with those of a job, which Pulumi's own code carries between program, engine and host.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class EmptyProvider(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult("empty", props)


class Empty(Resource, module="bench", name="Empty"):
    def __init__(
        self, resource_name: str, props: dict[str, Any] | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(EmptyProvider(), resource_name, props or {}, opts)
