"""What a check says of the reward of a job that is to be made, and when it runs nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.emulator import VertexEmulator, vertex_fixture  # noqa: F401  # a fixture goes by its name
from tests.engine.programs import RFT

from .harness import UNKNOWN, Checked, ProviderHost
from .test_before_paying import check, reported, run_on

REWARD = "reinforcement_tuning_spec.single_reward_config"
CODE = f"{REWARD}.code_execution_reward_scorer.python_code_snippet"
BODY = "def evaluate(example, response):\n    "
FAIR = f"{BODY}return float(response['parts'][0]['text'] == example['references']['answer'])"


@pytest.fixture
def host(vertex: VertexEmulator) -> Iterator[ProviderHost]:
    with run_on(vertex) as provider:
        yield provider


def check_reward(host: ProviderHost, reward: Any, olds: Any = None, **spec: Any) -> Checked:
    """A check of a reinforcement job from a base model."""
    given = {**RFT["reinforcement_tuning_spec"], "single_reward_config": reward, **spec}
    inputs = {"supervised_tuning_spec": None, "reinforcement_tuning_spec": given}
    return check(host, "rft", olds, **inputs)


def code(snippet: Any) -> dict[str, Any]:
    return {"reward_name": "answer", "code_execution_reward_scorer": {"python_code_snippet": snippet}}


def string_match(expression: str, operation: str = "PARTIAL_MATCH", **scorer: Any) -> dict[str, Any]:
    compared = {"match_operation": operation, "expression": expression}
    return {"string_match_reward_scorer": {"string_match_expression": compared, "correct_answer_reward": 1, **scorer}}


def warnings(host: ProviderHost) -> list[str]:
    return [text for severity, text in reported(host) if severity == "WARNING"]


def leaving(file: Path) -> dict[str, Any]:
    """A snippet that leaves a file behind when it is run."""
    return code(f"open({str(file)!r}, 'w').close()\n{FAIR}")


CERTAIN = {
    "no Python": (code("def evaluate(:"), CODE, "it is not Python: invalid syntax (line 1)"),
    "library": (
        code(f"import requests\n{FAIR}"),
        CODE,
        "line 1 imports 'requests', which the service does not list: it has cv2, matplotlib, mpmath, numpy, pandas, "
        "seaborn, sklearn, statsmodels, sympy",
    ),
    "equal rewards": (
        string_match("{{references.answer}}", wrong_answer_reward=1),
        f"{REWARD}.string_match_reward_scorer",
        "right and wrong answers earn the same: nothing can be learnt from it",
    ),
    "pattern": (
        string_match("(42", "REGEX_CONTAINS"),
        f"{REWARD}.string_match_reward_scorer.string_match_expression.expression",
        "'(42': it is not a regular expression: missing ), unterminated subpattern",
    ),
}


@pytest.mark.parametrize(("reward", "field", "reason"), CERTAIN.values(), ids=CERTAIN.keys())
def test_certain_trap_is_an_error_at_its_field(
    host: ProviderHost, vertex: VertexEmulator, reward: dict[str, Any], field: str, reason: str
) -> None:
    """Before any dataset is read, with the way out for those who know better."""
    answer = check_reward(host, reward)

    all_the_same = " (to submit it all the same: `pulumi config set ctune:dataChecks off`)"
    assert answer.failures == [(field, reason + all_the_same)]
    assert vertex.emulator.requests() == []


def test_nan_is_no_reward(host: ProviderHost) -> None:
    answer = check_reward(host, string_match("42", wrong_answer_reward=float("nan")))

    assert [field for field, _ in answer.failures] == [f"{REWARD}.string_match_reward_scorer.wrong_answer_reward"]


def test_placeholder_that_no_line_has_a_reference_for_is_an_error_at_the_datasets(host: ProviderHost) -> None:
    """Every line of both was looked at."""
    answer = check_reward(host, string_match("{{references.solution}}"))

    fields, reasons = zip(*answer.failures, strict=True)
    assert fields == (
        "reinforcement_tuning_spec.training_dataset_uri",
        "reinforcement_tuning_spec.validation_dataset_uri",
    )
    assert all("solution" in reason for reason in reasons)


def test_placeholder_in_a_snippet_is_a_text_like_any_other(host: ProviderHost) -> None:
    """Nobody fills it in, and no line needs it."""
    answer = check_reward(host, code(f'"""Not like {{{{references.solution}}}}."""\n{FAIR}'))

    assert (answer.failures, warnings(host)) == ([], [])


def test_snippet_that_is_always_the_same_is_a_warning(host: ProviderHost) -> None:
    """Google's own sample is: it compares a part, a dict, with a text. Told once, however often it is checked."""
    sample = f"{BODY}right = response['parts'][0] == example['references']['answer']\n    return 1.0 if right else -1.0"

    answer = check_reward(host, code(sample))
    check_reward(host, code(sample))

    assert answer.failures == []
    assert warnings(host) == [
        f"{REWARD}: every answer earns -1: nothing can be learnt from a reward that is always the same; --answers "
        "tries your own (tried on 8 lines; `ctune reward test` shows more)"
    ]


