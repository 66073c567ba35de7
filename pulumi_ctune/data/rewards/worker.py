"""The process that runs a reward's snippet: started by `code` as a script, imports nothing of this package.

Reads one JSON document a line and answers each with one: first the source, which has to define `evaluate`, then the
examples. The snippet gets what the service gives it: the listed libraries, one processor, a limit on memory and no
network. That makes a mistake show here; it is no sandbox against malice.
"""

import ast
import builtins
import contextlib
import ctypes
import json
import math
import numbers
import os
import sys
import time
import types
from collections.abc import Callable, Mapping
from typing import Any

LIBRARIES = ("cv2", "matplotlib", "mpmath", "numpy", "pandas", "seaborn", "sklearn", "statsmodels", "sympy")
"""What the service has beyond the standard library."""
NAME = "python_code_snippet"
_NO_NETWORK = (
    *("socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyaddr", "socket.gethostbyname"),
    *("socket.sendmsg", "socket.sendto"),
)
_LONGEST = 500  # characters of a reason
_CLONE_NEWUSER, _CLONE_NEWNET, _PR_SET_PDEATHSIG, _SIGKILL = 0x10000000, 0x40000000, 1, 9
_import = builtins.__import__


class _NoEvaluate(Exception):
    pass


def main() -> None:
    """Serve until the other side closes its end."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):  # what the snippet prints is nobody's answer
        os.dup2(nowhere, descriptor)
    start = json.loads(requests.readline())
    _limit(start["memory_bytes"])
    evaluate: Callable[..., Any] | None = None
    try:
        evaluate = _load(start["snippet"])
        first: dict[str, Any] = {}
    except BaseException as error:  # also SystemExit
        first = {"error": _said(error)}
    _send(answers, first)
    while evaluate and (line := requests.readline()):
        given = json.loads(line)
        _limit_cpu(given["seconds"])
        _send(answers, _called(evaluate, given["example"], given["response"]))


def _send(answers: Any, answer: Mapping[str, Any]) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


def _load(snippet: str) -> Callable[..., Any]:
    module = types.ModuleType(NAME)
    sys.modules[NAME] = module  # where dataclasses look for it
    scope = vars(module)
    scope["__builtins__"] = {**vars(builtins), "__import__": _import_listed}
    exec(compile(ast.parse(snippet, NAME), NAME, "exec"), scope)
    evaluate: Callable[..., Any] | None = scope.get("evaluate")
    if not callable(evaluate):
        raise _NoEvaluate("it does not define evaluate(example, response)")
    return evaluate


def _called(evaluate: Callable[..., Any], example: Any, response: Any) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        reward = evaluate(example, response)
        answer = _read(reward)
    except BaseException as error:
        answer = {"error": _said(error)}
    return {**answer, "seconds": time.perf_counter() - began}


def _read(reward: Any) -> dict[str, Any]:
    kind = type(reward).__name__
    if not isinstance(reward, numbers.Real):
        return {"error": f"evaluate returned {_cut(repr(reward))} ({kind}), which is no float"}
    value = float(reward)
    if math.isnan(value):
        return {"error": "evaluate returned NaN, which counts as failed"}
    return {"reward": "inf" if value == math.inf else "-inf" if value == -math.inf else value, "kind": kind}


def _said(error: BaseException) -> str:
    if isinstance(error, _NoEvaluate):
        return str(error)
    if isinstance(error, MemoryError):
        return "MemoryError: it needs more memory than the service has" + _place(error)
    if isinstance(error, SyntaxError):
        return f"it is not Python: {error.msg}" + (f" (line {error.lineno})" if error.lineno else "")
    text = type(error).__name__
    with contextlib.suppress(Exception):  # a snippet's own exceptions may say nothing
        text += f": {_cut(str(error))}" if str(error) else ""
    if isinstance(error, SystemExit):
        text = "it ended the process with sys.exit"
    return text + _place(error)


def _place(error: BaseException) -> str:
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == NAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    return f" (line {line})" if line else ""


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _import_listed(name: str, *args: Any, **kwargs: Any) -> Any:
    top = name.partition(".")[0]
    is_listed = top in LIBRARIES
    if not is_listed and top not in sys.stdlib_module_names:
        raise ModuleNotFoundError(f"the service has no module {top!r}; its libraries are {', '.join(LIBRARIES)}")
    try:
        return _import(name, *args, **kwargs)
    except ModuleNotFoundError as error:
        if is_listed and error.name == top:
            raise ModuleNotFoundError(
                f"{top} is not installed here; the service has it. Install it to try this"
            ) from None
        raise


def _refuse_network(event: str, _: object) -> None:
    if event in _NO_NETWORK:
        raise PermissionError("the service has no network")


def _limit(memory_bytes: int) -> None:
    sys.addaudithook(_refuse_network)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL)
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)  # for other programs that it starts; not everywhere allowed
    try:
        import resource

        # Of address space, libraries reserve far more than they use.
        of = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
        resource.setrlimit(of, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        pass  # no such limit on this system


def _limit_cpu(seconds: float) -> None:
    """The other side looks at the clock; this is for when it is gone."""
    try:
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        most = math.ceil(used.ru_utime + used.ru_stime + seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
    except (ImportError, ValueError, OSError):
        pass


if __name__ == "__main__":
    main()
