"""How `ctune prune` prints what it lists, keeps and deletes."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from pulumi_ctune.core.printable import one_line
from pulumi_ctune.core.values import timestamp
from pulumi_ctune.insight.prune.plan import Plan
from pulumi_ctune.insight.prune.survey import Item

_LONGEST = 600
_WORDS = {"version": "model version", "endpoints": "endpoint", "evaluation": "evaluation run"}


def as_dict(stack: str, plan: Plan, deleted: Sequence[Item], refused: str, warnings: Sequence[str]) -> dict[str, Any]:
    gone = {item.name for item in deleted}
    return {
        "stack": stack,
        "listed": [item.as_dict() | {"deleted": item.name in gone} for item in plan.listed],
        "kept": [each.as_dict() for each in plan.kept],
        "refused": refused or None,
        "gaps": list(plan.gaps),
        "warnings": list(warnings),
    }


def show(out: Console, stack: str, plan: Plan) -> None:
    """The list, and what stays."""
    if plan.listed:
        _line(out, f"Nothing needs these of stack {stack}, as far as can be seen:")
    elif not plan.gaps:
        _line(out, f"There is nothing of stack {stack} to prune.")
    for item in plan.listed:
        _line(out, f"  {title(item)}")
        about = [f"resource {item.resource}"] if item.resource else []
        about += [f"of {timestamp(item.made)}"] if item.made else []
        tokens = item.job.training_token_count if item.job and item.version else None
        about += [f"{tokens:,} tokens were trained for it"] if tokens else []
        _line(out, f"    {', '.join([*about, item.why])}")
        if item.version is not None:
            for endpoint in item.endpoints:
                _line(out, f"    with {endpoint}")
        _line(out, f"    costs to keep: {item.cost}")
    if plan.kept:
        _line(out, "These stay:")
    for each in plan.kept:
        _line(out, f"  {title(each.item)}: {each.why}")


def title(item: Item) -> str:
    return f"{_WORDS[item.kind]} {item.name}"


def _line(out: Console, text: str) -> None:
    indent = len(text) - len(text.lstrip())
    out.print(" " * indent + one_line(text.strip(), _LONGEST))
