"""Pulumi's dynamic host in which each wait reads its own job: `python -m bench.reading_host ADDRESS`."""

import runpy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.vertex.client import VertexClient


@contextmanager
def _read_alone(client: VertexClient, name: str) -> Iterator[Callable[[], TuningJob]]:
    yield partial(client.get_job, name)


def main() -> None:
    VertexClient.watched_job = _read_alone  # type: ignore[assignment,method-assign]
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)


main()
