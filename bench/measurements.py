"""All measurements by name, each with its time limit; together the limits are below ten minutes."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.commands import previews, ups
from bench.data import data
from bench.endings import endings
from bench.hosts import many_creates, many_jobs, many_waits
from bench.report import Line
from bench.requests import requests
from bench.starts import checks, imports
from tests.engine.harness import find_pulumi_bin


@dataclass(frozen=True)
class Measurement:
    take: Callable[[], list[Line]]
    limit_s: float


MEASUREMENTS: Mapping[str, Measurement] = {
    "imports": Measurement(imports, 20),
    "checks": Measurement(checks, 20),
    "previews": Measurement(lambda: previews(find_pulumi_bin(os.environ)), 75),
    "ups": Measurement(lambda: ups(find_pulumi_bin(os.environ)), 45),
    "jobs": Measurement(many_jobs, 95),
    "creates": Measurement(many_creates, 20),
    "waits": Measurement(many_waits, 200),
    "endings": Measurement(endings, 20),
    "requests": Measurement(requests, 10),
    "data": Measurement(data, 95),
}
