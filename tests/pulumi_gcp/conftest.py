"""Fixtures for tests of the emulator for pulumi-gcp's plugin. The CLI's own are those of the engine tests."""

from tests.engine.conftest import pulumi_bin

__all__ = ["pulumi_bin"]
