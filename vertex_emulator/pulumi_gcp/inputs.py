"""Check: the inputs of a resource with what the program left out, and what is wrong with them."""

from collections.abc import Mapping
from typing import NamedTuple

from vertex_emulator.pulumi_gcp.configuration import Configuration
from vertex_emulator.pulumi_gcp.kinds import Kind
from vertex_emulator.pulumi_gcp.values import DEFAULTS, Properties


class Checked(NamedTuple):
    """Completed inputs, and reasons by the input that cannot be right."""

    inputs: Properties
    refusals: Mapping[str, str]


class Naming(NamedTuple):
    """What an automatic name is made of. `proposed` is the engine's own proposal, from config `pulumi:autonaming`."""

    resource: str
    seed: bytes
    proposed: str = ""


def complete(kind: Kind, news: Properties, olds: Properties, naming: Naming, configuration: Configuration) -> Checked:
    """Fill in project, location and name. `olds` are the recorded inputs, empty for a resource that is new.

    The engine's seed differs from run to run, so a name that was automatic before stays; that it was is told by
    `__defaults`, which the real plugin records too.
    """
    inputs = {key: value for key, value in news.items() if key != DEFAULTS}
    filled, refusals = [], {}
    for name in kind.defaults:
        if name not in inputs:
            if default := configuration.default_of(name):
                inputs[name] = default
                filled.append(name)
            else:
                key = "gcp:project" if name == "project" else "gcp:region"
                refusals[name] = f"it is not set, and neither is {key} (pulumi config set {key} ...)"
    if kind.named_by and kind.named_by not in inputs:
        inputs[kind.named_by] = _automatic_name(kind, olds, naming)
        filled.append(kind.named_by)
    refusals |= dict(kind.refusals(inputs))
    return Checked(inputs | {DEFAULTS: filled}, refusals)


def _automatic_name(kind: Kind, olds: Properties, naming: Naming) -> str:
    if kind.named_by in olds.get(DEFAULTS, ()):
        return str(olds[kind.named_by])
    return naming.proposed or kind.automatic_name(naming.resource, naming.seed)
