"""What is examined: the settings, and what the jobs of a stack would be submitted with."""

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi_ctune.config import Settings
from pulumi_ctune.core import names


@dataclass(frozen=True)
class PlannedJob:
    """A tuning job that `pulumi up` may submit. What is known only after the update is empty here and in `later`."""

    resource: str
    project: str = ""
    location: str = ""
    base_model: str = ""
    datasets: Sequence[str] = ()
    """URIs of training and validation data."""
    key: str = ""
    service_account: str = ""
    later: Sequence[str] = ()
    """Inputs whose values are not known yet, or are secret."""


@dataclass(frozen=True)
class Subject:
    """`stack` is empty where only settings and environment are looked at. `planned` is None where nothing tells it."""

    settings: Settings
    stack: str = ""
    planned: Sequence[PlannedJob] | None = None

    @property
    def jobs(self) -> Sequence[PlannedJob]:
        return self.planned or ()

    @property
    def projects(self) -> Sequence[str]:
        """Where jobs are submitted: those of the planned jobs, or else that of the settings."""
        named = [job.project for job in self.jobs if job.project] or [self.settings.project or ""]
        return [*dict.fromkeys(filter(None, named))]

    @property
    def places(self) -> Sequence[tuple[str, str]]:
        """Project and region of jobs, as far as they are known."""
        settings = self.settings
        named = [(job.project, job.location) for job in self.jobs] or [(settings.project or "", settings.region or "")]
        return [place for place in dict.fromkeys(named) if all(place)]

    @property
    def datasets(self) -> Sequence[str]:
        """Objects in Cloud Storage, each once."""
        return [*dict.fromkeys(uri for job in self.jobs for uri in job.datasets if names.object_in(uri))]
