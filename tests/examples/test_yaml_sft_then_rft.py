"""examples/yaml/sft-then-rft: the chain of two jobs without a line of Python, and what trains again."""

from .course import Course
from .promises import Promises
from .surroundings import chain_in


class TestYamlSftThenRft(Promises):
    example = chain_in("yaml")

    def test_reinforcement_continues_from_the_version_of_the_same_run(self, course: Course) -> None:
        """More epochs make a new version, and the second job continues from that one."""
        outputs = course.steps["3-more-epochs"].step.outputs

        *_, rft = course.place.emulator.jobs()

        assert rft["preTunedModel"]["tunedModelName"] == outputs["sft"]
