"""The provider's answers to single calls, over gRPC and without the CLI."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from vertex_emulator.pulumi_gcp.values import UNKNOWN

from .engine import Engine, engine_on, engines
from .stacks import Place

BUCKET = "gcp:storage/bucket:Bucket"
OBJECT = "gcp:storage/bucketObject:BucketObject"
RING = "gcp:kms/keyRing:KeyRing"
ACCOUNT = "gcp:serviceaccount/account:Account"
ENDPOINT = "gcp:vertex/aiEndpoint:AiEndpoint"
MEMBER = "gcp:vertex/aiEndpointIamMember:AiEndpointIamMember"
USER = "roles/aiplatform.user"
CONDITION = {"title": "office", "expression": "request.time.getHours() < 18"}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """This test's emulator."""
    return Place(tmp_path / "vertex")


@pytest.fixture
def engine(place: Place) -> Iterator[Engine]:
    """An engine whose provider works on `place`, for project `acme`."""
    with engine_on(place.folder) as engine:
        yield engine


def refusal(call: Any, *arguments: Any, **options: Any) -> str:
    """The one line with which a call is refused."""
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments, **options)
    return str(caught.value.details())


@pytest.mark.parametrize("where", ["", "https://us-central1-aiplatform.googleapis.com/v1beta1/", "embedded:"])
def test_config_that_names_no_state_directory_is_refused(where: str) -> None:
    """Nothing but `embedded[:DIR]` starts the emulator: whatever else is said, Google is meant."""
    with engines() as (engine,):
        line = refusal(engine.configure, project="acme", vertexAiCustomEndpoint=where)

    assert line.startswith("this pulumi-resource-gcp is the emulator's and never reaches Google")
    assert "\n" not in line


def test_each_provider_of_a_program_keeps_its_own_configuration(tmp_path: Path) -> None:
    """Two connections to one process have two projects."""
    with engines(2) as (one, other):
        one.configure(project="one", vertexAiCustomEndpoint=f"embedded:{tmp_path}")
        other.configure(project="other", vertexAiCustomEndpoint=f"embedded:{tmp_path}")

        projects = [engine.checked(RING, {"location": "us"})[0]["project"] for engine in (one, other)]

    assert projects == ["one", "other"]


