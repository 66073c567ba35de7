"""A version that is deployed without traffic, and what becomes of it."""

from collections.abc import Iterator

import pytest

from pulumi_ctune.core.errors import InvalidInputError
from tests.core.rig import Rig
from tests.core.serving import Serving


@pytest.fixture(name="serving")
def serving_fixture(rig: Rig) -> Iterator[Serving]:
    with Serving.start(rig) as serving:
        yield serving


def test_version_without_traffic_leaves_the_serving_one_alone(serving: Serving) -> None:
    """It is there to be tried; what serves keeps everything, and is what to roll back to."""
    live = serving.create(serving.versions[0])
    dark = serving.update(live, serving.versions[1], traffic_percent=0)

    assert serving.traffic() == {"1": 100}
    assert (dark["version_id"], dark["previous_tuned_model_name"]) == ("2", serving.versions[0])
    found = serving.read(dark)
    assert found is not None
    assert found.state == dark


def test_version_without_traffic_takes_over_when_the_program_says_so(serving: Serving) -> None:
    """Nothing is deployed anew, and the one that served goes."""
    dark = serving.update(serving.create(serving.versions[0]), serving.versions[1], traffic_percent=0)
    serving.forget_requests()

    live = serving.update(dark, serving.versions[1], traffic_percent=100)

    assert serving.traffic() == {"2": 100}
    assert live["deployed_model_id"] == dark["deployed_model_id"]
    assert not any(":deployModel" in write for write in serving.writes())
    assert [*serving.deployed()] == [live["deployed_model_id"]]


def test_next_version_without_traffic_takes_the_place_of_the_last_one(serving: Serving) -> None:
    """What serves stays; of those without traffic there is one."""
    dark = serving.update(serving.create(serving.versions[0]), serving.versions[1], traffic_percent=0)

    serving.update(dark, serving.versions[2], traffic_percent=0)

    assert serving.traffic() == {"1": 100}
    assert len(serving.deployed()) == 2


def test_first_version_can_be_without_traffic(serving: Serving) -> None:
    """On an endpoint where nothing serves, nothing serves afterwards."""
    state = serving.create(serving.versions[0], traffic_percent=0)

    assert serving.traffic() == {}
    assert len(serving.deployed()) == 1
    serving.update(state, serving.versions[0])
    assert serving.traffic() == {"1": 100}


def test_last_version_that_serves_keeps_its_traffic(serving: Serving) -> None:
    """Nobody could take it."""
    state = serving.create(serving.versions[0])

    with pytest.raises(InvalidInputError, match="nothing could keep the other 100 percent"):
        serving.update(state, serving.versions[0], traffic_percent=0)

    assert serving.traffic() == {"1": 100}


def test_deployment_of_somebody_else_keeps_its_traffic(serving: Serving) -> None:
    """Beside a resource that serves, another one may have a version without traffic."""
    serving.deploy_foreign("77", serving.versions[2], {"0": 100})

    state = serving.create(serving.versions[0], traffic_percent=0)
    serving.update(state, serving.versions[1], traffic_percent=0)

    assert serving.traffic() == {"3": 100}
    assert len(serving.deployed()) == 2
