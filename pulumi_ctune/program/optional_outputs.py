"""Outputs that may be absent, known as None in the preview of a resource that exists.

Pulumi's Python SDK takes whatever a state does not hold for unknown in a preview, so an export of such an output would
show as a change in every preview. Knows nothing of what the outputs mean.
"""

from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi


def settle_absent(resource: pulumi.Resource, names: Iterable[str], *, beside: str) -> None:
    """In a preview, make the outputs `names` of a resource None where they are absent and the output `beside` is known.

    `beside` is one that every state holds: it is unknown only while the resource is to be made or changed.
    """
    if not pulumi.runtime.is_dry_run():
        return
    always: pulumi.Output[Any] = getattr(resource, beside)
    for name in names:
        output: pulumi.Output[Any] = getattr(resource, name)
        setattr(resource, name, _known_if(output, _unless_absent(output, always)))


def settle_left_out(resource: pulumi.Resource, inputs: Mapping[str, Any]) -> None:
    """In a preview, make the inputs that the program left out known: None, or what a transformation made of them."""
    if not pulumi.runtime.is_dry_run():
        return
    for name in (name for name, value in inputs.items() if value is None):
        output: pulumi.Output[Any] = getattr(resource, name)
        setattr(resource, name, _known_if(output, _yes))


def _unless_absent(output: pulumi.Output[Any], always: pulumi.Output[Any]) -> Callable[[], Awaitable[bool]]:
    async def known() -> bool:
        return await output.is_known() or await always.is_known()

    return known


async def _yes() -> bool:
    return True


def _known_if(output: pulumi.Output[Any], known: Callable[[], Awaitable[bool]]) -> pulumi.Output[Any]:
    return pulumi.Output(
        _OnceAwaited(output.resources), _OnceAwaited(output.future), _OnceAwaited(known), _OnceAwaited(output.is_secret)
    )


@dataclass(frozen=True)
class _OnceAwaited:
    """Begins no sooner than it is awaited, as a coroutine does, which complains when nobody does: of a resource that
    failed the SDK awaits the value, and nothing more. A task for each would be most of what a preview costs here.
    """

    begin: Callable[[], Awaitable[Any]]

    def __await__(self) -> Generator[Any, None, Any]:
        return self.begin().__await__()
