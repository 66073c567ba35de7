"""Runs the Python of a code reward, where the emulator was started with the flag that allows it, and only there.

The snippet runs in a process of its own, isolated from this environment's packages and variables, with time and memory
limits. That keeps a mistake from doing harm; it is no sandbox against malice, which is why the flag is off by default.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

_TIME_LIMIT_S = 10.0
_MOST_MEMORY_BYTES = 2**30
_RUNNER = f"""
import json, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, ({_MOST_MEMORY_BYTES}, {_MOST_MEMORY_BYTES}))
except (ImportError, ValueError, OSError):
    pass  # no such limit on this system
given = json.load(sys.stdin)
scope = {{"__name__": "reward"}}
exec(compile(given["snippet"], "python_code_snippet", "exec"), scope)
if "evaluate" not in scope:
    sys.exit("The snippet does not define evaluate(example, response).")
print("\\nREWARD " + repr(float(scope["evaluate"](given["example"], given["response"]))))
"""


class RewardCodeFailed(Exception):
    """The snippet gave no reward; `str()` says why, in the words of its last line of output."""


def run(snippet: str, example: Mapping[str, Any], response: Mapping[str, Any]) -> float:
    """The float that `evaluate(example, response)` of the snippet returns.

    Raises:
        RewardCodeFailed: it defines no such function, raises, returns no number or takes longer than 10 s.
    """
    given = json.dumps({"snippet": snippet, "example": example, "response": response})
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _RUNNER],
            input=given,
            capture_output=True,
            text=True,
            timeout=_TIME_LIMIT_S,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RewardCodeFailed(f"The snippet took longer than {_TIME_LIMIT_S:g} s.") from None
    marked = [line for line in done.stdout.splitlines() if line.startswith("REWARD ")]
    if done.returncode or not marked:
        said = done.stderr.strip().splitlines()
        raise RewardCodeFailed(said[-1] if said else f"The snippet ended with code {done.returncode}.")
    return float(marked[-1].removeprefix("REWARD "))
