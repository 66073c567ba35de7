"""Runs Python out of requests, where the emulator was started with the flag that allows it, and only there.

A snippet runs in a process of its own, isolated from this environment's packages and variables, with time and memory
limits. That keeps a mistake from doing harm; it is no sandbox against malice, which is why the flag is off by default.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

_TIME_LIMIT_S = 10.0
_TIME_LIMIT_OF_A_CALL_S = 0.1  # on top, for each call
_MOST_MEMORY_BYTES = 2**30
_MARK = "RESULTS "
_RUNNER = f"""
import json, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, ({_MOST_MEMORY_BYTES}, {_MOST_MEMORY_BYTES}))
except (ImportError, ValueError, OSError):
    pass  # no such limit on this system
given = json.load(sys.stdin)
scope = {{"__name__": "snippet"}}
exec(compile(given["snippet"], "python_code_snippet", "exec"), scope)
if given["function"] not in scope:
    sys.exit("The snippet does not define " + given["signature"] + ".")
results = []
for arguments in given["calls"]:
    try:
        results.append(float(scope[given["function"]](*arguments)))
    except Exception as error:
        results.append(type(error).__name__ + ": " + str(error))
print("\\n{_MARK}" + json.dumps(results))
"""


class SnippetFailed(Exception):
    """A snippet gave no number; `str()` says why."""


def run(snippet: str, signature: str, arguments: Sequence[Any]) -> float:
    """The float that the snippet's function returns; `signature` is such as `evaluate(example, response)`.

    Raises:
        SnippetFailed: it defines no such function, raises, returns no number or takes longer than 10 s.
    """
    (result,) = run_each(snippet, signature, [arguments])
    if isinstance(result, SnippetFailed):
        raise result
    return result


def run_each(snippet: str, signature: str, calls: Sequence[Sequence[Any]]) -> list[float | SnippetFailed]:
    """As `run`, for many calls in one process: what each of them returned, or why it failed."""
    function = signature.partition("(")[0]
    given = {"snippet": snippet, "function": function, "signature": signature, "calls": calls}
    limit_s = _TIME_LIMIT_S + _TIME_LIMIT_OF_A_CALL_S * (len(calls) - 1)
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _RUNNER],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=limit_s,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [SnippetFailed(f"The snippet took longer than {limit_s:g} s.")] * len(calls)
    marked = [line for line in done.stdout.splitlines() if line.startswith(_MARK)]
    if done.returncode or not marked:
        said = done.stderr.strip().splitlines()
        reason = said[-1] if said else f"The snippet ended with code {done.returncode}."
        return [SnippetFailed(reason)] * len(calls)
    results = json.loads(marked[-1].removeprefix(_MARK))
    return [SnippetFailed(result) if isinstance(result, str) else result for result in results]


def syntax_problem(snippet: str) -> str:
    """What keeps a snippet from being Python; empty if it is. Runs nothing."""
    try:
        compile(snippet, "python_code_snippet", "exec")
    except (SyntaxError, ValueError) as error:
        return f"The snippet is not Python: {error}."
    return ""
