"""examples/canary: one endpoint, on which traffic goes to version 1, then a tenth and then all of it to version 2."""

from typing import Any, NamedTuple

from tests.pulumi_gcp.stacks import Place

from .course import FIRST, Course, Example, Expected
from .promises import Promises
from .surroundings import MODEL, tuned_model

EXPERIMENTAL = (
    "traffic_percent: 10 makes this version a canary, which is experimental: Google documents neither two tuned Gemini "
    "versions on one endpoint nor which of them has answered"
)
ENDPOINT = "projects/acme/locations/us/endpoints/4711"


def prepare(place: Place) -> dict[str, str]:
    """A model with two versions."""
    return {"model": tuned_model(place, versions=2)}


class Endpoint(NamedTuple):
    """Percent of the traffic by version number, and who has which role."""

    traffic: dict[str, int]
    members: dict[str, list[str]]


def look(place: Place, outputs: dict[str, Any]) -> Endpoint:
    """The endpoint as it is."""
    endpoint = place.ask("GET", f"/v1beta1/{outputs['endpoint']}")
    split = endpoint["trafficSplit"]
    traffic = {deployed["modelVersionId"]: split[deployed["id"]] for deployed in endpoint["deployedModels"]}
    return Endpoint(traffic, place.policy(outputs["endpoint"]))


class TestCanary(Promises):
    example = Example(
        folder="canary",
        prepare=prepare,
        look=look,
        steps={
            FIRST: Expected(
                changes=dict.fromkeys(("bot-account", "bot", "bot-calls", "live"), "create"),
                jobs=2,
                outputs={"endpoint": ENDPOINT, "live": f"{MODEL}@1"},
            ),
            "2-a-tenth": Expected(
                changes={"live": "update"},
                jobs=2,
                outputs={"endpoint": ENDPOINT, "live": f"{MODEL}@2", "roll_back_to": f"{MODEL}@1"},
                warnings=(EXPERIMENTAL,),
            ),
            "3-all-traffic": Expected(
                changes={"live": "update"},
                jobs=2,
                outputs={"endpoint": ENDPOINT, "live": f"{MODEL}@2", "roll_back_to": f"{MODEL}@1"},
            ),
        },
    )

    def test_traffic_goes_over_to_the_new_version_in_two_steps(self, course: Course) -> None:
        """All to version 1, then nine tenths, and at the end only version 2 is on the endpoint."""
        steps = course.steps.values()

        assert [taken.seen.traffic for taken in steps] == [{"1": 100}, {"1": 90, "2": 10}, {"2": 100}]

    def test_access_stays_while_versions_change(self, course: Course) -> None:
        """The bot's account is the one caller of the endpoint after each step; nothing about it is written anew."""
        assert [taken.seen.members for taken in course.steps.values()] == [
            {"roles/aiplatform.user": ["serviceAccount:support-bot@acme.iam.gserviceaccount.com"]}
        ] * 3
