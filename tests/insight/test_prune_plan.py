"""What `ctune prune` may list: random worlds held to the rules written a second time, and each reason by itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from pulumi_ctune.core import ownership
from pulumi_ctune.insight.prune.mentions import Mentions, names_in
from pulumi_ctune.insight.prune.plan import plan
from pulumi_ctune.insight.prune.protection import PROTECTIONS
from tests.insight.worlds import OURS, PLACE, SERVED, THEIRS, Described, Judged, Later, Made, built

OVER, FAILED, RUNNING = "JOB_STATE_SUCCEEDED", "JOB_STATE_FAILED", "JOB_STATE_RUNNING"
HOLD = "0123456789abcdef0123-0123456789abcdef"


unhurried = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A loaded machine fails nothing."""


def mostly(usual: object, *others: object) -> st.SearchStrategy[Any]:
    """Rarely something that protects: else nothing would ever be listed."""
    return st.sampled_from([*[usual] * (3 * len(others)), *others])


@st.composite
def worlds(draw: st.DrawFn) -> Described:
    made = []
    for index in range(draw(st.integers(1, 6))):
        made.append(
            Made(
                model=draw(st.integers(0, 2)),
                stack=draw(mostly(OURS, THEIRS, "")),
                state=draw(mostly(OVER, FAILED, RUNNING)),
                mark=draw(mostly(ownership.ABANDONED, "", HOLD)),
                alias=draw(mostly("", f"golden{index}")),
                served=draw(mostly("", "elsewhere", "again", "beside another")),
                named=draw(mostly("", "version", "job", "endpoint", "alias", "model")),
                source=draw(st.sampled_from([None, None, *range(index)])),
                is_there=draw(mostly(True, False)),
                days_old=draw(st.integers(0, 60)),
            )
        )
    indices = st.integers(0, len(made) - 1)
    later = st.builds(
        Later,
        indices,
        st.sampled_from([OURS, THEIRS, ""]),
        st.sampled_from([RUNNING, FAILED, OVER]),
        st.sampled_from(["number", "model"]),
    )
    judged = st.builds(
        Judged,
        indices,
        st.sampled_from([OURS, OURS, THEIRS, ""]),
        st.sampled_from(["SUCCEEDED", "SUCCEEDED", "FAILED", "INFERENCE"]),
        mostly(False, True),
    )
    return Described(
        made,
        draw(st.lists(later, max_size=1)),
        draw(st.lists(judged, max_size=2)),
        draw(st.lists(st.integers(0, 2), min_size=3, max_size=3)),
        draw(st.lists(st.integers(0, 2), max_size=1)),
    )


def goes(world: Described, keep: int, older_than: int) -> set[str]:
    """The names that may be listed, by the rules in the words of the command's help."""
    made = world.made
    there = [index for index, each in enumerate(made) if each.is_there]
    going = {index for index in there if not _is_needed(world, index) and made[index].days_old > (older_than or -1)}
    for model in range(3):
        line = [i for i in there if made[i].model == model and made[i].stack == OURS]
        going -= {*sorted(line, key=lambda i: made[i].days_old)[:keep]}
    for index in sorted(going):
        if world.is_default(index) and any(made[i].model == made[index].model for i in there if i not in going):
            going.discard(index)
    found = {world.version(index) for index in going}
    for index, each in enumerate(made):
        is_left = (
            not each.is_there
            and each.model not in world.pending
            and each.stack == OURS
            and each.state != RUNNING
            and each.served != "beside another"
        )
        if is_left and each.named not in ("job", "endpoint") and each.days_old > (older_than or -1):
            found.add(world.endpoint(index))
    for index, run in enumerate(world.judged):
        is_free = run.stack == OURS and not run.is_named and run.state in ("SUCCEEDED", "FAILED") and run.of in there
        if is_free and (older_than or -1) < 1 and (run.of in going or run.state == "FAILED"):
            found.add(world.run(index))
    return found


def _is_needed(world: Described, index: int) -> bool:
    each = world.made[index]
    return (
        each.stack != OURS
        or each.state == RUNNING
        or each.mark == HOLD
        or (not each.mark and each.model in world.pending)
        or bool(each.alias)
        or bool(each.served)
        or each.named in ("version", "job", "endpoint")
        or any(_means(world, other, index) for other in range(len(world.made)) if world.made[other].named)
        or any(other.source == index and _stays(other) for other in world.made)
        or any(_is_source(world, later, index) for later in world.later)
        or any(run.of == index and run.state == "INFERENCE" for run in world.judged)
    )


