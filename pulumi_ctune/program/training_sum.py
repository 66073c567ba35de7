"""One line for the whole stack: what all of its training runs take together, told once the last job is registered."""

from collections import deque
from weakref import WeakKeyDictionary, finalize

import pulumi
from pulumi.runtime.settings import get_root_resource

from pulumi_ctune.core import training_sum


class _Sum:
    def __init__(self) -> None:
        self.file = training_sum.new_file()
        finalize(self, _clear, self.file)  # a job that is refused is never registered
        self._open = 0

    def wait_for(self, job: pulumi.Resource) -> None:
        self._open += 1
        job.urn.apply(self._registered)

    def _registered(self, _: str) -> None:
        self._open -= 1
        if not self._open:
            for line in training_sum.take(self.file):
                pulumi.log.info(line)


def _clear(file: str) -> None:
    deque(training_sum.take(file), maxlen=0)


_sums: "WeakKeyDictionary[pulumi.Resource, _Sum]" = WeakKeyDictionary()
"""By the program's stack: a process of the Automation API runs many programs."""


def file() -> str | None:
    """The file for the provider's line; None outside of a stack."""
    found = _of_this_program()
    return found.file if found else None


def wait_for(job: pulumi.Resource) -> None:
    """Have the line wait for this job too."""
    if found := _of_this_program():
        found.wait_for(job)


def _of_this_program() -> _Sum | None:
    stack = get_root_resource()
    if stack is None:
        return None
    if stack not in _sums:
        _sums[stack] = _Sum()
    return _sums[stack]
