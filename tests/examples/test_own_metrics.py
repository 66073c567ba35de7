"""examples/own-metrics: results of the user's own harness let a version through."""

import json

from tests.pulumi_gcp.stacks import Place

from .course import FIRST, Course, Example, Expected
from .promises import Promises
from .surroundings import MODEL, tuned_model


def prepare(place: Place) -> dict[str, str]:
    """A model with two versions, and results of the first one."""
    model = tuned_model(place, versions=2)
    results = {"tuned_model_name": f"{model}@1", "metrics": {"accuracy": 0.9}, "total_items": 400, "source": "lm-eval"}
    return {"model": model, "results": json.dumps(results)}


class TestOwnMetrics(Promises):
    example = Example(
        folder="own-metrics",
        prepare=prepare,
        look=lambda place, outputs: place.ask("GET", f"/v1beta1/{outputs['prod']}")["versionId"],
        steps={
            FIRST: Expected(changes={"prod": "create"}, jobs=2, outputs={"prod": f"{MODEL}@prod", "version_id": "1"}),
        },
    )

    def test_version_that_was_evaluated_has_the_alias(self, course: Course) -> None:
        assert [taken.seen for taken in course.steps.values()] == ["1"]
