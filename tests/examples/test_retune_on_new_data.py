"""examples/retune-on-new-data: a changed file of examples is another job, and the model's next version."""

from tests.pulumi_gcp.stacks import Place

from .course import FIRST, Course, Example, Expected
from .promises import Promises
from .surroundings import MODEL, tuned_model

OBJECT = r"train-[0-9a-f]{12}\.jsonl"


def prepare(place: Place) -> dict[str, str]:
    """A model with one version, made elsewhere."""
    return {"source": f"{tuned_model(place, versions=1)}@1"}


class TestRetuneOnNewData(Promises):
    example = Example(
        folder="retune-on-new-data",
        prepare=prepare,
        look=lambda place, outputs: place.has(f"/v1beta1/{outputs['tuned_model_name'].partition('@')[0]}@2"),
        steps={
            FIRST: Expected(
                changes=dict.fromkeys(("faq-examples", "tuning-reads", "train", "faq"), "create"),
                jobs=2,
                outputs={"tuned_model_name": f"{MODEL}@2", "trained_on": OBJECT},
            ),
            "2-more-examples": Expected(
                changes={"train": "replace", "faq": "replace"},
                jobs=3,
                outputs={"tuned_model_name": f"{MODEL}@3", "trained_on": OBJECT},
            ),
        },
    )

    def test_each_job_is_trained_on_the_file_as_it_was(self, course: Course) -> None:
        """The object's name carries the content's hash: 20 examples first, then 26."""
        _, first, then = course.place.emulator.jobs()

        stats = [job["tuningDataStats"]["supervisedTuningDataStats"] for job in (first, then)]
        assert [item["tuningDatasetExampleCount"] for item in stats] == ["20", "26"]

    def test_each_job_continues_from_the_same_source(self, course: Course) -> None:
        """The second job starts where the first one did, and not from what that one made."""
        source, *jobs = course.place.emulator.jobs()

        sources = [job["preTunedModel"]["tunedModelName"] for job in jobs]
        assert sources == [source["tunedModel"]["model"]] * 2

    def test_version_that_is_replaced_stays(self, course: Course) -> None:
        """What the replaced job made is left in the Model Registry."""
        assert course.steps["2-more-examples"].seen
