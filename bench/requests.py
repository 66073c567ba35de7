"""What it costs that a Ctrl-C can end any request: each runs in a thread of its own (`vertex.sending`)."""

import time
from statistics import median

import httpx2

from bench.report import Line
from pulumi_ctune.vertex.sending import Client, never

_REQUESTS = 1_000
_RUNS = 5
_URL = "http://localhost/v1beta1/projects/acme/locations/us-central1/tuningJobs/1"


def requests() -> list[Line]:
    """One request whose answer is there at once: all that is left is the client."""
    at_once = httpx2.MockTransport(lambda _: httpx2.Response(200, json={"state": "JOB_STATE_RUNNING"}))
    with (
        Client(on_interruption=never, transport=at_once) as ours,
        httpx2.Client(transport=at_once) as plain,
    ):
        pairs = [(_ms_for_one(ours), _ms_for_one(plain)) for _ in range(_RUNS)]
    return [
        Line(
            "one small request that can be interrupted",
            "ms",
            median(pair[0] for pair in pairs),
            median(pair[1] for pair in pairs),
            "httpx2 in the calling thread",
            f"median of {_RUNS} times {_REQUESTS:,}, answered at once",
        )
    ]


def _ms_for_one(client: httpx2.Client) -> float:
    began = time.perf_counter()
    for _ in range(_REQUESTS):
        client.get(_URL)
    return (time.perf_counter() - began) * 1000 / _REQUESTS
