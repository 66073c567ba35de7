"""Snippets that are read and not run: what can never give a reward is certain, the rest is not guessed."""

import pytest

from pulumi_ctune.data.rewards.snippet_look import flaws_of

BODY = "def evaluate(example, response):\n    "
CERTAIN = {
    "no Python": ("def evaluate(:", "it is not Python: invalid syntax (line 1)"),
    "return outside of a function": ("return 1", "it is not Python: 'return' outside function (line 1)"),
    "NUL": ("\0", "it is not Python: source code string cannot contain null bytes"),
    "library": (
        f"import requests\n{BODY}return float(requests is response)",
        "line 1 imports 'requests', which the service does not list: it has cv2, matplotlib, mpmath, numpy, pandas, "
        "seaborn, sklearn, statsmodels, sympy",
    ),
    "module of the program": (
        f"from my_rewards.text import score\n{BODY}return score(response)",
        "line 1 imports 'my_rewards', which the service does not list: it has cv2, matplotlib, mpmath, numpy, pandas, "
        "seaborn, sklearn, statsmodels, sympy",
    ),
    "relative import": (
        f"from .text import score\n{BODY}return score(response)",
        "line 1 imports from a package, and the snippet is in none",
    ),
    "no evaluate": (
        "def reward(example, response):\n    return len(response)",
        "it does not define evaluate(example, response)",
    ),
    "evaluate of a class": (
        "class R:\n    def evaluate(self, example, response):\n        return len(response)",
        "it does not define evaluate(example, response)",
    ),
    "one argument": (
        "def evaluate(response):\n    return len(response)",
        "evaluate(response) does not take the two arguments example and response",
    ),
    "three arguments": (
        "def evaluate(a, b, c):\n    return len(a)",
        "evaluate(a, b, c) does not take the two arguments example and response",
    ),
    "keyword": (
        "def evaluate(a, b, *, c):\n    return len(a)",
        "evaluate(a, b, *, c) does not take the two arguments example and response",
    ),
    "async": (
        "async def evaluate(example, response):\n    return len(response)",
        "evaluate is async, and the service takes a float and no coroutine",
    ),
    "generator": (f"{BODY}yield 1.0", "evaluate is a generator (yield), and the service takes a float"),
    "nothing": (f"{BODY}print(response)", "evaluate returns nothing, and the service takes a float"),
    "text": (f"{BODY}return '1.0'", "evaluate returns '1.0' (line 2), which is no float"),
    "always the same": (
        f"{BODY}if response:\n        return 1.0\n    return 3",
        "evaluate returns 1 whatever the answer: nothing can be learnt from it",
    ),
}
LIKELY = {
    "library, only when it is called": (
        f"{BODY}import requests\n    return float(requests is response)",
        "line 2 imports 'requests', which the service does not list: it has cv2, matplotlib, mpmath, numpy, pandas, "
        "seaborn, sklearn, statsmodels, sympy",
    ),
    "what a listed library needs itself": (
        f"from scipy.stats import norm\n{BODY}return norm.cdf(len(response))",
        "line 1 imports 'scipy', which the service does not list: it has cv2, matplotlib, mpmath, numpy, pandas, "
        "seaborn, sklearn, statsmodels, sympy",
    ),
    "network": (
        f"import urllib.request\n{BODY}return float(urllib.request is response)",
        "line 1 imports urllib.request, and the service has no network",
    ),
    "text in one case": (
        f"{BODY}if response:\n        return len(response)\n    return 'none'",
        "evaluate returns 'none' in line 4, which is no float",
    ),
}
RIGHT = {
    "plain": f"{BODY}return float(response == example)",
    "listed libraries": f"import numpy as np\nfrom sklearn import metrics\nimport re\n{BODY}return np.mean(response)",
    "guarded import": f"try:\n    import requests\nexcept ImportError:\n    pass\n{BODY}return len(response)",
    "import for type checkers": (
        f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import requests\n{BODY}return len(response)"
    ),
    "defaults and variable arguments": "def evaluate(*given, scale=1.0):\n    return scale * len(given)",
    "assigned": "evaluate = lambda example, response: 1.0 * len(response)",
    "imported": "from math import hypot as evaluate",
    "defined in a branch": "if True:\n    def evaluate(example, response):\n        return len(response)",
    "made at run time": "exec('def evaluate(e, r): return 1.0')",
    "star import": "from math import *",
    "set by a function": "def make():\n    global evaluate\n    evaluate = max\nmake()",
    "decorated": "import functools\n@functools.cache\ndef evaluate(only):\n    return 1.0",
    "constants that differ": f"{BODY}if response:\n        return 1.0\n    return -1.0",
    "inner function that returns nothing": f"{BODY}def inner():\n        pass\n    return len(response)",
}


@pytest.mark.parametrize(("source", "text"), CERTAIN.values(), ids=CERTAIN.keys())
def test_what_can_never_give_a_reward_is_certain(source: str, text: str) -> None:
    """Every call fails, or all earn the same."""
    assert [(flaw.text, flaw.is_certain) for flaw in flaws_of(source)] == [(text, True)]


@pytest.mark.parametrize(("source", "text"), LIKELY.values(), ids=LIKELY.keys())
def test_what_may_fail_is_likely(source: str, text: str) -> None:
    """Some calls may never come there."""
    assert [(flaw.text, flaw.is_certain) for flaw in flaws_of(source)] == [(text, False)]


@pytest.mark.parametrize("source", RIGHT.values(), ids=RIGHT.keys())
def test_what_may_be_right_is_left_alone(source: str) -> None:
    """A wrong alarm would stop a job that is fine."""
    assert [*flaws_of(source)] == []


def test_snippet_is_not_run() -> None:
    """It is looked at in the provider's own process."""
    assert [flaw.text for flaw in flaws_of("raise SystemExit(1)\ndef evaluate(e, r):\n    return len(r)")] == []
