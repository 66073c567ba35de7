"""Every resource type through the real CLI and the real SDK: made, left alone, changed, lost, mended, destroyed.

One stack is taken through these steps once; each test looks at one promise.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from vertex_emulator.names import project_number
from vertex_emulator.pulumi_gcp.catalogue import TOKENS

from .stacks import PROJECT, Place, Step, gcp_stack, on, taken

PROGRAM = """
import pulumi
import pulumi_gcp as gcp

CHANGED = False

bucket = gcp.storage.Bucket("Data", location="us-central1", force_destroy=True, labels={"step": "12"[CHANGED]})
viewer = "roles/storage.objectAdmin" if CHANGED else "roles/storage.objectViewer"
gcp.storage.BucketIAMMember("reader", bucket=bucket.name, role=viewer, member="user:reader@example.com")
text = gcp.storage.BucketObject("text", bucket=bucket.name, name="notes/text", content="two" if CHANGED else "one")
name = "second.jsonl" if CHANGED else "first.jsonl"
file = gcp.storage.BucketObject("file", bucket=bucket.name, name=name, source=pulumi.FileAsset(name))
fixed = gcp.storage.BucketObject(
    "fixed", bucket=bucket.name, name="fixed", source=pulumi.StringAsset("new" if CHANGED else "old"))
empty = gcp.storage.BucketObject("empty", bucket=bucket.name, source=pulumi.StringAsset(""))

api = gcp.projects.Service("api", service="aiplatform.googleapis.com", disable_on_destroy=CHANGED)
agent = gcp.projects.ServiceIdentity("agent", service=api.service)
ring = gcp.kms.KeyRing("ring", location="us-central1")
key = gcp.kms.CryptoKey("key", key_ring=ring.id, rotation_period="7776000s" if CHANGED else "2592000s")
gcp.kms.CryptoKeyIAMMember(
    "agent-encrypts", crypto_key_id=key.id, role="roles/cloudkms.cryptoKeyEncrypterDecrypter", member=agent.member)

account = gcp.serviceaccount.Account("tuner", display_name="changed" if CHANGED else "Tuner")
gcp.projects.IAMMember("tunes", project=account.project, role="roles/aiplatform.user", member=account.member)
gcp.serviceaccount.IAMMember(
    "acts-as", service_account_id=account.name, role="roles/iam.serviceAccountUser", member="user:ops@example.com")

endpoint = gcp.vertex.AiEndpoint(
    "serving", display_name="Serving, changed" if CHANGED else "Serving", location="us", labels={"team": "support"})
for caller in ("a", "b", "c"):
    gcp.vertex.AiEndpointIamMember(
        f"caller-{caller}", endpoint=endpoint.name, location=endpoint.location, role="roles/aiplatform.user",
        member=f"user:{caller}@example.com")

