"""What the program knows of its stack: default project and region, settings, and whose a resource is.

Runs in the program, where Pulumi's config is. The provider has the same settings from the engine.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import SETTINGS, get_monitor

from pulumi_ctune import config
from pulumi_ctune.errors import CtuneError


def project_or_default(
    project: pulumi.Input[str] | None, opts: pulumi.ResourceOptions | None = None
) -> pulumi.Input[str] | None:
    """The input, else what an explicit `gcp.Provider` has, else `gcp:project`, else the environment.

    None is refused by the check, at the field.
    """
    return project if project is not None else _of_provider(opts, "project", "gcp:project")


def region_or_default(
    location: pulumi.Input[str] | None, opts: pulumi.ResourceOptions | None = None
) -> pulumi.Input[str] | None:
    """The input, else what an explicit `gcp.Provider` has, else `gcp:region`, else the environment."""
    return location if location is not None else _of_provider(opts, "region", "gcp:region")


def program(opts: pulumi.ResourceOptions | None, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What the program knows of service and identity, for the check to compare with what the provider was given.

    Goes with every resource as a hidden input that the check takes out again. Of secrets there is a fingerprint only.
    """
    try:
        told: dict[str, Any] = {"settings": settings().told(), "default_labels": config.default_labels(_from_stack)}
    except CtuneError as error:
        told = {"trouble": str(error)}
    if outputs := list(_outputs_in(inputs)):
        told["secret_inputs"] = _marked(outputs)
    provider = _gcp_provider(opts)
    if provider is not None:
        told.pop("default_labels", None)  # pulumi-gcp hands none of the stack's to an explicit provider
        told["gcp_provider"] = {
            key: pulumi.Output.unsecret(pulumi.Output.from_input(getattr(provider, attribute, None)).apply(show))
            for key, (attribute, show) in _IDENTITY.items()
        }
    return told


def _outputs_in(value: Any, *path: str | int) -> Iterator[tuple[tuple[str | int, ...], pulumi.Output[Any]]]:
    """The outputs among inputs, with the keys that lead to them: what is no output cannot be secret."""
    if isinstance(value, pulumi.Output):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _outputs_in(item, *path, key)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _outputs_in(item, *path, index)


async def _marked(outputs: Sequence[tuple[tuple[str | int, ...], pulumi.Output[Any]]]) -> list[list[str | int]]:
    """The paths of those that are secret; values do not travel with them."""
    return [list(path) for path, output in outputs if await output.is_secret()]


def _gcp_provider(opts: pulumi.ResourceOptions | None) -> pulumi.ProviderResource | None:
    """The `gcp.Provider` that pulumi-gcp's own resources would get with these options."""
    if opts is None:
        return None
    given = opts.providers or ()
    explicit = [opts.provider, *(given.values() if isinstance(given, Mapping) else given)]
    inherited = opts.parent.get_provider("gcp:any/any:Any") if opts.parent else None
    candidates: list[pulumi.ProviderResource | None] = [*explicit, inherited]
    return next((provider for provider in candidates if provider is not None and provider.package == "gcp"), None)


def _of_provider(opts: pulumi.ResourceOptions | None, attribute: str, key: str) -> pulumi.Input[str] | None:
    provider, default = _gcp_provider(opts), _default(key)
    if provider is None:
        return default
    value = pulumi.Output.from_input(getattr(provider, attribute, None))
    return value.apply(lambda given: given or default)


def _text(value: Any) -> str | None:
    return str(value) if value else None


_IDENTITY: Mapping[str, tuple[str, Callable[[Any], str | None]]] = {
    "gcp:accessToken": ("access_token", config.fingerprint),
    "gcp:credentials": ("credentials", config.fingerprint),
    "gcp:impersonateServiceAccount": ("impersonate_service_account", _text),
    "gcp:billingProject": ("billing_project", _text),
}
"""Of an explicit `gcp.Provider`: what must be the stack's own, as there is one identity for a provider process."""


def settings() -> config.Settings:
    """The settings by which a provider of this stack works. Raises `InvalidInputError`."""
    if wrong := config.unknown_keys({**get_config_env(), **CONFIG.get()}):
        raise wrong[0]
    return config.Settings.load(_from_stack, os.environ)


def mocks() -> pulumi.runtime.Mocks | None:
    """The mocks of a unit test of the program (`pulumi.runtime.set_mocks`), if there are any."""
    monitor = get_monitor() if SETTINGS.monitor is not None else None
    return monitor.mocks if isinstance(monitor, MockMonitor) else None


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
