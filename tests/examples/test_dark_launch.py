"""examples/dark-launch: version 2 comes without traffic, and takes over later."""

from typing import Any

from tests.pulumi_gcp.stacks import Place

from .course import FIRST, Course, Example, Expected
from .promises import Promises
from .surroundings import MODEL, tuned_model

ENDPOINT = "projects/acme/locations/us/endpoints/4711"


def prepare(place: Place) -> dict[str, str]:
    """A model with two versions."""
    return {"model": tuned_model(place, versions=2)}


def look(place: Place, outputs: dict[str, Any]) -> dict[str, int]:
    """Percent of the traffic by number of each version on the endpoint."""
    endpoint = place.ask("GET", f"/v1beta1/{outputs['endpoint']}")
    split = endpoint["trafficSplit"]
    return {deployed["modelVersionId"]: split.get(deployed["id"], 0) for deployed in endpoint["deployedModels"]}


class TestDarkLaunch(Promises):
    example = Example(
        folder="dark-launch",
        prepare=prepare,
        look=look,
        steps={
            FIRST: Expected(
                changes=dict.fromkeys(("bot", "live"), "create"),
                jobs=2,
                outputs={"endpoint": ENDPOINT, "newest": f"{MODEL}@1"},
            ),
            "2-without-traffic": Expected(
                changes={"live": "update"}, jobs=2, outputs={"endpoint": ENDPOINT, "newest": f"{MODEL}@2"}
            ),
            "3-all-traffic": Expected(
                changes={"live": "update"}, jobs=2, outputs={"endpoint": ENDPOINT, "newest": f"{MODEL}@2"}
            ),
        },
    )

    def test_new_version_is_there_before_it_has_traffic(self, course: Course) -> None:
        """Version 1 serves until the last step, and then goes."""
        assert [taken.seen for taken in course.steps.values()] == [{"1": 100}, {"1": 100, "2": 0}, {"2": 100}]