project = gcp.organizations.get_project()
client = gcp.organizations.get_client_config()
pulumi.export("project", [project.project_id, project.number, client.region])
pulumi.export("url", bucket.url)
pulumi.export("generation", text.generation)
pulumi.export("agent", agent.member)
pulumi.export("email", account.email)
pulumi.export("endpoint", endpoint.id)
"""
MADE = (
    *("Data", "reader", "text", "file", "fixed", "empty"),
    *("api", "agent", "ring", "key", "agent-encrypts"),
    *("tuner", "tunes", "acts-as"),
    *("serving", "caller-a", "caller-b", "caller-c"),
)


@dataclass
class Life:
    """The steps of one stack, and what the emulator had after some of them."""

    place: Place
    up: Step
    again: Step
    changed: Step
    policy_after_change: dict[str, list[str]]
    text_after_change: bytes
    refreshed: Step
    mended: Step
    mended_labels: dict[str, str]
    mended_fixed: bytes
    quiet: Step
    destroyed: Step

    def id_of(self, name: str) -> str:
        resource_id: str = self.up.resources[name]["id"]
        return resource_id

    @property
    def bucket(self) -> str:
        return self.id_of("Data")


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory, pulumi_bin: Path) -> Life:
    """All steps, in order; a command that fails unexpectedly fails the tests with what it printed."""
    folder = tmp_path_factory.mktemp("resources")
    place = Place(folder / "vertex")
    files = {"first.jsonl": '{"n": 1}\n', "second.jsonl": '{"n": 2}\n'}
    stack = gcp_stack(folder / "stack", pulumi_bin, PROGRAM, config=on(place), files=files)
    up = taken(stack, stack.up())
    again = Step(stack.preview("--expect-no-changes"))
    stack.write("__main__.py", PROGRAM.replace("CHANGED = False", "CHANGED = True"))
    changed = taken(stack, stack.up())
    bucket, endpoint = changed.resources["Data"]["id"], changed.resources["serving"]["id"]
    policy = place.policy(endpoint)
    text = place.content(bucket, "notes%2Ftext")

    place.ask("PATCH", f"/storage/v1/b/{bucket}", json={"labels": {"step": "somebody else's"}})
    place.emulator.put_object(bucket, "fixed", b"somebody else's")
    place.ask("DELETE", f"/storage/v1/b/{bucket}/o/second.jsonl")
    place.ask("POST", f"/v1beta1/{endpoint}:setIamPolicy", json={"policy": {}})
    place.forget_record("gcp:projects/iAMMember:IAMMember", changed.resources["tunes"]["id"])
    refreshed = taken(stack, stack.refresh())
    mended = taken(stack, stack.up())
    labels = place.ask("GET", f"/storage/v1/b/{bucket}")["labels"]
    fixed = place.content(bucket, "fixed")
    quiet = Step(stack.preview("--expect-no-changes", "--refresh"))
    destroyed = Step(stack.destroy())
    return Life(place, up, again, changed, policy, text, refreshed, mended, labels, fixed, quiet, destroyed)


def test_program_has_every_type(life: Life) -> None:
    """No type that the emulator serves is left out here."""
    assert {found["type"] for found in life.up.resources.values()} >= set(TOKENS)


def test_first_up_creates_everything_without_a_warning(life: Life) -> None:
    """A program on the installed plugin gets its resources, and nothing is said about the plugin."""
    assert life.up.changed() == dict.fromkeys(MADE, "create")
    assert [found.message for found in life.up.run.log.diagnostics] == []


def test_preview_after_up_is_empty(life: Life) -> None:
    """What was not changed in the program does not differ."""
    assert life.again.changed() == {}


def test_ids_are_those_of_the_real_plugin(life: Life) -> None:
    """Ids have the documented form, so that `.get()`, imports and references look the same."""
    bucket, email = life.bucket, life.up.outputs["email"]
    endpoint, key_ring = life.id_of("serving"), life.id_of("ring")

    assert bucket.startswith("data-")
    assert life.id_of("text") == f"{bucket}-notes/text"
    assert life.id_of("reader") == f"b/{bucket}/roles/storage.objectViewer/user:reader@example.com"
    assert key_ring.startswith(f"projects/{PROJECT}/locations/us-central1/keyRings/ring-")
    assert life.id_of("key").startswith(f"{key_ring}/cryptoKeys/key-")
    assert life.id_of("tuner") == f"projects/{PROJECT}/serviceAccounts/{email}"
    assert life.id_of("tunes") == f"{PROJECT}/roles/aiplatform.user/serviceAccount:{email}"
    assert life.id_of("acts-as") == f"{life.id_of('tuner')}/roles/iam.serviceAccountUser/user:ops@example.com"
    assert life.id_of("api") == f"{PROJECT}/aiplatform.googleapis.com"
    assert endpoint.startswith(f"projects/{PROJECT}/locations/us/endpoints/")
    assert life.id_of("caller-a") == f"{endpoint}/roles/aiplatform.user/user:a@example.com"


def test_outputs_follow_from_the_project(life: Life) -> None:
    """Service agent, account and bucket have the addresses that Google would give them."""
    number = project_number(PROJECT)

    assert life.up.outputs["project"] == [PROJECT, number, "us-central1"]
    assert life.up.outputs["url"] == f"gs://{life.bucket}"
    assert life.up.outputs["agent"] == f"serviceAccount:service-{number}@gcp-sa-aiplatform.iam.gserviceaccount.com"
    assert life.up.outputs["email"].endswith(f"@{PROJECT}.iam.gserviceaccount.com")


def test_content_of_an_object_stays_secret(life: Life) -> None:
    """What the SDK marks as secret is no plain text in the state."""
    assert "ciphertext" in life.up.resources["text"]["outputs"]["content"]


def test_changed_program_updates_in_place_or_replaces(life: Life) -> None:
    """Each type changes in place what the real plugin changes in place, and is replaced for the rest."""
    in_place = ("Data", "text", "api", "key", "tuner", "serving")

    assert life.changed.changed() == dict.fromkeys(in_place, "update") | dict.fromkeys(
        ("reader", "file", "fixed"), "replace"
    )


def test_new_content_is_a_new_generation_of_the_object(life: Life) -> None:
    """Content changes in place, and its generation, which triggers follow, grows."""
    assert life.text_after_change == b"two"
    assert life.changed.outputs["generation"] > life.up.outputs["generation"]


def test_object_of_a_fixed_name_is_there_after_its_replacement(life: Life) -> None:
    """With one name for old and new the old one goes first: no delete hits the new one."""
    deletes = [step.op for step in life.changed.run.log.steps if step.name == "fixed"]

    assert deletes.index("delete-replaced") < deletes.index("create-replacement")
    assert "fixed" not in life.quiet.changed()


def test_members_of_one_endpoint_do_not_overwrite_each_other(life: Life) -> None:
    """Three members that are added at the same time are all in the policy."""
    assert {role: sorted(members) for role, members in life.policy_after_change.items()} == {
        "roles/aiplatform.user": ["user:a@example.com", "user:b@example.com", "user:c@example.com"]
    }


def test_refresh_sees_what_others_changed(life: Life) -> None:
    """Labels and content that differ, an object, a record and members that are gone: all are drift."""
    gone = {"file", "tunes", "caller-a", "caller-b", "caller-c"}

    assert {name for name, op in life.refreshed.changed().items() if op == "delete"} == gone
    assert {name for name, op in life.refreshed.changed().items() if op == "update"} == {"Data", "fixed"}


def test_up_mends_what_others_changed(life: Life) -> None:
    """After a refresh the next up brings everything back, and then nothing is left to do."""
    created = ("file", "tunes", "caller-a", "caller-b", "caller-c")

    assert life.mended.changed() == dict.fromkeys(created, "create") | {"Data": "update", "fixed": "replace"}
    assert (life.mended_labels, life.mended_fixed) == ({"step": "2"}, b"new")
    assert life.quiet.changed() == {}


def test_destroy_leaves_nothing_in_the_emulator(life: Life) -> None:
    """Bucket with its objects, endpoint and records are gone."""
    assert life.destroyed.changed() == dict.fromkeys(MADE, "delete")
    assert life.place.records() == []
    assert not life.place.has(f"/storage/v1/b/{life.bucket}")
    assert not life.place.has(f"/v1beta1/{life.id_of('serving')}")
