"""examples/budget: a job that says what it costs, and is refused where that is above its budget."""

from tests.pulumi_gcp.stacks import Place

from .course import FIRST, Course, Example, Expected
from .promises import Promises
from .surroundings import DATASETS, MODEL, put_datasets

OUTPUTS = {"tuned_model_name": f"{MODEL}@1", "training_token_count": r"\d+"}


def prepare(place: Place) -> dict[str, str]:
    """Examples for supervised tuning."""
    put_datasets(place, {"train.jsonl": "support-sft-train.jsonl"})
    return {"datasets": DATASETS}


class TestBudget(Promises):
    example = Example(
        folder="budget",
        prepare=prepare,
        steps={
            FIRST: Expected(changes={"support": "create"}, jobs=1, outputs=OUTPUTS),
            "2-more-epochs": Expected(changes={"support": "replace"}, jobs=2, outputs=OUTPUTS),
        },
    )

    def test_preview_says_tokens_and_list_price(self, course: Course) -> None:
        """Before anything is paid for."""
        reported = [found.message for found in course.planned.run.log.diagnostics]

        assert any("tokens to train" in text and "by list price of " in text for text in reported)

    def test_more_epochs_are_above_the_first_budget(self, course: Course) -> None:
        """What the second step trains on would have been refused by the budget of the first."""
        outputs = course.steps["2-more-epochs"].step.outputs

        assert outputs["training_token_count"] * 8 > 100_000
