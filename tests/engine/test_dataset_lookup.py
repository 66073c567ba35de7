"""`get_dataset` through the real CLI: a job is tuned again when data change that the program does not manage."""

from collections.abc import Callable

from .emulator import (  # fixtures go by name
    VertexEmulator,
    new_tuning_stack_fixture,  # noqa: F401
    vertex_fixture,  # noqa: F401
)
from .harness import Stack
from .programs import SFT, TRAINING, Code, program

NewStack = Callable[..., Stack]
TRIGGERED = program(sft={**SFT, "triggers": [Code("dataset.generation")]}).replace(
    "sft = ", f"dataset = ctune.get_dataset({TRAINING!r})\npulumi.export('dataset', dataset)\nsft = ", 1
)
LATER = (
    "import pulumi\nimport pulumi_ctune as ctune\n"
    "found = ctune.get_dataset_output(pulumi.Output.from_input('gs://data/later.jsonl'))\n"
    "pulumi.export('generation', found.generation)\n"
)
LINE = b'{"contents": [{"role": "user", "parts": [{"text": "%d?"}]}, {"role": "model", "parts": [{"text": "Yes."}]}]}\n'


def test_new_generation_trains_again(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """Nothing changes while the object does not; a new content is a replacement, told by the preview."""
    stack = new_tuning_stack(TRIGGERED)
    stack.up()
    unchanged = stack.preview()
    found = stack.outputs()["dataset"]
    vertex.emulator.put_object("data", "train.jsonl", b"".join(LINE % number for number in range(9)))

    changed = stack.preview()

    assert (unchanged.ops["sft"], changed.ops["sft"]) == ("same", "replace")
    assert (found["uri"], found["example_count"]) == (TRAINING, 8)
    assert found["token_estimate"]["low"] < found["token_estimate"]["high"]


def test_object_that_is_not_there_yet_is_unknown_in_the_preview(
    new_tuning_stack: NewStack, vertex: VertexEmulator
) -> None:
    """The program itself may make it: a warning in the preview, one line in the update, and then it is there."""
    stack = new_tuning_stack(LATER)

    preview = stack.preview()
    up = stack.up(fails=True)
    vertex.emulator.put_object("data", "later.jsonl", LINE % 1)
    stack.up()

    said = "the dataset could not be looked up [gs://data/later.jsonl]: HTTP 404"
    assert [each.message for each in preview.log.diagnostics if said in each.message and each.severity == "warning"]
    assert said in str(up.errors)
    assert "Traceback" not in up.stdout + up.stderr
    assert stack.outputs()["generation"].isdigit()


def test_lookup_that_cannot_wait_ends_the_preview(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """Without an output there is nothing that could be unknown."""
    stack = new_tuning_stack("import pulumi_ctune as ctune\nctune.get_dataset('gs://data/none.jsonl')\n")

    preview = stack.preview(fails=True)

    assert "the dataset could not be looked up [gs://data/none.jsonl]: HTTP 404" in str(preview.errors)
    assert "Traceback" not in preview.stdout + preview.stderr


def test_lines_that_are_wrong_are_a_warning(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """What is not counted is told, with the command that lists it."""
    vertex.emulator.put_object("data", "train.jsonl", LINE % 1 + b"{}\n")
    stack = new_tuning_stack(f"import pulumi_ctune as ctune\nctune.get_dataset({TRAINING!r})\n")

    preview = stack.preview()

    (warned,) = [each.message for each in preview.log.diagnostics if each.severity == "warning"]
    assert f"{TRAINING}: 1 error in lines, which are not counted as examples: `ctune validate" in warned
