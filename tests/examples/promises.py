"""What holds of every example. Each test class of an example has these tests beside its own."""

import re
from typing import Any, ClassVar

from .course import FIRST, Course, Example


class Promises:
    """The tests of one example, which the subclass names."""

    example: ClassVar[Example]

    def test_first_preview_plans_what_up_does(self, course: Course) -> None:
        """Nothing that is known only later stops a preview or changes the plan."""
        assert course.planned.changed() == self.example.steps[FIRST].changes

    def test_each_step_changes_what_it_should(self, course: Course) -> None:
        """The operations of each step, resource by resource."""
        actual = {name: taken.step.changed() for name, taken in course.steps.items()}

        assert actual == {name: step.changes for name, step in self.example.steps.items()}

    def test_nothing_is_left_to_do_after_a_step(self, course: Course) -> None:
        """A preview of the same program shows no change, nor does one that looks at everything anew."""
        actual = {name: taken.again.changed() for name, taken in course.steps.items()}

        assert actual == {name: step.left for name, step in self.example.steps.items()}

    def test_only_what_is_meant_to_fail_fails(self, course: Course) -> None:
        """A step that is to be refused ends with its one line, any other without an error."""
        errors = {name: "\n".join(taken.step.run.errors[:1]) for name, taken in course.steps.items()}

        unexpected = {
            name: errors[name]
            for name, step in self.example.steps.items()
            if not re.fullmatch(step.error, errors[name])
        }

        assert unexpected == {}

    def test_each_job_is_run_once(self, course: Course) -> None:
        """After each step there are as many jobs as were meant, and all of them succeeded."""
        actual = {name: taken.jobs for name, taken in course.steps.items()}

        assert actual == {name: ["JOB_STATE_SUCCEEDED"] * step.jobs for name, step in self.example.steps.items()}

    def test_outputs_are_there_and_in_shape(self, course: Course) -> None:
        """Each step exports the values that it is about."""
        actual = {name: _shapes(taken.step.outputs, self.example, name) for name, taken in course.steps.items()}

        assert actual == {name: dict(step.outputs) for name, step in self.example.steps.items()}

    def test_only_what_is_meant_is_warned_of(self, course: Course) -> None:
        """A program to be copied causes no warnings but those that belong to its subject."""
        actual = {
            name: tuple(found.message for found in taken.step.run.log.diagnostics if found.severity == "warning")
            for name, taken in course.steps.items()
        }

        assert actual == {name: step.warnings for name, step in self.example.steps.items()}

    def test_destroy_takes_everything_away(self, course: Course) -> None:
        """Nothing of the example stays in the stack, and at Google only the tuned models and what they need."""
        *_, last = course.steps.values()
        resources = {
            name for name, found in last.step.resources.items() if not found["type"].startswith("pulumi:p")
        }  # the stack and its providers

        assert course.destroyed.changed() == dict.fromkeys(resources, "delete")
        assert tuple(thing.partition(" ")[0] for thing in course.left) == self.example.kept


def _shapes(outputs: dict[str, Any], example: Example, step: str) -> dict[str, Any]:
    """Each output's expression if the output matches it, else the output itself."""
    wanted = example.steps[step].outputs
    return {
        key: wanted[key] if key in wanted and re.fullmatch(wanted[key], str(value)) else value
        for key, value in outputs.items()
    }
