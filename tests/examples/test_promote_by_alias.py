"""examples/promote-by-alias: an alias on the version in production, moved in place to the next one."""

from tests.pulumi_gcp.stacks import Place

from .course import FIRST, Course, Example, Expected
from .promises import Promises
from .surroundings import DATASETS, MODEL, put_datasets


def prepare(place: Place) -> dict[str, str]:
    """The files of a training set, of more examples, and of a validation set."""
    files = {"train": "support-sft-train", "more": "support-sft-train", "validation": "support-sft-validation"}
    put_datasets(place, {f"{name}.jsonl": f"{source}.jsonl" for name, source in files.items()})
    return {"datasets": DATASETS}


class TestPromoteByAlias(Promises):
    example = Example(
        folder="promote-by-alias",
        prepare=prepare,
        look=lambda place, outputs: place.ask("GET", f"/v1beta1/{outputs['prod']}")["versionId"],
        steps={
            FIRST: Expected(
                changes=dict.fromkeys(("support-1", "prod"), "create"),
                jobs=1,
                outputs={"prod": f"{MODEL}@prod", "version_id": "1"},
            ),
            "2-next-version": Expected(
                changes={"support-2": "create", "prod": "update"},
                jobs=2,
                outputs={"prod": f"{MODEL}@prod", "version_id": "2", "previous_version_id": "1"},
            ),
            "3-missed-limit": Expected(
                changes={"support-3": "create", "prod": "update"},
                jobs=3,
                outputs={"prod": f"{MODEL}@prod", "version_id": "2", "previous_version_id": "1"},
                error=(
                    rf"alias 'prod' was not moved \[require\]: {MODEL}@3 misses 1 of 1: '/eval_total_loss' is 0\.\d+ "
                    r"at step 15 \(last\), at most 0\.1 is allowed\. Version 2 keeps the alias\."
                ),
                left={"prod": "update"},
            ),
        },
    )

    def test_alias_leads_to_the_newest_version_that_meets_the_limit(self, course: Course) -> None:
        """Whoever asks for the alias gets version 1, version 2 after the step, and not the third."""
        assert [taken.seen for taken in course.steps.values()] == ["1", "2", "2"]
