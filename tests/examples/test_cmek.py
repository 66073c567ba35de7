"""examples/cmek: job, model and endpoint under one key."""

from typing import Any

from tests.pulumi_gcp.stacks import Place

from .course import FIRST, Course, Example, Expected
from .promises import Promises
from .surroundings import DATASETS, put_datasets

KEY = r"projects/acme/locations/us-central1/keyRings/tuning-[0-9a-f]{7}/cryptoKeys/tuning-key-[0-9a-f]{7}"


def prepare(place: Place) -> dict[str, str]:
    """A model that is served where it is tuned, as its key must be in the one region of both."""
    put_datasets(place, {"train.jsonl": "support-sft-train.jsonl"})
    return {"datasets": DATASETS, "baseModel": "gemini-2.5-flash"}


def keys(place: Place, outputs: dict[str, Any]) -> list[str]:
    """The keys of the endpoint, and of model and endpoint that the job made."""
    (job,) = place.emulator.jobs()
    names = (outputs["endpoint"], job["tunedModel"]["model"], job["tunedModel"]["endpoint"])
    return [place.ask("GET", f"/v1beta1/{name}")["encryptionSpec"]["kmsKeyName"] for name in names]


class TestCmek(Promises):
    example = Example(
        folder="cmek",
        # Without its key a tuned version serves nowhere.
        kept=(
            "gcp:kms/cryptoKey:CryptoKey",
            "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
            "gcp:kms/keyRing:KeyRing",
        ),
        prepare=prepare,
        look=keys,
        steps={
            FIRST: Expected(
                changes=dict.fromkeys(
                    ("tuning", "tuning-key", "vertex-ai", "vertex-ai-uses-key", "contracts", "legal", "live"), "create"
                ),
                jobs=1,
                outputs={"endpoint": "projects/acme/locations/us-central1/endpoints/4711", "key": KEY},
            ),
        },
    )

    def test_everything_is_under_the_key(self, course: Course) -> None:
        """The endpoint, the tuned model and the endpoint that the job made have the program's key."""
        found = course.steps[FIRST]

        assert found.seen == [found.step.outputs["key"]] * 3

    def test_vertex_ai_may_use_the_key(self, course: Course) -> None:
        """The platform's service agent has the key's role before the job is submitted."""
        grant = course.steps[FIRST].step.resources["vertex-ai-uses-key"]

        contracts = course.steps[FIRST].step.resources["contracts"]

        assert grant["outputs"]["member"].endswith("@gcp-sa-aiplatform.iam.gserviceaccount.com")
        assert grant["urn"] in contracts["dependencies"]
