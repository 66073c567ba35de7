"""The code reward, in its real process."""

import time

import pytest

from pulumi_ctune.data.rewards.code import Limits, Snippet
from tests.data.rewards import EXAMPLE, parsed, reward_of, run

BODY = "def evaluate(example, response):\n    "
PART = "response['parts'][0]['text']"
COMPUTED = {
    "float": (f"{BODY}return 0.25", 0.25),
    "int": (f"{BODY}return 1", 1.0),
    "bool": (f"{BODY}return True", 1.0),
    "example and response in camelCase": (f"{BODY}return float({PART} == example['references']['answer'])", 1.0),
    "clipped": (f"{BODY}return -7.5", -1.0),
    "infinite": (f"{BODY}return float('inf')", 1.0),
    "what it prints is not its answer": (f"{BODY}print('x' * 100_000, flush=True); return 0.5", 0.5),
    "state of the module": (
        "count = 0\ndef evaluate(example, response):\n    global count\n    return 0.5 + count",
        0.5,
    ),
    "standard library": ("import json, re\n" + f"{BODY}return float(json.loads({PART}) == 42)", 1.0),
    "dataclass": (
        f"from dataclasses import dataclass\n@dataclass\nclass A:\n    x: float = 0.5\n{BODY}return A().x",
        0.5,
    ),
    "an import that may fail": (f"try:\n    import requests\nexcept ImportError:\n    pass\n{BODY}return 1.0", 1.0),
}
NOT_COMPUTED = {
    "nothing": (f"{BODY}pass", "evaluate returned None (NoneType), which is no float"),
    "text": (f"{BODY}return '1.0'", "evaluate returned '1.0' (str), which is no float"),
    "complex": (f"{BODY}return 1j", "evaluate returned 1j (complex), which is no float"),
    "NaN": (f"{BODY}return float('nan')", "evaluate returned NaN, which counts as failed"),
    "exception": (f"{BODY}return 1 / 0", "ZeroDivisionError: division by zero (line 2)"),
    "no such reference": (f"{BODY}return example['references']['none']", "KeyError: 'none' (line 2)"),
    "exit": (f"import sys\n{BODY}sys.exit(1)", "it ended the process with sys.exit (line 3)"),
    "hard exit": (f"import os\n{BODY}os._exit(3)", "it ended the process with code 3"),
    "crash": (f"import ctypes\n{BODY}ctypes.string_at(0)", "it crashed the process (SIGSEGV)"),
    "recursion": (f"{BODY}return evaluate(example, response)", "RecursionError: maximum recursion depth exceeded"),
    "no Python": ("def evaluate(:", "it is not Python: invalid syntax (line 1)"),
    "NUL": ("\0", "it is not Python: source code string cannot contain null bytes"),
    "what belongs to nobody": (
        f"import os\n{BODY}os.write(4, b'noise\\n')",
        "it wrote where only its reward belongs",
    ),
    "an exception that cannot be shown": (
        f"class E(Exception):\n    def __str__(self):\n        return 1 / 0\n{BODY}raise E",
        "E (line 5)",
    ),
    "no evaluate": ("def reward(example, response):\n    return 1.0", "it does not define evaluate(example, response)"),
    "one argument": (
        "def evaluate(response):\n    return 1.0",
        "TypeError: evaluate() takes 1 positional argument but 2 were given",
    ),
    "library that the service does not have": (
        f"{BODY}import requests",
        "ModuleNotFoundError: the service has no module 'requests'; its libraries are cv2, matplotlib, mpmath, numpy, "
        "pandas, seaborn, sklearn, statsmodels, sympy (line 2)",
    ),
    "network": (
        f"import socket\n{BODY}socket.create_connection(('127.0.0.1', 9))",
        "PermissionError: the service has no network (line 3)",
    ),
    "memory": (
        f"{BODY}return len(bytearray(2 * 10**9))",
        "MemoryError: it needs more memory than the service has (line 2)",
    ),
}


@pytest.mark.parametrize(("snippet", "reward"), COMPUTED.values(), ids=COMPUTED.keys())
def test_reward_is_computed(snippet: str, reward: float) -> None:
    """What `evaluate` returns, clipped to [-1, 1]."""
    assert reward_of(snippet, "42")[0] == reward


