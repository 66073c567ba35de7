"""examples/sft-then-rft: a chain of two jobs, and a change that trains nothing."""

from .course import FIRST, Course, Example, Expected
from .promises import Promises
from .surroundings import MODELS_OF_THE_CHAIN, datasets_of_the_chain


class TestSftThenRft(Promises):
    example = Example(
        folder="sft-then-rft",
        prepare=datasets_of_the_chain,
        steps={
            FIRST: Expected(
                changes=dict.fromkeys(("support-sft", "support-rft"), "create"),
                jobs=2,
                outputs=MODELS_OF_THE_CHAIN,
            ),
            "2-new-labels": Expected(
                changes=dict.fromkeys(("support-sft", "support-rft"), "update"),
                jobs=2,
                outputs=MODELS_OF_THE_CHAIN,
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
