"""examples/retune-on-others-data: a job goes by the generation of an object that the program does not manage."""

from tests.pulumi_gcp.stacks import Place

from .course import FIRST, Course, Example, Expected
from .promises import Promises
from .surroundings import DATASETS, MODEL, put_datasets


def prepare(place: Place) -> dict[str, str]:
    """The object that somebody else writes."""
    put_datasets(place, {"train.jsonl": "support-sft-train.jsonl"})
    return {"datasets": DATASETS}


class TestRetuneOnOthersData(Promises):
    example = Example(
        folder="retune-on-others-data",
        prepare=prepare,
        steps={
            FIRST: Expected(
                changes={"support": "create"},
                jobs=1,
                outputs={"tuned_model_name": f"{MODEL}@1", "trained_on": r"\d+", "examples": r"\d+(\.0)?"},
            ),
        },
    )

    def test_job_is_of_the_generation_that_is_reported(self, course: Course) -> None:
        """What is exported is the object's own generation."""
        bucket, _, folder = DATASETS.removeprefix("gs://").partition("/")
        name = f"{folder}/train.jsonl".lstrip("/").replace("/", "%2F")

        found = course.place.ask("GET", f"/storage/v1/b/{bucket}/o/{name}")

        assert course.steps[FIRST].step.outputs["trained_on"] == found["generation"]
