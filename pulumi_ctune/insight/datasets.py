"""The datasets of jobs as they lie there now, and whether they still are what was trained on."""

from collections.abc import Iterable

from pulumi_ctune.core.api import StorageObject, TuningJob, Vertex
from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.tuning_job.request import Submitted


def datasets_of(vertex: Vertex, jobs: Iterable[TuningJob]) -> dict[str, StorageObject]:
    """The datasets of these jobs by URI; without those that are gone or cannot be looked at."""
    found = {}
    for uri in dict.fromkeys(uri for job in jobs for uri in Submitted.of(job).datasets.values()):
        try:
            there = vertex.get_object(uri)
        except CtuneError:  # for information only: a graph or a report stands without it
            continue
        if there is not None:
            found[uri] = there
    return found


def has_changed_since(job: TuningJob, there: StorageObject) -> bool:
    """Whether the object was written after the job was made."""
    return bool(there.update_time and job.create_time and there.update_time > job.create_time)
