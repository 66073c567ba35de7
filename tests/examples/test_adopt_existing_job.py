"""examples/adopt-existing-job: a job that somebody else submitted becomes a resource, and no other is made."""

from tests.pulumi_gcp.stacks import Place

from .course import FIRST, Course, Example, Expected
from .promises import Promises
from .surroundings import DATASETS, MODEL, run_job

OUTPUTS = {"job": r"projects/\d+/locations/us-central1/tuningJobs/\d+", "tuned_model_name": f"{MODEL}@1"}


def prepare(place: Place) -> dict[str, str]:
    """A finished job, as the console would have made it."""
    job = run_job(place, {"baseModel": "gemini-3.5-flash"}, tunedModelDisplayName="contracts")
    return {"datasets": DATASETS, "job": job["name"].rpartition("/")[2]}


class TestAdoptExistingJob(Promises):
    example = Example(
        folder="adopt-existing-job",
        prepare=prepare,
        steps={
            FIRST: Expected(changes={"contracts": "create"}, jobs=1, outputs=OUTPUTS),
            "2-adopted": Expected(changes={}, jobs=1, outputs=OUTPUTS),
        },
    )

    def test_job_in_the_state_is_the_one_that_was_there(self, course: Course) -> None:
        """The resource is the existing job, with the model that it made."""
        outputs = course.steps[FIRST].step.outputs

        (job,) = course.place.emulator.jobs()

        assert (outputs["job"], outputs["tuned_model_name"]) == (job["name"], job["tunedModel"]["model"])
