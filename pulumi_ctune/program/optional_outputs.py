"""Outputs that may be absent, known as None in the preview of a resource that exists.

Pulumi's Python SDK takes whatever a state does not hold for unknown in a preview, so an export of such an output would
show as a change in every preview. Knows nothing of what the outputs mean.
"""

import asyncio
from collections.abc import Iterable, Mapping
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
        setattr(resource, name, _known_if(getattr(resource, name), always))


def settle_left_out(resource: pulumi.Resource, inputs: Mapping[str, Any]) -> None:
    """In a preview, make the inputs that the program left out known: None, or what a transformation made of them."""
    if not pulumi.runtime.is_dry_run():
        return
    for name in (name for name, value in inputs.items() if value is None):
        output: pulumi.Output[Any] = getattr(resource, name)
        secret = asyncio.ensure_future(output.is_secret())
        setattr(resource, name, pulumi.Output(output.resources(), output.future(), _yes(), secret))


def _yes() -> "asyncio.Future[bool]":
    known: asyncio.Future[bool] = asyncio.get_event_loop().create_future()
    known.set_result(True)
    return known


def _known_if(output: pulumi.Output[Any], always: pulumi.Output[Any]) -> pulumi.Output[Any]:
    async def known() -> bool:
        return await output.is_known() or await always.is_known()

    return pulumi.Output(
        output.resources(), output.future(), asyncio.ensure_future(known()), asyncio.ensure_future(output.is_secret())
    )