@pytest.mark.parametrize(("snippet", "reason"), NOT_COMPUTED.values(), ids=NOT_COMPUTED.keys())
def test_snippet_that_fails_says_why(snippet: str, reason: str) -> None:
    """The reason and the snippet's own line; the next call is made all the same."""
    result = run(snippet, "42", "43")

    assert [each.reward for each in result.tried] == [None, None]
    assert all(each.reason.startswith(reason) for each in result.tried)


def test_snippet_sees_the_parsed_answer() -> None:
    """`parseResponseConfig` comes before any scorer."""
    snippet = f"{BODY}return float({PART} == '42')"
    config = {**parsed({}, "<ans>(.*?)</ans>"), "codeExecutionRewardScorer": {"pythonCodeSnippet": snippet}}

    assert [each.reward for each in run(config, "<ans>42</ans>", "42").tried] == [1.0, 0.0]


@pytest.mark.parametrize("forever", ["while True: pass", "import time; time.sleep(1000)"], ids=["busy", "asleep"])
def test_call_that_hangs_is_ended(forever: str) -> None:
    """The time limit holds, and a call after it is made by another process."""
    snippet = f"{BODY}if {PART} == 'hang':\n        {forever}\n    return 1.0"

    result = run(snippet, "hang", "42", limits=Limits(seconds=0.3))

    assert [(each.reward, each.reason) for each in result.tried] == [
        (None, "it took longer than 0.3 s, and was ended"),
        (1.0, "computed by the snippet"),
    ]


def test_snippet_that_always_hangs_is_not_tried_for_ever() -> None:
    """After two calls that ran out of time, nobody waits for the others."""
    result = run(f"{BODY}while True: pass", *"abcd", limits=Limits(seconds=0.2))

    assert [each.reason for each in result.tried] == [
        "it took longer than 0.2 s, and was ended",
        "it took longer than 0.2 s, and was ended",
        "not tried: the snippet has taken longer than 0.2 s 2 times",
        "not tried: the snippet has taken longer than 0.2 s 2 times",
    ]


def test_all_answers_are_scored_by_one_process() -> None:
    """A process for each call would take thousands of times as long."""
    result = run(f"import os\n{BODY}return os.getpid() % 100_000 / 100_000", *map(str, range(20)))

    assert len({*result.rewards}) == 1


def test_processes_that_a_snippet_started_end_with_it() -> None:
    """Nothing of a snippet is left behind."""
    snippet = (
        f"import subprocess, sys\n{BODY}child = subprocess.Popen([sys.executable, '-c', 'input()'], "
        f"stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n    globals()['kept'] = child\n    return child.pid / 10**9"
    )
    with Snippet(snippet) as running:
        pid = round((running.score(EXAMPLE.content, {"parts": []}).reward or 0) * 10**9)

    assert pid > 0
    assert _is_gone(pid)


def test_snippet_gets_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token of the one who tries a reward is none of its business."""
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "secret")

    assert reward_of(f"import os\n{BODY}return float('GOOGLE_OAUTH_ACCESS_TOKEN' in os.environ)", "42")[0] == 0.0


def test_large_example_gets_there() -> None:
    """More than a pipe holds at once."""
    content = {**EXAMPLE.content, "references": {"answer": "x" * 3_000_000}}
    with Snippet(f"{BODY}return len(example['references']['answer']) / 10**7") as running:
        score = running.score(content, {"parts": [{"text": "42"}]})

    assert score.reward == 0.3


def test_two_rewards_with_code_do_not_share_a_process() -> None:
    """Each has its own module."""
    snippets = [f"value = {value}\n{BODY}return value" for value in (0.25, 0.75)]
    configs = [{"codeExecutionRewardScorer": {"pythonCodeSnippet": snippet}} for snippet in snippets]
    config = {"weightedRewardConfigs": [{"weight": 1, "rewardConfig": each} for each in configs]}

    assert [each.reward for each in run(config, "42").tried] == [0.25, 0.75, 0.5]


def _is_gone(pid: int) -> bool:
    """Whether a killed process ends within ten seconds; one that waits to be collected has ended."""
    for _ in range(200):
        try:
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False
