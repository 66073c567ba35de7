"""What a snippet shows when it is read and not run: it cannot be loaded, or can never give a reward.

Only what holds on every way through the code is certain. Names that are made at run time (`exec`, a star import) end
the guessing.
"""

import ast
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pulumi_ctune.core.messages import show
from pulumi_ctune.data.rewards.worker import LIBRARIES, NAME

_MADE_AT_RUN_TIME = frozenset({"exec", "eval", "globals", "vars", "locals", "setattr"})
_MAY_BE_THERE = frozenset(
    {
        *("PIL", "dateutil", "joblib", "mpl_toolkits", "packaging", "patsy", "pylab", "pyparsing", "pytz", "scipy"),
        *("six", "threadpoolctl"),
        *("asynchat", "asyncore", "cgi", "distutils", "imp", "pipes", "smtpd", "telnetlib"),
    }
)
"""What the listed libraries need or bring themselves, and what older versions of Python have: on no list, but not
certain to be missing.
"""
_NETWORK = frozenset({"ftplib", "http.client", "smtplib", "socket", "urllib.request"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


@dataclass(frozen=True)
class Flaw:
    """One sentence. `is_certain`: no call of it can give a reward, or all give the same (`is_same`)."""

    text: str
    is_certain: bool = True
    is_same: bool = False


def flaws_of(source: str) -> Iterator[Flaw]:
    """What is wrong with a snippet. Runs nothing of it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, NAME)
            compile(tree, NAME, "exec", dont_inherit=True)
    except SyntaxError as error:
        yield Flaw(f"it is not Python: {error.msg}" + (f" (line {error.lineno})" if error.lineno else ""))
        return
    except (ValueError, RecursionError, MemoryError) as error:
        yield Flaw(f"it is not Python: {error}")
        return
    yield from _of_imports(tree)
    yield from _of_evaluate(tree)


def _of_imports(tree: ast.Module) -> Iterator[Flaw]:
    at_once = {id(node) for node in _run_at_once(tree.body)}
    guarded = {id(node) for guard in ast.walk(tree) if _is_guard(guard) for node in ast.walk(guard)}
    reported: set[str] = set()
    for node in ast.walk(tree):
        for name, is_relative in _imported(node):
            top = name.partition(".")[0]
            is_missing = is_relative or (top not in LIBRARIES and top not in sys.stdlib_module_names)
            if name in reported or id(node) in guarded or not (is_missing or name in _NETWORK):
                continue
            reported.add(name)
            line = f"line {getattr(node, 'lineno', 0)}"
            is_certain = id(node) in at_once and top not in _MAY_BE_THERE
            if not is_missing:
                yield Flaw(f"{line} imports {name}, and the service has no network", is_certain=False)
            elif is_relative:
                yield Flaw(f"{line} imports from a package, and the snippet is in none", is_certain)
            else:
                has = ", ".join(LIBRARIES)
                text = f"{line} imports {show(top)}, which the service does not list: it has {has}"
                yield Flaw(text, is_certain)


def _is_guard(node: ast.AST) -> bool:
    """Whether what is in it may be missing: it is tried, or for type checkers alone."""
    return isinstance(node, ast.Try) or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))


def _imported(node: ast.AST) -> Iterator[tuple[str, bool]]:
    """The modules that a statement imports, and whether by a relative name."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.name, False
    elif isinstance(node, ast.ImportFrom):
        yield node.module or ".", node.level > 0


def _of_evaluate(tree: ast.Module) -> Iterator[Flaw]:
    if any(_is_made_at_run_time(node) for node in ast.walk(tree)):
        return
    bindings = [node for node in _in_scope(tree.body) if _binds_evaluate(node)]
    if not bindings:
        yield Flaw("it does not define evaluate(example, response)")
    elif len(bindings) == 1 and isinstance(found := bindings[0], _Function) and not found.decorator_list:
        yield from _of_function(found)


def _of_function(function: _Function) -> Iterator[Flaw]:
    own = list(_in_scope(function.body))
    returns = [node for node in own if isinstance(node, ast.Return) and node.value is not None]
    returns.sort(key=lambda node: node.lineno)
    if not _takes_two(function.args):
        yield Flaw(f"evaluate({ast.unparse(function.args)}) does not take the two arguments example and response")
    elif isinstance(function, ast.AsyncFunctionDef):
        yield Flaw("evaluate is async, and the service takes a float and no coroutine")
    elif any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own):
        yield Flaw("evaluate is a generator (yield), and the service takes a float")
    elif not returns:
        yield Flaw("evaluate returns nothing, and the service takes a float")
    else:
        yield from _of_returns(returns)


def _of_returns(returns: list[ast.Return]) -> Iterator[Flaw]:
    values = [_constant(node.value) for node in returns]
    known = [(node.lineno, value[0]) for node, value in zip(returns, values, strict=True) if value]
    odd = [(line, value) for line, value in known if isinstance(value, bool) or not isinstance(value, int | float)]
    texts = [entry for entry in odd if not isinstance(entry[1], bool)]
    if texts and len(texts) == len(returns):
        yield Flaw(f"evaluate returns {show(texts[0][1])} (line {texts[0][0]}), which is no float")
    elif texts:
        yield Flaw(f"evaluate returns {show(texts[0][1])} in line {texts[0][0]}, which is no float", is_certain=False)
    elif len(known) == len(returns) and len({_bounded(value) for _, value in known}) == 1:
        yield Flaw(
            f"evaluate returns {show(known[0][1])} whatever the answer: nothing can be learnt from it", is_same=True
        )


def _bounded(value: float) -> float:
    return max(-1.0, min(1.0, float(value)))


def _constant(node: ast.expr | None) -> tuple[Any] | None:
    """The value of an expression that is a constant, in a tuple."""
    try:
        return (ast.literal_eval(node),) if node is not None else None
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _takes_two(args: ast.arguments) -> bool:
    positional = len(args.posonlyargs) + len(args.args)
    needed = positional - len(args.defaults)
    return (
        needed <= 2
        and (positional >= 2 or args.vararg is not None)
        and all(default is not None for default in args.kw_defaults)
    )


def _binds_evaluate(node: ast.AST) -> bool:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name == "evaluate"
        case ast.Name(id="evaluate", ctx=ast.Store()):
            return True
        case ast.alias():
            return (node.asname or node.name) == "evaluate"
    return False


def _is_made_at_run_time(node: ast.AST) -> bool:
    match node:
        case ast.Name(id=name):
            return name in _MADE_AT_RUN_TIME
        case ast.ImportFrom(names=[ast.alias(name="*")]):
            return True
        case ast.Global(names=names):
            return "evaluate" in names
    return False


def _in_scope(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """All nodes of a body, those of functions and classes in it left out."""
    waiting: list[ast.AST] = [*body]
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, _SCOPES):
            waiting += ast.iter_child_nodes(node)


def _run_at_once(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that are run whenever the snippet is loaded."""
    for node in body:
        yield node
        if isinstance(node, ast.With):
            yield from _run_at_once(node.body)
