"""What the program knows of its stack: default project and region, settings, and whose a resource is.

Runs in the program, where Pulumi's config is. The provider has the same settings from the engine.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import SETTINGS, get_monitor

from pulumi_ctune import config
from pulumi_ctune.core import program_facts
from pulumi_ctune.core.errors import CtuneError, InvalidInputError


class ImportRefusedError(InvalidInputError, pulumi.RunError):
    """The option `import_`. As a `RunError` Pulumi shows it as one line instead of a traceback."""


def project_or_default(project: pulumi.Input[str] | None, opts: "_Options | None" = None) -> pulumi.Input[str] | None:
    """The input, else what an explicit `gcp.Provider` has, else `gcp:project`, else the environment.

    None is refused by the check, at the field.
    """
    return project if project is not None else _of_provider(opts, "project", "gcp:project")


def region_or_default(location: pulumi.Input[str] | None, opts: "_Options | None" = None) -> pulumi.Input[str] | None:
    """The input, else what an explicit `gcp.Provider` has, else `gcp:region`, else the environment."""
    return location if location is not None else _of_provider(opts, "region", "gcp:region")


def program(opts: pulumi.ResourceOptions | None, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What the program knows of service and identity, for the check to compare with what the provider was given.

    Goes with every resource as a hidden input that the check takes out again. Of secrets there is a fingerprint only.
    """
    try:
        facts: dict[str, Any] = {
            program_facts.SETTINGS: settings().as_texts(),
            program_facts.DEFAULT_LABELS: config.default_labels(_from_stack),
        }
    except CtuneError as error:
        facts = {program_facts.TROUBLE: str(error)}
    if opts is not None and opts.replace_with:
        facts[program_facts.REPLACE_WITH] = _urns(opts.replace_with)
    by_option = [[name] for name in (opts.additional_secret_outputs if opts else None) or () if name in inputs]
    outputs = list(_outputs_in(inputs))
    if outputs or by_option:
        facts[program_facts.SECRET_INPUTS] = _marked(outputs, by_option)
    provider = _gcp_provider(opts)
    if provider is not None:  # pulumi-gcp hands none of the stack's labels to an explicit provider
        facts[program_facts.DEFAULT_LABELS] = _inputs_of(provider, _default_labels)
        facts[program_facts.GCP_PROVIDER] = _identity_of(provider)
    return facts


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


async def _marked(
    outputs: Sequence[tuple[tuple[str | int, ...], pulumi.Output[Any]]], by_option: Sequence[Sequence[str | int]]
) -> list[list[str | int]]:
    """The paths of those that are secret; values do not travel with them."""
    return [*map(list, by_option), *[list(path) for path, output in outputs if await output.is_secret()]]


def refuse_import(resource_name: str, opts: pulumi.ResourceOptions | None, instead: str) -> None:
    """Say in one line that a resource cannot be imported; unrefused it ends in a traceback of Pulumi's Python host,
    which is asked to read a resource that does not name its provider yet.

    Raises:
        ImportRefusedError: the options have `import_`. `instead` is what to do.
    """
    if opts is not None and opts.import_:
        raise ImportRefusedError(
            "this resource cannot be imported",
            where=f"{resource_name}: import_",
            why="Pulumi's Python providers have no import",
            next_step=instead.format(id=opts.import_),
        )


async def _urns(resources: Sequence[pulumi.Resource]) -> list[str]:
    """As texts, not as outputs, which would make the resource depend on these; unknown ones are left out."""
    return [urn for each in resources if (urn := await each.urn.future(with_unknowns=False))]


_Options = pulumi.ResourceOptions | pulumi.InvokeOptions


def _gcp_provider(opts: _Options | None) -> pulumi.ProviderResource | None:
    """The `gcp.Provider` that pulumi-gcp's own resources and functions would get with these options."""
    if opts is None:
        return None
    inherited = opts.parent.get_provider("gcp:any/any:Any") if opts.parent else None
    candidates = [*_explicit(opts), inherited]
    return next((provider for provider in candidates if provider is not None and provider.package == "gcp"), None)


def _explicit(opts: _Options) -> list[pulumi.ProviderResource | None]:
    given = getattr(opts, "providers", None) or ()
    return [opts.provider, *(given.values() if isinstance(given, Mapping) else given)]


