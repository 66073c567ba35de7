"""Hosts with the toy provider for the tests of the kit."""

from collections.abc import Iterator

import pytest

from .harness import ProviderHost
from .toy_provider import ToyProvider


@pytest.fixture
def host() -> Iterator[ProviderHost]:
    """A host process of this test's own."""
    with ProviderHost(ToyProvider()) as provider_host:
        yield provider_host


@pytest.fixture(scope="module")
def shared_host() -> Iterator[ProviderHost]:
    """A host process for the tests of a module that leave it as it was."""
    with ProviderHost(ToyProvider()) as provider_host:
        yield provider_host
