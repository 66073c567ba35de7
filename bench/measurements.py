"""All measurements by name, and how long each usually takes: together less than `BUDGET_S`."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.commands import previews, ups
from bench.data import data
from bench.endings import endings
from bench.hosts import many_creates, many_jobs, many_waits
from bench.native import native
from bench.report import Line
from bench.requests import requests
from bench.starts import checks, imports
from tests.engine.harness import find_pulumi_bin

BUDGET_S = 600.0


@dataclass(frozen=True)
class Measurement:
    take: Callable[[], list[Line]]
    usual_s: float  # on two cores that have nothing else to do


MEASUREMENTS: Mapping[str, Measurement] = {
    "imports": Measurement(imports, 10),
    "checks": Measurement(checks, 10),
    "previews": Measurement(lambda: previews(find_pulumi_bin(os.environ)), 65),
    "ups": Measurement(lambda: ups(find_pulumi_bin(os.environ)), 30),
    "native": Measurement(lambda: native(find_pulumi_bin(os.environ)), 60),
    "jobs": Measurement(many_jobs, 85),
    "creates": Measurement(many_creates, 12),
    "waits": Measurement(many_waits, 150),
    "endings": Measurement(endings, 15),
    "requests": Measurement(requests, 3),
    "data": Measurement(data, 90),
}
