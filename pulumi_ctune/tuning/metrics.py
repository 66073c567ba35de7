"""The training series of a job, where they can be read: a finished model must not be lost over its numbers."""

from collections.abc import Mapping, Sequence

from pulumi_ctune.errors import ApiError
from pulumi_ctune.tuning.patience import Surroundings, patiently
from pulumi_ctune.tuning.resources import SeriesPoint, TuningJob, Vertex


def read_metrics(vertex: Vertex, job: TuningJob, world: Surroundings) -> Mapping[str, Sequence[SeriesPoint]]:
    """All series by name; empty, with a warning, where they cannot be read."""
    if not job.experiment:
        return {}
    try:
        return patiently(lambda: vertex.read_metrics(job.experiment), world)
    except ApiError as error:
        world.report.warn(f"the metrics of {job.name} cannot be read: {error.why}")
        return {}