def test_project_comes_from_the_environment_second(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `gcp:project` the variables that pulumi-gcp reads count."""
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "from-environment")
    with engines() as (engine,):
        engine.configure(vertexAiCustomEndpoint=f"embedded:{place.folder}")

        inputs, _ = engine.checked(RING, {"location": "us"})

    assert inputs["project"] == "from-environment"


def test_missing_project_is_refused_at_its_property(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any project the check names the property and the config key."""
    for name in ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    with engines() as (engine,):
        engine.configure(vertexAiCustomEndpoint=f"embedded:{place.folder}")

        _, refusals = engine.checked(RING, {"location": "us"})

    assert refusals == {
        "project": "it is not set, and neither is gcp:project (pulumi config set gcp:project ...)",
    }


def test_automatic_name_stays_though_the_seed_changes(engine: Engine) -> None:
    """A name that was automatic before is kept; the engine's seed is another one in each run."""
    first, _ = engine.checked(RING, {"location": "us"})

    later, _ = engine.checked(RING, {"location": "us"}, first, seed=bytes(32))

    assert first["name"] == "name-0001020"
    assert later == first


def test_automatic_name_after_an_explicit_one_is_new(engine: Engine) -> None:
    """A name that the program wrote before is not taken for an automatic one."""
    first, _ = engine.checked(RING, {"location": "us", "name": "written"})

    later, _ = engine.checked(RING, {"location": "us"}, first)

    assert later["name"] == "name-0001020"


def test_proposed_name_is_taken(engine: Engine) -> None:
    """Config `pulumi:autonaming` decides on names."""
    inputs, _ = engine.checked(RING, {"location": "us"}, proposed="acme-ring")

    assert inputs["name"] == "acme-ring"


@pytest.mark.parametrize(
    ("token", "named_by", "pattern"), [(ENDPOINT, "name", r"[1-9]\d{9}"), (ACCOUNT, "accountId", r"name-[0-9a-f]{7}")]
)
def test_automatic_name_is_one_that_google_takes(engine: Engine, token: str, named_by: str, pattern: str) -> None:
    """Endpoints have numbers of ten digits, accounts short ids."""
    inputs, _ = engine.checked(token, {"location": "us", "displayName": "shown"})

    assert re.fullmatch(pattern, inputs[named_by])


@pytest.mark.parametrize(("name", "deletes_first"), [("fixed", True), (None, False)], ids=["explicit", "automatic"])
def test_replacement_deletes_first_where_the_name_is_taken(
    engine: Engine, name: str | None, deletes_first: bool
) -> None:
    """Old and new can be there at the same time, unless the program insists on one name."""
    given = {"name": name} if name else {}
    olds, _ = engine.checked(RING, {"location": "us", **given})
    news, _ = engine.checked(RING, {"location": "eu", **given}, olds)

    diff = engine.diff(RING, "id", olds, news)

    assert list(diff.replaces) == ["location"]
    assert diff.deleteBeforeReplace == deletes_first


def test_unknown_input_that_decides_on_the_resource_plans_a_replacement(engine: Engine) -> None:
    """In a preview a bucket that is not known yet is another one."""
    olds = {"bucket": "one", "name": "n", "content": "c"}

    diff = engine.diff(OBJECT, "one-n", olds, olds | {"bucket": UNKNOWN})

    assert list(diff.replaces) == ["bucket"]


def test_asset_is_compared_by_its_content(engine: Engine) -> None:
    """Another path with the same bytes is no change."""
    mark = {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", "hash": "1" * 64}
    inputs = {"bucket": "b", "name": "n"}

    diff = engine.diff(OBJECT, "b-n", inputs | {"source": mark}, inputs | {"source": mark | {"path": "moved"}})

    assert list(diff.diffs) == []


def test_written_default_of_an_endpoint_is_no_change(engine: Engine) -> None:
    """The API leaves a false out of its answers: what a refresh reads then is what the program wrote."""
    olds = {"displayName": "e", "location": "us", "name": "1234567", "project": "acme"}

    diff = engine.diff(ENDPOINT, "id", olds, olds | {"dedicatedEndpointEnabled": False, "description": ""})

    assert list(diff.diffs) == []


def test_preview_of_a_create_makes_nothing(engine: Engine, place: Place) -> None:
    """Computed outputs are unknown, inputs are echoed, and no bucket comes to be."""
    resource_id, outputs = engine.create(BUCKET, {"location": "us", "name": "planned"}, preview=True)

    assert (resource_id, outputs["name"], outputs["url"]) == ("", "planned", UNKNOWN)
    assert not place.has("/storage/v1/b/planned")


def test_object_needs_exactly_one_content(engine: Engine) -> None:
    """Neither `content` nor `source`, or both, is refused before anything is made."""
    _, refusals = engine.checked(OBJECT, {"bucket": "b", "name": "n"})

    assert refusals == {"source": "an object has exactly one of `content` and `source`"}


def test_text_of_many_megabytes_arrives(engine: Engine, place: Place) -> None:
    """A dataset as text may be longer than gRPC's usual message."""
    engine.create(BUCKET, {"location": "us", "name": "large"})

    engine.create(OBJECT, {"bucket": "large", "name": "text", "content": "x" * (5 * 2**20)})

    assert len(place.content("large", "text")) == 5 * 2**20


def test_bucket_with_objects_is_not_deleted_by_accident(engine: Engine, place: Place) -> None:
    """Without `force_destroy` the objects of others keep the bucket; the line says how to do it."""
    bucket, outputs = engine.create(BUCKET, {"location": "us", "name": "full"})
    place.emulator.put_object("full", "precious", b"1")

    line = refusal(engine.delete, BUCKET, bucket, outputs)

    assert "The bucket you tried to delete is not empty." in line
    assert line.endswith("With force_destroy=True on the bucket its objects go too.")
    assert place.has("/storage/v1/b/full/o/precious")


def test_resource_with_policy_prevent_is_not_deleted(engine: Engine, place: Place) -> None:
    """PREVENT refuses the delete, and the resource stays."""
    ring, outputs = engine.create(RING, {"location": "us", "name": "ring", "deletionPolicy": "PREVENT"})

    line = refusal(engine.delete, RING, ring, outputs)

    assert "its deletion policy is PREVENT" in line
    assert place.records() == [f"{RING} {ring}"]


def test_resource_with_policy_abandon_is_let_go_of(engine: Engine, place: Place) -> None:
    """ABANDON lets the delete pass, and leaves the resource where it is."""
    ring, outputs = engine.create(RING, {"location": "us", "name": "ring", "deletionPolicy": "ABANDON"})

    engine.delete(RING, ring, outputs)

    assert place.records() == [f"{RING} {ring}"]


def test_name_that_exists_already_is_refused(engine: Engine) -> None:
    """A second key ring of one name is an error, as at Google, not the same ring in two stacks."""
    engine.create(RING, {"location": "us", "name": "taken"})

    line = refusal(engine.create, RING, {"location": "us", "name": "taken"})

    assert line.startswith(f"it exists already [{RING} projects/acme/locations/us/keyRings/taken]")


def test_full_endpoint_name_wins_over_the_location(engine: Engine, place: Place) -> None:
    """A member on a full name is on that endpoint, whatever the default location is."""
    endpoint, _ = engine.create(ENDPOINT, {"location": "us", "displayName": "e"})

    member, outputs = engine.create(
        MEMBER, {"endpoint": endpoint, "location": "us-central1", "role": USER, "member": "user:a@example.com"}
    )

    assert member == f"{endpoint}/{USER}/user:a@example.com"
    assert (outputs["endpoint"], outputs["location"]) == (endpoint, "us")
    assert place.policy(endpoint) == {USER: ["user:a@example.com"]}


def test_member_with_a_condition_has_a_binding_of_its_own(engine: Engine, place: Place) -> None:
    """Conditional and unconditional membership are two things; taking one away leaves the other."""
    endpoint, _ = engine.create(ENDPOINT, {"location": "us", "displayName": "e"})
    inputs = {"endpoint": endpoint, "location": "us", "role": USER, "member": "user:a@example.com"}
    engine.create(MEMBER, inputs)

    member, outputs = engine.create(MEMBER, inputs | {"condition": CONDITION})
    found, _ = engine.read(MEMBER, member)
    engine.delete(MEMBER, member, outputs)

    assert found == member
    assert engine.read(MEMBER, member) == ("", {})
    assert place.policy(endpoint) == {USER: ["user:a@example.com"]}


def test_members_of_many_threads_are_all_added(engine: Engine, place: Place) -> None:
    """Read, change and write of one policy does not lose a member that comes at the same time."""
    endpoint, _ = engine.create(ENDPOINT, {"location": "us", "displayName": "e"})
    members = [f"user:{n}@example.com" for n in range(24)]
    inputs = {"endpoint": endpoint, "location": "us", "role": USER}

    with ThreadPoolExecutor(24) as pool:
        list(pool.map(lambda member: engine.create(MEMBER, inputs | {"member": member}), members))

    assert sorted(place.policy(endpoint)[USER]) == sorted(members)


def test_import_takes_the_documented_spelling_of_a_membership(engine: Engine) -> None:
    """`pulumi import` may separate endpoint, role and member by spaces."""
    endpoint, _ = engine.create(ENDPOINT, {"location": "us", "displayName": "e"})
    engine.create(MEMBER, {"endpoint": endpoint, "location": "us", "role": USER, "member": "user:a@example.com"})

    found, inputs = engine.read(MEMBER, f"{endpoint} {USER} user:a@example.com")

    assert found == f"{endpoint}/{USER}/user:a@example.com"
    assert (inputs["endpoint"], inputs["role"], inputs["member"]) == (endpoint, USER, "user:a@example.com")


def test_member_of_a_deleted_endpoint_is_gone(engine: Engine, place: Place) -> None:
    """An endpoint that went with its job takes its members along: refresh says so, destroy does not fail."""
    endpoint, outputs = engine.create(ENDPOINT, {"location": "us", "displayName": "e"})
    inputs = {"endpoint": endpoint, "location": "us", "role": USER, "member": "user:a@example.com"}
    member, member_outputs = engine.create(MEMBER, inputs)

    engine.delete(ENDPOINT, endpoint, outputs)

    assert engine.read(MEMBER, member, member_outputs) == ("", {})
    engine.delete(MEMBER, member, member_outputs)


def test_role_on_a_project_is_known_to_the_emulator(engine: Engine, place: Place) -> None:
    """Copies of models rely on some of them; two members of one role are two grants."""
    token = "gcp:projects/iAMMember:IAMMember"
    inputs = {"project": "acme", "role": "roles/aiplatform.serviceAgent", "member": "serviceAccount:a@b.com"}

    made = [
        engine.create(token, {**inputs, "member": member}) for member in (inputs["member"], "serviceAccount:c@d.com")
    ]
    granted = place.ask("GET", "/emulator/v1/grants")["grants"]
    engine.delete(token, *made[1])

    assert granted == [inputs, {**inputs, "member": "serviceAccount:c@d.com"}]
    assert place.ask("GET", "/emulator/v1/grants")["grants"] == [inputs]


def test_existing_resource_is_found_by_its_id_alone(engine: Engine, place: Place) -> None:
    """`.get()` and imports know nothing but the id."""
    endpoint, _ = engine.create(ENDPOINT, {"location": "us", "displayName": "shown", "labels": {"a": "b"}})

    _, inputs = engine.read(ENDPOINT, endpoint)

    name = endpoint.rpartition("/")[2]
    expected = {"displayName": "shown", "labels": {"a": "b"}, "location": "us", "name": name, "project": "acme"}
    assert inputs == expected


def test_unknown_function_is_refused_by_name(engine: Engine) -> None:
    """An invoke that is not served is named, with those that are."""
    line = refusal(engine.stub.Invoke, provider_pb2.InvokeRequest(tok="gcp:compute/getZones:getZones"))

    assert line.startswith("the emulator's gcp plugin does not serve gcp:compute/getZones:getZones: it has gcp:")
