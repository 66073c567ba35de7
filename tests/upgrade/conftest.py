"""The real CLI, as `tests/engine` finds it."""

from tests.engine.conftest import new_stack, pulumi_bin

__all__ = ["new_stack", "pulumi_bin"]
