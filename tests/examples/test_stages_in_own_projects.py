"""examples/stages-in-own-projects: tuned in one project, copied to another, where an alias marks it."""

from typing import Any

from tests.pulumi_gcp.stacks import Place
from vertex_emulator.names import project_number

from .course import FIRST, Course, Example, Expected
from .promises import Promises
from .surroundings import DATASETS, put_datasets

PROD = "acme-prod"
COPY = rf"projects/{project_number(PROD)}/locations/us-central1/models/support-bot"


def prepare(place: Place) -> dict[str, str]:
    """The files of two training sets; the role that a copy relies on is the program's to give."""
    files = {"train": "support-sft-train", "more": "support-sft-validation"}
    put_datasets(place, {f"{name}.jsonl": f"{source}.jsonl" for name, source in files.items()})
    return {"datasets": DATASETS, "prodProject": PROD}


def marked(place: Place, outputs: dict[str, Any]) -> tuple[str, str]:
    """The number of the version that prod's alias leads to, and the version that it was copied from."""
    model = outputs["serves"].partition("@")[0]
    found = place.ask("GET", f"/v1beta1/{model}@prod")
    return found["versionId"], found["originalModelInfo"]["model"].rpartition("@")[2]


class TestStagesInOwnProjects(Promises):
    example = Example(
        folder="stages-in-own-projects",
        prepare=prepare,
        look=marked,
        steps={
            FIRST: Expected(
                changes=dict.fromkeys(("support-1", "prod-copies-from-here", "to-prod", "prod"), "create"),
                jobs=1,
                outputs={"serves": f"{COPY}@1"},
            ),
            "2-next-version": Expected(
                changes={"support-2": "create", "to-prod": "update", "prod": "update"},
                jobs=2,
                outputs={"serves": f"{COPY}@2"},
            ),
        },
    )

    def test_alias_of_prod_leads_to_the_copy_of_the_newest_version(self, course: Course) -> None:
        """Prod's model gets a version for each that is promoted."""
        assert [taken.seen for taken in course.steps.values()] == [("1", "1"), ("2", "2")]