def _of_provider(opts: _Options | None, attribute: str, key: str) -> pulumi.Input[str] | None:
    provider, default = _gcp_provider(opts), _default(key)
    if provider is None:
        return default
    given = _inputs_of(provider, lambda inputs: inputs.get(attribute) or default)
    marked: pulumi.Output[Any] = pulumi.Output.from_input(getattr(provider, attribute, None))

    async def as_marked(value: str | None) -> Any:
        return pulumi.Output.secret(value) if await marked.is_secret() else value

    return given.apply(as_marked)


def _inputs_of(provider: pulumi.ProviderResource, pick: Callable[[Mapping[str, Any]], Any]) -> pulumi.Output[Any]:
    """What `pick` makes of what the program gave to a provider, by the engine's names; what it did not give is absent.

    Asked of the engine, not of the provider's attributes: in a preview those that were not given are unknown, and
    pulumi-gcp has none for what is no text. Secrets come as plain values.
    """

    async def ask(urn: str) -> Any:
        answer = await pulumi.runtime.invoke_async("pulumi:pulumi:getResource", {"urn": urn})
        return answer["state"]

    def known(inputs: Any) -> Any:
        picked = pick(inputs) if isinstance(inputs, Mapping) else inputs
        # As an output that is unknown: out of a value that only holds something unknown the SDK makes None.
        return pulumi.Output.from_input(pulumi.UNKNOWN) if pulumi.contains_unknowns(picked) else picked

    return provider.urn.apply(ask).apply(known, run_with_unknowns=True)


_IDENTITY = (
    "gcp:accessToken",
    "gcp:credentials",
    "gcp:impersonateServiceAccount",
    "gcp:impersonateServiceAccountDelegates",
    "gcp:externalCredentials",
    "gcp:universeDomain",
    "gcp:billingProject",
    "gcp:userProjectOverride",
    "gcp:project",
)
"""Of an explicit `gcp.Provider`: what must be the stack's own, as there is one identity for a provider process. The
project is part of it where it is the one that pays.
"""


def _identity_of(provider: pulumi.ProviderResource) -> dict[str, pulumi.Output[str | None]]:
    """Fingerprints only: any of it may be a secret. None where neither the provider nor the environment has it."""
    return {key: _inputs_of(provider, partial(_fingerprint, key)) for key in _IDENTITY}


def _fingerprint(key: str, inputs: Mapping[str, Any]) -> Any:
    def given(key: str) -> Any:
        value = inputs.get(key.partition(":")[2])
        if pulumi.contains_unknowns(value):
            return pulumi.UNKNOWN
        return _text(value) or config.default_of(key, lambda _: None, os.environ)

    override = given("gcp:userProjectOverride")
    value = given(key)
    if key == "gcp:userProjectOverride" and not pulumi.contains_unknowns(value):
        value = "true" if config.is_true(value) else None
    if key == "gcp:project" and (given("gcp:billingProject") or not (override and config.is_true(str(override)))):
        return None
    return value if pulumi.contains_unknowns(value) else config.fingerprint(value)


def _default_labels(inputs: Mapping[str, Any]) -> Any:
    """Those of a provider: what is no text is JSON there."""
    labels = inputs.get("defaultLabels")
    return (json.loads(labels) if isinstance(labels, str) else labels) or {}


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return (value or "").strip() or None
    return json.dumps(value)


class Lookup(NamedTuple):
    """Where a lookup of the program goes."""

    settings: config.Settings
    project: str | None
    location: str | None


async def lookup(project: str | None, location: str | None, opts: pulumi.InvokeOptions | None) -> Lookup | None:
    """What a resource with these options would work with; None while a provider of theirs is still to be made.

    Raises:
        InvalidInputError: the options name an identity, or settings, that are not the program's.
    """
    from pulumi_ctune import agreement

    ours = settings()
    if opts is None:
        return Lookup(ours, project or ours.project, location or ours.region)
    for explicit in _explicit(opts):
        if explicit is not None and explicit.package == "pulumi-python":
            given = await _inputs_of(explicit, dict).future()
            if given is None:
                return None
            theirs = config.Settings.load({key: _text(value) for key, value in given.items()}.get, os.environ)
            if refusal := agreement.other_settings(ours.as_texts(), theirs.as_texts()):
                raise refusal
    provider = _gcp_provider(opts)
    if provider is None:
        return Lookup(ours, project or ours.project, location or ours.region)
    identity = await pulumi.Output.all(**_identity_of(provider)).future()
    place = await pulumi.Output.all(
        project if project else project_or_default(None, opts), location if location else region_or_default(None, opts)
    ).future()
    if identity is None or place is None:
        return None
    if refusal := agreement.other_identity(identity, ours):
        raise refusal
    return Lookup(ours, *place)


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