def _means(world: Described, other: int, index: int) -> bool:
    """Whether the bare name of a model, which a text has of `other`, means this version."""
    same = world.made[other].model == world.made[index].model
    return same and world.made[other].named == "model" and world.is_default(index)


def _stays(later: Made) -> bool:
    """Whether a job that has made something still counts."""
    return later.is_there or later.stack != OURS or later.state == RUNNING


def _is_source(world: Described, later: Later, index: int) -> bool:
    if later.stack == OURS and later.state != RUNNING:
        return False
    if later.by == "number":
        return later.source == index
    return world.made[later.source].model == world.made[index].model


@unhurried
@given(world=worlds(), keep=st.integers(0, 2), older_than=st.sampled_from([0, 0, 20]))
def test_random_worlds_lose_what_nobody_needs_and_nothing_else(world: Described, keep: int, older_than: int) -> None:
    """What is listed is exactly what the rules let go, written down twice."""
    found = plan(built(world), keep=keep, older_than=timedelta(days=older_than))

    listed = {item.name for item in found.listed}
    event(f"{min(len(listed), 3)} listed")
    assert listed == goes(world, keep, older_than)


@unhurried
@given(world=worlds())
def test_listed_and_kept_are_all_that_the_stack_has_made(world: Described) -> None:
    """Nothing of the stack's own is passed over in silence, and nothing is in both lists."""
    found = plan(built(world))

    listed, kept = [item.name for item in found.listed], [each.item.name for each in found.kept]
    own = {world.version(i) for i, each in enumerate(world.made) if each.is_there and each.stack == OURS}
    assert len({*listed, *kept}) == len(listed) + len(kept)
    assert own <= {*listed, *kept}


FREE = Made()
PROTECTED: dict[str, tuple[str, Described, str]] = {
    "of another stack": (
        "made_by_others",
        Described([FREE], judged=[Judged(0, THEIRS, state="FAILED")]),
        "evaluationRuns/1",
    ),
    "running job": ("under_way", Described([replace(FREE, state=RUNNING)]), "m0@1"),
    "run that goes on": ("under_way", Described([FREE], judged=[Judged(0, state="INFERENCE")]), "evaluationRuns/1"),
    "of a cut update": ("pending", Described([replace(FREE, mark="")], pending=[0]), "m0@1"),
    "claimed": ("claimed", Described([replace(FREE, mark=HOLD)]), "m0@1"),
    "named by a state": ("named", Described([replace(FREE, named="version")]), "m0@1"),
    "its job named": ("named", Described([replace(FREE, named="job")]), "m0@1"),
    "its endpoint named": ("named", Described([replace(FREE, named="endpoint")]), "m0@1"),
    "its model named": ("named", Described([replace(FREE, named="model")]), "m0@1"),
    "its run named": ("named", Described([FREE], judged=[Judged(0, is_named=True)]), "evaluationRuns/1"),
    "aliased": ("pointed_at", Described([replace(FREE, alias="golden")]), "m0@1"),
    "served elsewhere": ("served", Described([replace(FREE, served="elsewhere")]), "m0@1"),
    "deployed once more": ("served", Described([replace(FREE, served="again")]), "m0@1"),
    "endpoint with another's model": ("served", Described([replace(FREE, served="beside another")]), "m0@1"),
    "continued by a running job": ("continued", Described([FREE], [Later(0)]), "m0@1"),
    "continued under another name": ("continued", Described([FREE], [Later(0, by="model")]), "m0@1"),
    "continued by others": ("continued", Described([FREE], [Later(0, THEIRS, FAILED)]), "m0@1"),
    "continued by what is there": ("continued", Described([FREE, Made(model=1, source=0)]), "m0@1"),
    "being evaluated": ("judged", Described([FREE], judged=[Judged(0, THEIRS, "INFERENCE")]), "m0@1"),
}


@pytest.mark.parametrize(("protection", "world", "what"), PROTECTED.values(), ids=PROTECTED)
def test_one_protection_alone_keeps_it(protection: str, world: Described, what: str) -> None:
    """With all of them it stays; without this one it is listed: no other would have kept it."""
    others = {name: protect for name, protect in PROTECTIONS.items() if name != protection}

    with_it = [item.name for item in plan(built(world)).listed]
    without_it = [item.name for item in plan(built(world), protections=others).listed]

    assert not [name for name in with_it if name.endswith(what)]
    assert [name for name in without_it if name.endswith(what)]


def test_every_protection_has_a_world_of_its_own() -> None:
    assert {protection for protection, _, _ in PROTECTED.values()} == {*PROTECTIONS}


