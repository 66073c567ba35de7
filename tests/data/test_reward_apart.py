"""Rewards tried in a process of their own, in a short time: for a preview."""

import pytest

from pulumi_ctune.data.rewards.apart import Attempt, tried_apart
from pulumi_ctune.data.rewards.config import of_document
from pulumi_ctune.data.rewards.examples import Example
from tests.data.rewards import Config, content, match, of_snippet, parsed

BODY = "def evaluate(example, response):\n    "
EXAMPLES = [Example(1, content(answer="42")), Example(2, content(answer="43"))]
SAME = "nothing can be learnt from a reward that is always the same; --answers tries your own"


def attempt(reward: Config | str, seconds: float = 30.0) -> Attempt:
    config = of_snippet(reward) if isinstance(reward, str) else of_document(reward, "")
    return tried_apart(config, EXAMPLES, seconds)


FOUND: dict[str, tuple[Config | str, list[str]]] = {
    "good string match": (match("EXACT_MATCH", "{{references.answer}}"), []),
    "good snippet": (f"{BODY}return float(response['parts'][0]['text'] == example['references']['answer'])", []),
    "snippet that is always the same": (f"{BODY}return len('ab') / 4", [f"every answer earns 0.5: {SAME}"]),
    "string match that is always the same": (match("EXACT_MATCH", "Yes"), [f"every answer earns -0.5: {SAME}"]),
    "snippet that fails": (
        f"{BODY}return 1 / 0",
        [
            "8 of 8 answers got no reward (ZeroDivisionError: division by zero (line 2)): the service stops a job in "
            "which more than 80 % of the calls fail"
        ],
    ),
}


@pytest.mark.parametrize(("reward", "traps"), FOUND.values(), ids=FOUND.keys())
def test_traps_are_found(reward: Config | str, traps: list[str]) -> None:
    """What the answers that are made of the references show."""
    assert attempt(reward) == Attempt(traps, "")


NOT_TRIED: dict[str, tuple[Config | str, str]] = {
    "hangs": (f"{BODY}while True: pass", "it took longer than 1 s, and was ended"),
    "library that is not here": (f"{BODY}import statsmodels\n    return 1.0", "statsmodels is not installed here"),
    "pattern without an end": (parsed(match("EXACT_MATCH", "a"), "(?:(?:a+)+)+$"), "Python needs longer than "),
    "ends the process that tries it": (
        f"import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n{BODY}return 1.0",
        "the process that tries it has ended without an answer",
    ),
}


@pytest.mark.parametrize(("reward", "reason"), NOT_TRIED.values(), ids=NOT_TRIED.keys())
def test_what_cannot_be_tried_is_no_trap(reward: Config | str, reason: str) -> None:
    """It says something of this machine, or of the time, and nothing of the reward."""
    long = [Example(1, content(answer="a" * 60 + "b"))]
    config = of_snippet(reward) if isinstance(reward, str) else of_document(reward, "")

    found = tried_apart(config, long)

    assert ([*found.traps], reason in found.not_tried) == ([], True)


def test_time_is_up_for_all_answers_together() -> None:
    """However many there are."""
    snippet = f"import time\n{BODY}time.sleep(0.2)\n    return 1.0"
    many = [Example(number, content(answer=str(number))) for number in range(1, 50)]

    assert tried_apart(of_snippet(snippet), many, 1.0) == Attempt([], "it took longer than 1 s")
