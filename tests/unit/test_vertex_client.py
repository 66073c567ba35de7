"""The client as a whole: the core's seam, what it loads, and when."""

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

from pulumi_ctune.config import Settings
from pulumi_ctune.core.api import Vertex
from pulumi_ctune.vertex.client import VertexClient

if TYPE_CHECKING:
    _seam: Vertex = VertexClient(Settings())  # read by the type checker


def in_a_fresh_process(program: str) -> str:
    """What a Python program prints whose warnings are errors."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_client_has_every_call_of_the_seam() -> None:
    """`VertexClient` is the core's `Vertex`."""
    wanted = {name for name in vars(Vertex) if not name.startswith("_")}

    assert wanted - set(vars(VertexClient)) == set()


def test_importing_and_making_a_client_loads_no_sdk() -> None:
    """google-genai takes the better part of a second to load; a preview without changes never needs it."""
    loaded = in_a_fresh_process(
        """
        import sys
        from pulumi_ctune.config import Settings
        from pulumi_ctune.vertex.client import VertexClient
        VertexClient(Settings())
        print([name for name in ("google.genai", "google.auth", "httpx2", "tenacity") if name in sys.modules])
        """
    )

    assert loaded == "[]"


def test_reading_a_model_loads_no_sdk() -> None:
    """Only calls on tuning jobs need google-genai."""
    loaded = in_a_fresh_process(
        """
        import sys, httpx2
        from pulumi_ctune.config import Settings
        from pulumi_ctune.vertex.client import VertexClient
        document = {"name": "projects/1/locations/us-central1/models/1", "versionId": "1"}
        wire = httpx2.MockTransport(lambda request: httpx2.Response(200, json=document))
        client = VertexClient(Settings(access_token="t"), transport=wire)
        version = client.get_model_version("projects/p/locations/us-central1/models/1")
        print(version.version_id, "google.genai" in sys.modules)
        """
    )

    assert loaded == "1 False"


def test_first_submit_of_a_process_warns_of_nothing() -> None:
    """google-genai warns once that tuning is experimental; nobody can act on that during an `up`."""
    printed = in_a_fresh_process(
        """
        import httpx2
        from pulumi_ctune.config import Settings
        from pulumi_ctune.vertex.client import VertexClient
        job = {"name": "projects/1/locations/l/tuningJobs/2", "state": "JOB_STATE_NEW"}
        wire = httpx2.MockTransport(lambda request: httpx2.Response(200, json=job))
        client = VertexClient(Settings(access_token="t"), transport=wire)
        request = {"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": {"trainingDatasetUri": "gs://b/o"}}
        print(client.submit("p", "us-central1", request).state)
        """
    )

    assert printed == "JOB_STATE_NEW"