def listed(world: Described, **options: object) -> Sequence[str]:
    return [item.name.rpartition("/")[2] for item in plan(built(world), **options).listed]  # type: ignore[arg-type]


def test_later_job_that_left_nothing_keeps_nothing() -> None:
    """A chain goes from its end: once the last link is gone, the one before it may go."""
    assert listed(Described([FREE, Made(model=1, source=0, is_there=False)])) == ["2", "m0@1"]


def test_default_version_stays_with_its_model() -> None:
    """And goes with it, after the others."""
    two = [FREE, replace(FREE, days_old=5)]

    assert listed(Described(two)) == ["m0@2", "m0@1"]
    assert listed(Described([FREE, replace(FREE, alias="golden")])) == []


def test_newest_of_each_resource_stay() -> None:
    """Kept ones count as well."""
    made = [Made(days_old=30), Made(days_old=20), Made(days_old=10), Made(model=1, days_old=40)]

    assert listed(Described(made, defaults=[2, 0]), keep=1) == ["m0@1", "m0@2"]


def test_what_is_young_stays() -> None:
    assert listed(
        Described([Made(model=0, days_old=31), Made(model=1, days_old=29)]), older_than=timedelta(days=30)
    ) == ["m0@1"]


def test_version_comes_right_after_what_judges_it() -> None:
    """A run whose version is gone would be found no more."""
    world = Described([Made(days_old=9), Made(model=1, days_old=8)], judged=[Judged(1), Judged(0)])

    assert listed(world) == ["2", "m0@1", "1", "m1@1"]


@pytest.mark.parametrize("where", ["world", "inventory"])
def test_nothing_is_listed_where_something_could_not_be_read(where: str) -> None:
    """What cannot be read may be what needs it."""
    world = built(Described([FREE]))
    gap = "an endpoint could not be read"
    if where == "world":
        world = replace(world, gaps=[gap])
    else:
        world = replace(world, inventory=replace(world.inventory, gaps=[gap]))

    found = plan(world)

    assert (list(found.listed), list(found.gaps)) == ([], [gap])


@pytest.mark.parametrize(
    "text",
    [
        '{"endpoint": "projects/42/locations/us/endpoints/7"}',
        r'{"endpoint": "projects\/42\/locations\/us\/endpoints\/7"}',
        "at https://us-aiplatform.googleapis.com/v1/projects/42/locations/us/endpoints/7:generateContent",
        "serves projects%2F42%2Flocations%2Fus%2Fendpoints%2F7 now",
        "endpoint: projects/42/locations/us/endpoints/7 # prod",
    ],
)
def test_name_is_found_wherever_it_stands(text: str) -> None:
    """In JSON, in a URL, in YAML."""
    assert [*names_in(text)] == [("us", "endpoints/7")]


ENDPOINT, OF_MODEL = f"{SERVED}/endpoints/8335246821521393909", f"{PLACE}/models/4243528206030277080"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"endpoint": "8335246821521393909"}', ENDPOINT),  # a member of an endpoint's IAM, in another stack's state
        ("ENDPOINT_ID=8335246821521393909\n", ENDPOINT),
        ("https://8335246821521393909.us-42.prediction.vertexai.goog", ENDPOINT),
        ("call endpoints/8335246821521393909:predict.", ENDPOINT),
        ("projects/${gcp:project}/locations/us/endpoints/8335246821521393909", ENDPOINT),
        ('f"projects/{project}/locations/{region}/endpoints/8335246821521393909"', ENDPOINT),
        (r"{\"release\": \"projects\\/42\\/locations\\/us\\/endpoints\\/8335246821521393909\"}", ENDPOINT),
        ("models/4243528206030277080@2", f"{OF_MODEL}@2"),
        ("model: 4243528206030277080", f"{OF_MODEL}@2"),
        ("model: 4243528206030277080", OF_MODEL),
    ],
)
def test_name_without_its_place_may_be_in_any(text: str, named: str) -> None:
    """What cannot be told is kept."""
    assert Mentions.of({"app.env": text}).who(named) == "app.env"


@pytest.mark.parametrize(
    "text",
    [
        f"{OF_MODEL}@1",
        f"{OF_MODEL}@20",
        f"projects/42/locations/europe-west4/models/{OF_MODEL.rpartition('/')[2]}@2",
        "0.4243528206030277080 seconds, 4243528206030277080.5 and a4243528206030277080",
        "models/4243528206030277080",  # the alias `default`
    ],
)
def test_name_of_another_version_keeps_nothing(text: str) -> None:
    assert Mentions.of({"app.env": text}).who(f"{OF_MODEL}@2") == ""
