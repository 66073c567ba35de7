"""examples/typescript/sft-then-rft: the chain of two jobs by a generated SDK, and what trains again."""

from .course import FIRST, Course, Example, Expected
from .promises import Promises
from .surroundings import MODELS_OF_THE_CHAIN, datasets_of_the_chain

BOTH = ("support-sft", "support-rft")


class TestTypescriptSftThenRft(Promises):
    example = Example(
        folder="typescript/sft-then-rft",
        prepare=datasets_of_the_chain,
        steps={
            FIRST: Expected(changes=dict.fromkeys(BOTH, "create"), jobs=2, outputs=MODELS_OF_THE_CHAIN),
            "2-new-labels": Expected(changes={"support-sft": "update"}, jobs=2, outputs=MODELS_OF_THE_CHAIN),
            "3-more-epochs": Expected(changes=dict.fromkeys(BOTH, "replace"), jobs=4, outputs=MODELS_OF_THE_CHAIN),
        },
    )

    def test_reinforcement_continues_from_the_version_of_the_same_run(self, course: Course) -> None:
        """More epochs make a new version, and the second job continues from that one."""
        outputs = course.steps["3-more-epochs"].step.outputs

        *_, rft = course.place.emulator.jobs()

        assert rft["preTunedModel"]["tunedModelName"] == outputs["sft"]
