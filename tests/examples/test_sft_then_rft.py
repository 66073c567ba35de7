"""examples/sft-then-rft: a chain of two jobs, and a change that trains nothing."""

from tests.pulumi_gcp.stacks import Place

from .course import FIRST, Course, Example, Expected
from .promises import Promises
from .surroundings import DATASETS, MODEL, put_datasets

OUTPUTS = {"sft": f"{MODEL}@1", "rft": f"{MODEL}@2"}
FILES = ("support-sft-train.jsonl", "support-rft-train.jsonl", "support-rft-validation.jsonl")


def prepare(place: Place) -> dict[str, str]:
    """The files of stacks/datasets under their own names."""
    put_datasets(place, {name: name for name in FILES})
    return {"datasets": DATASETS}


class TestSftThenRft(Promises):
    example = Example(
        folder="sft-then-rft",
        prepare=prepare,
        steps={
            FIRST: Expected(
                changes=dict.fromkeys(("support-sft", "support-rft"), "create"),
                jobs=2,
                outputs=OUTPUTS,
            ),
            "2-new-labels": Expected(
                changes=dict.fromkeys(("support-sft", "support-rft"), "update"),
                jobs=2,
                outputs=OUTPUTS,
            ),
        },
    )

    def test_reinforcement_continues_from_version_and_checkpoint(self, course: Course) -> None:
        """The second job names the first one's version and its first checkpoint as its source."""
        outputs = course.steps[FIRST].step.outputs

        _, rft = course.place.emulator.jobs()

        source = rft["preTunedModel"]
        assert (source["tunedModelName"], source["checkpointId"]) == (outputs["sft"], "1")
        assert outputs["rft"].partition("@")[0] == outputs["sft"].partition("@")[0]
