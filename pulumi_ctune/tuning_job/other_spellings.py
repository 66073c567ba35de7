"""Whether a project or a source that is written in another way is still the job's own, asked of Google.

Texts cannot tell whether an id means the project of which the state knows the number alone, nor which version an alias
means now, or a name without a version: `diff.leaves_project_open` and `diff.open_source`. The diff calls such a
difference possible where it got no answer. The update has to know before it changes anything.
"""

from dataclasses import replace

from pulumi_ctune.core import names
from pulumi_ctune.core.api import Vertex
from pulumi_ctune.core.errors import InvalidInputError, NotFoundError
from pulumi_ctune.core.retry import WaitContext, explaining, patiently
from pulumi_ctune.core.source import Source
from pulumi_ctune.tuning_job import diff
from pulumi_ctune.tuning_job.draft import Draft
from pulumi_ctune.tuning_job.recorded_job import find_job
from pulumi_ctune.tuning_job.request import Request
from pulumi_ctune.tuning_job.state import State


def refuse_another_project(
    vertex: Vertex, context: WaitContext, urn: str, job_name: str, saved: State, request: Request
) -> None:
    """Return where the project of the inputs is that of the job; nothing is asked where the texts tell.

    Raises:
        InvalidInputError: it is another project.
        CtuneError: nobody could tell, or the wait was cut short.
    """
    old, new, recorded = saved.project, request.project, saved.tuned_model_name
    if not diff.leaves_project_open(saved, new):
        return
    try:
        with explaining(f"whether '{new}' and '{old}' are the same project could not be told", where="project"):
            there = replace(saved, tuned_model_name=recorded and _in_project(new, recorded))
            found = find_job(vertex, context, _in_project(new, job_name), there)
        is_other = names.same_resource(found.name, job_name) is False
    except NotFoundError:
        is_other = True
    if is_other:
        raise InvalidInputError(
            f"'{new}' is another project than '{old}'",
            where="project",
            why=f"it has no tuning job {names.last_segment(job_name)}, and a job cannot be moved",
            next_step=f"Put '{old}' back, or train in '{new}' with `pulumi up --replace '{urn}'`.",
        )


def _in_project(project: str, name: str) -> str:
    """The name with another project in it."""
    return f"projects/{project}/{name.split('/', 2)[2]}"


def refuse_another_source(
    vertex: Vertex,
    context: WaitContext,
    urn: str,
    saved: State,
    request: Request,
    accepted: Source | None,
) -> None:
    """Return where the source of the inputs is the recorded one; nothing is asked where the texts tell.

    Raises:
        InvalidInputError: it is another version.
        CtuneError: nobody could tell, or the wait was cut short.
    """
    asked = diff.open_source(saved, Draft.of(request.written), accepted)
    if asked is None or saved.source is None:
        return
    recorded = saved.source.tuned_model_name
    with explaining(f"whether {asked} still is {recorded} could not be told", where="pre_tuned_model.tuned_model_name"):
        found = patiently(lambda: vertex.get_model_version(asked).name, context)
    if names.same_resource(found, recorded) is False:
        raise InvalidInputError(
            f"{asked} is another version than {recorded}",
            where="pre_tuned_model.tuned_model_name",
            why=f"it is {found} now",
            next_step=f"Put the earlier name back, or train from it with `pulumi up --replace '{urn}'`.",
        )
