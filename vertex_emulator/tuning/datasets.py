"""Dataset files: read from the emulator's Cloud Storage, every line checked.

A line is checked against the schema of its kind of example and the rules of the tuning pages on top. Tokens are
estimated at four characters each, since no tokenizer of Gemini is free to ship. Broken lines fail the job, with their
numbers; examples over the token limit are left out without failing it, as at Google. `data_stats` counts what is left.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/supervised-tuning
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vertex_emulator.schema import Schema
from vertex_emulator.service import Call
from vertex_emulator.storage.objects import content_at
from vertex_emulator.tuning.training_steps import PREFERENCE, REINFORCEMENT, SUPERVISED

_MESSAGES = {
    SUPERVISED: "GeminiExample",
    PREFERENCE: "GeminiPreferenceExample",
    REINFORCEMENT: "ReinforcementTuningExample",
}
_MOST_TOKENS = {SUPERVISED: 131_072, PREFERENCE: 131_072, REINFORCEMENT: 32_768}
_MOST_TRAINING_EXAMPLES = {SUPERVISED: 10_000_000, PREFERENCE: 10_000_000, REINFORCEMENT: 5_000}
_MOST_VALIDATION_EXAMPLES, _MOST_VALIDATION_SHARE, _ANY_SHARE_UP_TO = 5_000, 0.3, 1_000
_MOST_BYTES = 2**30
_REMEMBERED_CHARACTERS = 1_000_000
CHARACTERS_PER_TOKEN = 4
_SYSTEM = ("systemInstruction", "system_instruction")
_SHOWN_PROBLEMS = 3
_PART_DATA = (
    "text",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
)
# google.rpc.Code
INVALID_ARGUMENT, NOT_FOUND = 3, 5


class DatasetProblem(Exception):
    """A dataset that ends the job: `code` is the gRPC code of the job's error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Example:
    """One line that counts: the message, its place in the file, characters of what goes in and what should come out."""

    index: int
    document: Mapping[str, Any]
    input_characters: int
    output_characters: int
    messages: int

    @property
    def input_tokens(self) -> int:
        return -(-self.input_characters // CHARACTERS_PER_TOKEN)

    @property
    def output_tokens(self) -> int:
        return -(-self.output_characters // CHARACTERS_PER_TOKEN)


@dataclass(frozen=True)
class Dataset:
    """The examples of a file that are trained on, and the places (from 0) of those over the token limit."""

    examples: tuple[Example, ...]
    too_long: tuple[int, ...]
    text: str


def load(call: Call, method: str, uri: str, *, role: str = "training") -> Dataset:
    """Read and check the dataset of a job of this method.

    Raises:
        DatasetProblem: there is no such object (NOT_FOUND), or its content is not a dataset for this method.
    """
    content = _content(call, uri)
    if len(content) > _MOST_BYTES:
        raise DatasetProblem(INVALID_ARGUMENT, f"The {role} dataset {uri} is larger than {_MOST_BYTES} bytes.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetProblem(INVALID_ARGUMENT, f"The {role} dataset {uri} is not UTF-8: {error}.") from None
    examples, problems = (_remembered_examples if len(text) < _REMEMBERED_CHARACTERS else _examples)(text, method)
    if problems:
        shown = "; ".join(problems[:_SHOWN_PROBLEMS])
        more = f"; and {len(problems) - _SHOWN_PROBLEMS} more" if len(problems) > _SHOWN_PROBLEMS else ""
        raise DatasetProblem(INVALID_ARGUMENT, f"The {role} dataset {uri} is invalid: {shown}{more}.")
    fitting = tuple(item for item in examples if item.input_tokens + item.output_tokens <= _MOST_TOKENS[method])
    if not fitting:
        raise DatasetProblem(INVALID_ARGUMENT, f"The {role} dataset {uri} has no example to train on.")
    if len(fitting) > _MOST_TRAINING_EXAMPLES[method]:
        limit = _MOST_TRAINING_EXAMPLES[method]
        raise DatasetProblem(INVALID_ARGUMENT, f"The {role} dataset {uri} has {len(fitting)} examples, over {limit}.")
    kept = {item.index for item in fitting}
    too_long = tuple(item.index for item in examples if item.index not in kept)
    return Dataset(fitting, too_long, text)


def check_validation(training: Dataset, validation: Dataset, uri: str) -> None:
    """Raises `DatasetProblem` for a validation set that is too large beside its training set."""
    count, share = len(validation.examples), len(validation.examples) / len(training.examples)
    if count > _MOST_VALIDATION_EXAMPLES or (count > _ANY_SHARE_UP_TO and share > _MOST_VALIDATION_SHARE):
        message = (
            f"The validation dataset {uri} has {count} examples: at most {_MOST_VALIDATION_EXAMPLES} are allowed, and "
            f"above {_ANY_SHARE_UP_TO} at most {_MOST_VALIDATION_SHARE:.0%} of the training examples."
        )
        raise DatasetProblem(INVALID_ARGUMENT, message)


def _content(call: Call, uri: str) -> bytes:
    if not uri.startswith("gs://"):
        raise DatasetProblem(
            NOT_FOUND, f"The dataset {uri} was not found: the emulator serves datasets in Cloud Storage only."
        )
    content = content_at(call, uri)
    if content is None:
        raise DatasetProblem(
            NOT_FOUND, f"The dataset {uri} was not found: no such object in the emulator's Cloud Storage."
        )
    return content


def _examples(text: str, method: str) -> tuple[list[Example], list[str]]:
    schema = Schema("v1beta1")
    examples: list[Example] = []
    problems: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
        except (ValueError, RecursionError) as error:
            problems.append(f"line {number}: not JSON ({error})")
            continue
        message, system = raw, None
        if method == PREFERENCE and isinstance(raw, dict):  # Google's page has it, the API's message does not
            message = {key: value for key, value in raw.items() if key not in _SYSTEM}
            system = next((raw[key] for key in _SYSTEM if key in raw), None)
        document, violations = schema.checked(_MESSAGES[method], message)
        if system and not violations:
            instruction, violations = schema.checked("Content", system, path="system_instruction")
            document["systemInstruction"] = instruction
        found = [violation.description for violation in violations] or _broken_rules(document, method)
        if found:
            problems.append(f"line {number}: {found[0].rstrip('.')}")
        else:
            examples.append(_counted(len(examples) + len(problems), document, method))
    return examples, problems


# Jobs on the same data come in rows: a chain, a second attempt, many stacks in one test.
_remembered_examples = functools.lru_cache(maxsize=16)(_examples)


def _broken_rules(document: Mapping[str, Any], method: str) -> list[str]:
    contents = document.get("contents", [])
    if not contents:
        return ["contents must not be empty"]
    found = [rule for index, content in enumerate(contents) for rule in _broken_content(f"contents[{index}]", content)]
    last = contents[-1].get("role", "user")
    if method == SUPERVISED and last != "model":
        found.append(f"the last of contents must have the role 'model', not {last!r}")
    if method != SUPERVISED and last != "user":
        found.append(f"the last of contents must have the role 'user', not {last!r}")
    if method == PREFERENCE:
        completions = document.get("completions", [])
        if sorted(item.get("score", 0) for item in completions) != [0, 1]:
            found.append("completions must be two, one with score 1 and one with score 0")
        for index, item in enumerate(completions):
            found += _broken_content(f"completions[{index}].completion", item.get("completion", {}))
    return found


def _broken_content(path: str, content: Mapping[str, Any]) -> list[str]:
    found = []
    if content.get("role", "user") not in ("user", "model", "function"):
        found.append(f"{path}.role must be 'user' or 'model', not {content['role']!r}")
    if not content.get("parts"):
        found.append(f"{path}.parts must not be empty")
    for index, part in enumerate(content.get("parts", [])):
        if sum(name in part for name in _PART_DATA) != 1:
            found.append(f"{path}.parts[{index}] must have exactly one of {', '.join(_PART_DATA)}")
    return found


def _counted(index: int, document: dict[str, Any], method: str) -> Example:
    contents = document["contents"]
    into = [document.get("systemInstruction", {}), *(content for content in contents if content.get("role") != "model")]
    out = [content for content in contents if content.get("role") == "model"]
    if method == PREFERENCE:
        into, out = (
            [document.get("systemInstruction", {}), *contents],
            [item["completion"] for item in document["completions"]],
        )
    return Example(index, document, sum(map(_characters, into)), sum(map(_characters, out)), len(contents))


def _characters(content: Mapping[str, Any]) -> int:
    return sum(len(part["text"]) if "text" in part else len(json.dumps(part)) for part in content.get("parts", []))
