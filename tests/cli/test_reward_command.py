"""`ctune reward test`, on files and on the emulator."""

import contextlib
import io
import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pulumi_ctune.cli import app
from pulumi_ctune.config import ENVIRONMENT
from tests.data.examples import Line, encoded, turn
from tests.data.rewards import composite, match, parsed
from vertex_emulator.app import Emulator
from vertex_emulator.server import running

PROGRAM = [sys.executable, "-c", "from pulumi_ctune.cli import main; main()", "reward", "test"]
SNIPPET = (
    "def evaluate(example, response):\n"
    "    text = response['parts'][0]['text']\n"
    "    return 1.0 if text == example['references']['answer'] else -1.0\n"
)


def run(*options: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = app(["reward", "test", *map(str, options)], standalone_mode=False)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(autouse=True)
def _no_service(monkeypatch: pytest.MonkeyPatch) -> None:
    for variables in ENVIRONMENT.values():
        for variable in variables:
            monkeypatch.delenv(variable, raising=False)


def example(number: int) -> Line:
    return {"contents": [turn("user", f"What is 10 times {number}?")], "references": {"answer": str(number * 10)}}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "train.jsonl"
    path.write_bytes(encoded(*map(example, range(1, 4))))
    return path


@pytest.fixture
def snippet(tmp_path: Path) -> Path:
    path = tmp_path / "right.py"
    path.write_text(SNIPPET)
    return path


def written(tmp_path: Path, config: Any, name: str = "reward.json") -> Path:
    path = tmp_path / name
    path.write_text(json.dumps(config) if name.endswith(".json") else config)
    return path


@pytest.fixture
def embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of the emulator, which runs no code."""
    use(monkeypatch, f"embedded:{tmp_path / 'state'}")


def use(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("CTUNE_API_ENDPOINT", endpoint)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "acme")
    monkeypatch.setenv("GOOGLE_REGION", "us-central1")


def test_summary_has_a_row_for_each_kind_of_answer(snippet: Path, data: Path) -> None:
    """All computed is exit code 0."""
    code, out, err = run(snippet, "--data", data)

    assert (code, err) == (0, "")
    assert [line.rstrip() for line in out.splitlines()] == [
        f"{snippet}: code, tried on 3 examples of {data}",
        "  12 answers: mean -0.5, spread 0.866",
        "",
        "  answer                    number  mean  lowest  highest  no reward",
        "  the reference                  3     1       1        1",
        "  an empty answer                3    -1      -1       -1",
        "  half of the reference          3    -1      -1       -1",
        "  another line's reference       3    -1      -1       -1",
    ]


def test_json_has_the_keys_of_the_contract(snippet: Path, data: Path) -> None:
    """Scripts read names that are fixed."""
    code, out, _ = run(snippet, "--data", data, "--format", "json")

    report = json.loads(out)
    assert (code, [*report]) == (0, ["rewards", "mean", "spread", "failed"])
    assert [*report["rewards"][0]] == ["name", "line", "answer", "reward", "reason", "ms"]
    assert [(each["name"], each["line"], each["answer"], each["reward"]) for each in report["rewards"][:4]] == [
        ("right", 1, "10", 1.0),
        ("right", 1, "", -1.0),
        ("right", 1, "1", -1.0),
        ("right", 1, "20", -1.0),
    ]
    assert (report["mean"], report["failed"]) == (-0.5, 0)


def test_rewards_that_are_not_computed_are_exit_code_1(tmp_path: Path, data: Path) -> None:
    """Null, and the reason; in the text once for all lines."""
    path = written(
        tmp_path, "def evaluate(example, response):\n    return 1 / len(response['parts'][0]['text'])\n", "r.py"
    )

    code, out, _ = run(path, "--data", data, "--format", "json")
    text = run(path, "--data", data)[1]

    report = json.loads(out)
    empty = [each for each in report["rewards"] if not each["answer"]]
    assert (code, report["failed"]) == (1, 3)
    assert {(each["reward"], each["reason"]) for each in empty} == {
        (None, "ZeroDivisionError: division by zero (line 2)")
    }
    assert "no reward r (3, first at line 1 ''): ZeroDivisionError: division by zero (line 2)\n" in text


def test_config_in_yaml_and_composite(tmp_path: Path, data: Path) -> None:
    """Each reward and the total, in either case."""
    config = written(
        tmp_path,
        "composite_reward_config:\n"
        "  weighted_reward_configs:\n"
        "  - weight: 3\n"
        "    reward_config:\n"
        "      reward_name: right\n"
        "      parse_response_config: {parse_type: REGEX_EXTRACT, regex_extract_expression: '<a>(.*?)</a>'}\n"
        "      string_match_reward_scorer:\n"
        "        correct_answer_reward: 1\n"
        "        string_match_expression: {match_operation: EXACT_MATCH, expression: '{{references.answer}}'}\n"
        "  - weight: 1\n"
        "    reward_config:\n"
        "      reward_name: form\n"
        "      string_match_reward_scorer:\n"
        "        correct_answer_reward: 1\n"
        "        string_match_expression: {match_operation: REGEX_CONTAINS, expression: '<a>'}\n",
        "reward.yaml",
    )

    _, out, _ = run(config, "--data", data, "--format", "json")

    rewards = [(each["name"], each["answer"], each["reward"]) for each in json.loads(out)["rewards"]]
    assert rewards[:3] == [("right", "<a>10</a>", 1), ("form", "<a>10</a>", 1), ("composite", "<a>10</a>", 1)]
    assert rewards[9:12] == [("right", "<a>20</a>", 0), ("form", "<a>20</a>", 1), ("composite", "<a>20</a>", 0.25)]


def test_given_answers_are_those_of_their_lines(snippet: Path, data: Path, tmp_path: Path) -> None:
    """Line n of the answers is for line n of the data: a text, a list, or nothing."""
    answers = tmp_path / "answers.jsonl"
    answers.write_text('\ufeff"10"\n\n["30", "31"]\n')  # as some editors save it

    _, out, _ = run(snippet, "--data", data, "--answers", answers, "--format", "json")

    rewards = json.loads(out)["rewards"]
    assert [(each["line"], each["answer"], each["reward"]) for each in rewards] == [
        (1, "10", 1.0),
        (3, "30", 1.0),
        (3, "31", -1.0),
    ]


def test_data_may_come_from_stdin(snippet: Path, data: Path) -> None:
    """A dash, as for the other commands; here as a process."""
    command = [*PROGRAM, str(snippet), "--data", "-", "--format", "json"]

    done = subprocess.run(command, input=data.read_bytes(), capture_output=True, timeout=60, check=False)

    assert (done.returncode, len(json.loads(done.stdout)["rewards"]), done.stderr) == (0, 12, b"")


def test_reward_without_data_is_tried_on_a_made_up_example(snippet: Path) -> None:
    """With the references that it names, and no line."""
    code, out, _ = run(snippet, "--format", "json")

    first = json.loads(out)["rewards"][0]
    assert (code, first["line"], first["answer"], first["reward"]) == (0, None, "The answer.", 1.0)


def test_warnings_do_not_get_into_the_json(tmp_path: Path, data: Path) -> None:
    """A reward that is always the same is told on stderr, and is no failure."""
    path = written(tmp_path, "def evaluate(example, response):\n    return len(response['parts']) / 2\n", "r.py")

    code, out, err = run(path, "--data", data, "--format", "json")

    assert (code, json.loads(out)["spread"]) == (0, 0.0)
    assert err.startswith(
        "warning: every answer earns 0.5: nothing can be learnt from a reward that is always the same"
    )


def test_call_that_hangs_ends_by_the_time_limit(tmp_path: Path, data: Path) -> None:
    """And the command with it."""
    path = written(tmp_path, "def evaluate(example, response):\n    while True: pass\n", "r.py")

    code, out, _ = run(path, "--data", data, "--time-limit", "200ms")

    assert code == 1
    assert "it took longer than 0.2 s, and was ended" in out


MISUSE = {
    "no file": (["none.py"], "the reward was not tried [none.py]: it cannot be read: No such file or directory"),
    "no data": (["{snippet}", "--data", "none.jsonl"], "the reward was not tried [none.jsonl]: it cannot be read: "),
    "samples without a model": (
        ["{snippet}", "--samples", "4"],
        "the reward was not tried [--samples]: it needs --model",
    ),
    "model without samples": (["{snippet}", "--model", "m"], "the reward was not tried [--model]: it needs --samples"),
    "answers without data": (
        ["{snippet}", "--answers", "{snippet}"],
        "the reward was not tried [--answers]: it needs the prompts: --data DATASET",
    ),
    "answers that are none": (
        ["{snippet}", "--data", "{data}", "--answers", "{snippet}"],
        "the reward was not tried [--answers {snippet}]: line 1 is neither a JSON text nor a list of them.",
    ),
    "data of another method": (
        ["{snippet}", "--data", "{snippet}"],
        "the reward was not tried [{snippet}]: no line is an example of reinforcement tuning (line 1: ",
    ),
    "no time": (["{snippet}", "--time-limit", "0"], "the reward was not tried [--time-limit]: "),
    "no project": (
        ["{snippet}", "--data", "{data}", "--google"],
        "the reward was not tried [--google]: the environment names no project. Set GOOGLE_PROJECT.",
    ),
}


@pytest.mark.parametrize(("options", "message"), MISUSE.values(), ids=MISUSE.keys())
def test_misuse_is_one_line(options: list[str], message: str, snippet: Path, data: Path) -> None:
    """Exit code 2, and what to do."""
    places = {"snippet": snippet, "data": data}

    code, out, err = run(*(option.format(**places) for option in options))

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"ctune reward test: {message.format(**places)}")


def test_half_of_a_character_is_no_answer(snippet: Path, data: Path, tmp_path: Path) -> None:
    """JSON can write it, and no request can carry it."""
    answers = tmp_path / "answers.jsonl"
    answers.write_text('"\\ud800"\n')

    code, _, err = run(snippet, "--data", data, "--answers", answers)

    assert (code, "line 1 is neither a JSON text nor a list of them" in err) == (2, True)


def test_interruption_ends_the_snippet(tmp_path: Path, data: Path) -> None:
    """Ctrl-C while a snippet hangs is exit code 130, and nothing of it is left."""
    started = tmp_path / "started"
    note = f"open({str(started)!r}, 'w').write(str(os.getpid()))"
    hang = f"import os\ndef evaluate(e, r):\n    {note}\n    while True: pass\n"
    with subprocess.Popen(
        [*PROGRAM, written(tmp_path, hang, "r.py"), "--data", data], stderr=subprocess.PIPE
    ) as process:
        pid = wait_for(started)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)

    assert (process.returncode, err) == (130, b"")
    assert not Path(f"/proc/{pid}").exists()


def test_interruption_waits_for_no_answer(snippet: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that never answers does not keep the command."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        use(monkeypatch, f"http://127.0.0.1:{silent.getsockname()[1]}")
        with subprocess.Popen([*PROGRAM, snippet, "--data", data, "--google"], stderr=subprocess.PIPE) as process:
            connection, _ = silent.accept()
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
        connection.close()

    assert (process.returncode, err) == (130, b"")


def wait_for(file: Path) -> str:
    """What the file holds, once it holds something."""
    for _ in range(600):
        if file.exists() and (text := file.read_text()):
            return text
        time.sleep(0.05)
    raise AssertionError(f"there is no {file}")


def test_answer_to_a_line_that_is_no_example_is_misuse(snippet: Path, data: Path, tmp_path: Path) -> None:
    """It would be passed over without a word."""
    answers = tmp_path / "answers.jsonl"
    answers.write_text('"1"\n"2"\n"3"\n"4"\n')

    code, _, err = run(snippet, "--data", data, "--answers", answers)

    assert (code, "line 4 has an answer, and line 4 of the data is not an example" in err) == (2, True)


STRING_MATCHES = {
    "exact": match("EXACT_MATCH", "{{references.answer}}"),
    "part": match("PARTIAL_MATCH", "{{references.answer}}"),
    "pattern": match("REGEX_CONTAINS", r"^\s*{{references.answer}}$"),
    "extracted": parsed(match("EXACT_MATCH", "{{references.answer}}"), "<a>(.*?)</a>"),
    "broken": match("REGEX_CONTAINS", "("),
    "composite": composite(
        (3, {**match("EXACT_MATCH", "{{references.answer}}"), "rewardName": "right"}),
        (1, {**match("REGEX_CONTAINS", "^[0-9]+$"), "rewardName": "digits"}),
    ),
}


@pytest.mark.parametrize("config", STRING_MATCHES.values(), ids=STRING_MATCHES.keys())
def test_string_matches_agree_with_the_validator(config: Any, tmp_path: Path, data: Path, embedded: None) -> None:
    """The emulator computes them with code of its own; nothing differs, failures included."""
    code, out, _ = run(written(tmp_path, config), "--data", data, "--google", "--format", "json")

    report = json.loads(out)
    assert report["google"] == {"compared": 12, "differences": []}
    assert code == (1 if report["failed"] else 0)


def test_code_agrees_where_the_validator_runs_it(
    snippet: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over HTTP, with an emulator that may run code."""
    with Emulator(tmp_path / "state", allow_code_rewards=True) as emulator, running(emulator) as url:
        use(monkeypatch, url)
        code, out, _ = run(snippet, "--data", data, "--google", "--lines", 1)

    assert code == 0
    assert out.splitlines()[-1] == "Google's validator: 3 answers compared, 0 differ"


def test_differences_from_the_validator_are_shown(snippet: Path, data: Path, embedded: None) -> None:
    """The embedded emulator runs no code: its scores are made up, and differ."""
    code, out, _ = run(snippet, "--data", data, "--google", "--lines", 1)

    assert code == 0
    assert "Google's validator: 3 answers compared, 3 differ\n" in out
    assert ": 1 here, " in out.splitlines()[-3]


def test_judge_is_computed_by_the_validator_alone(tmp_path: Path, data: Path, embedded: None) -> None:
    """Without it nothing is guessed, with it the number is the service's."""
    model = "projects/acme/locations/us-central1/publishers/google/models/gemini-3.5-flash"
    judge = {"autoraterPrompt": "Rate {{response}}.", "autoraterConfig": {"autoraterModel": model}}
    config = written(tmp_path, {"autoraterScorer": {**judge, "parsedResponseConversionScorer": {}}})

    alone = run(config, "--data", data, "--format", "json")
    asked = run(config, "--data", data, "--google", "--format", "json")

    assert (alone[0], json.loads(alone[1])["failed"]) == (1, 12)
    assert (asked[0], json.loads(asked[1])["failed"]) == (0, 0)


def test_samples_of_a_model_are_scored(tmp_path: Path, data: Path, embedded: None) -> None:
    """K answers to each prompt, and the spread among them."""
    digits = match("REGEX_CONTAINS", "with [0-7]")  # the emulator's answers end in a word of hexadecimal digits

    options = ["--data", data, "--samples", 8, "--model", "gemini-3.5-flash", "--format", "json"]
    code, out, _ = run(written(tmp_path, digits), *options)

    report = json.loads(out)
    assert (code, [each["line"] for each in report["rewards"]]) == (0, [1] * 8 + [2] * 8 + [3] * 8)
    assert len({each["answer"] for each in report["rewards"]}) == 24
    assert report["spread"] > 0


def test_share_of_prompts_that_teach_something_is_reported(tmp_path: Path, data: Path, embedded: None) -> None:
    """What the later learnable ratio hangs on."""
    never = written(tmp_path, match("EXACT_MATCH", "42"))

    _, out, _ = run(never, "--data", data, "--samples", 2, "--model", "gemini-3.5-flash")

    assert out.splitlines()[2] == "  the samples earn different rewards at 0 of 3 prompts"


def test_model_that_nobody_has_is_a_failure(snippet: Path, data: Path, embedded: None) -> None:
    """What is about to be asked, one line in the words of the service, and exit code 1."""
    code, out, err = run(snippet, "--data", data, "--samples", 2, "--model", "gpt")

    asking, error = err.splitlines()
    assert (code, out) == (1, "")
    assert asking == "asking gpt for 6 answers, at its usual price"
    assert "was not found" in error