def test_snippet_that_always_fails_is_a_warning(host: ProviderHost) -> None:
    check_reward(host, code(f"{BODY}return 1 / len(example['gold'])"))

    (warning,) = warnings(host)
    assert "answers got no reward (KeyError: 'gold' (line 2)): the service stops a job" in warning


def test_reference_that_a_snippet_reads_in_vain_is_a_warning(host: ProviderHost) -> None:
    """The other branch may be meant, so the job is not stopped."""
    snippet = f"{BODY}return float(response['parts'][0]['text'] == example['references'].get('solution', '3'))"

    answer = check_reward(host, code(snippet))

    assert answer.failures == []
    assert (
        f"{REWARD}: the reward reads the reference 'solution': none of 8 lines has it (first: line "
        in warnings(host)[0]
    )


def test_judge_that_never_sees_the_answer_is_a_warning(host: ProviderHost) -> None:
    """Only the service asks a judge, so nothing is tried."""
    check_reward(host, {"autorater_scorer": {"autorater_prompt": "Polite?", "parsed_response_conversion_scorer": {}}})

    assert warnings(host) == [
        f"{REWARD}.autorater_scorer.autorater_prompt: the prompt has no {{{{response}}}}: the autorater never sees the "
        "answer"
    ]


def test_good_reward_is_not_spoken_of(host: ProviderHost) -> None:
    check_reward(host, code(FAIR))

    assert [severity for severity, _ in reported(host)] == ["INFO"]


def test_snippet_that_hangs_holds_nothing_up(host: ProviderHost) -> None:
    """It may be that slow at the service, too: no warning, and the preview goes on."""
    answer = check_reward(host, code(f"{BODY}while len(response) >= 0:\n        pass\n    return 1.0 * len(response)"))

    notes = [text for _, text in reported(host) if "was not tried here" in text]
    assert (answer.failures, warnings(host)) == ([], [])
    assert notes == [
        f"{REWARD}: the reward was not tried here: it took longer than 1 s, and was ended; `ctune reward test` takes "
        "its time"
    ]


def test_snippet_of_a_job_that_is_there_is_not_run(host: ProviderHost, vertex: VertexEmulator, tmp_path: Path) -> None:
    """A preview in which nothing changes starts no process and sends no request."""
    ran = tmp_path / "ran"
    check_reward(host, leaving(ran), olds={"project": "acme"})

    assert (ran.exists(), vertex.emulator.requests()) == (False, [])


@pytest.mark.parametrize(("checks", "runs"), [("full", True), ("head", False), ("off", False)])
def test_snippet_is_run_with_full_checks_only(vertex: VertexEmulator, tmp_path: Path, checks: str, runs: bool) -> None:
    ran = tmp_path / "ran"
    with run_on(vertex, dataChecks=checks) as host:
        answer = check_reward(host, leaving(ran))

    assert (answer.failures, ran.exists()) == ([], runs)


def test_checks_that_are_off_let_every_reward_pass(vertex: VertexEmulator) -> None:
    """The way out for a reward that the service takes against its pages."""
    with run_on(vertex, dataChecks="off") as host:
        answer = check_reward(host, code(f"import requests\n{FAIR}"))

    assert answer.failures == []


def test_reward_that_is_not_known_yet_is_not_looked_at(host: ProviderHost) -> None:
    answer = check_reward(host, code(UNKNOWN))

    assert (answer.failures, warnings(host)) == ([], [])


def test_reward_is_read_while_the_dataset_is_not_known_yet(host: ProviderHost, vertex: VertexEmulator) -> None:
    """A program that makes its own dataset hears of a broken snippet in its first preview."""
    answer = check_reward(host, code("def evaluate(:"), training_dataset_uri=UNKNOWN)

    assert ([field for field, _ in answer.failures], vertex.emulator.requests()) == ([CODE], [])


CODE_KEYS = [
    "reinforcement_tuning_spec",
    "single_reward_config",
    "code_execution_reward_scorer",
    "python_code_snippet",
]


def check_secret(host: ProviderHost, snippet: str) -> Checked:
    given = {**RFT["reinforcement_tuning_spec"], "single_reward_config": code(snippet)}
    marked = {"secret_inputs": [CODE_KEYS]}
    return check(host, "rft", supervised_tuning_spec=None, reinforcement_tuning_spec=given, __program=marked)


def test_secret_snippet_is_neither_quoted_nor_run(host: ProviderHost, tmp_path: Path) -> None:
    """What a trap says may be part of it."""
    ran = tmp_path / "ran"
    refused = check_secret(host, f"import hidden_library\n{FAIR}")
    passed = check_secret(host, f"open({str(ran)!r}, 'w').close()\n{BODY}return len(example) / 100")

    ((field, reason),) = refused.failures
    assert (passed.failures, warnings(host), ran.exists()) == ([], [], False)
    assert CODE.startswith(field)
    assert reason.startswith("it can give no reward, and is secret: `ctune reward test` says why")
