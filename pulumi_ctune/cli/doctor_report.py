"""How `ctune doctor` prints what it found: a line for each finding, what mends it below, and a sum."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from pulumi_ctune.cli import spelling
from pulumi_ctune.core.printable import one_line, without_secrets
from pulumi_ctune.insight.doctor.finding import Finding

_LONGEST = 600
_WORDS = {"ok": ("ok", "green"), "wrong": ("wrong", "bold red"), "unknown": ("cannot be known", "yellow")}


def as_dict(service: str, stack: str, findings: Sequence[Finding]) -> Mapping[str, Any]:
    counted = Counter(finding.result for finding in findings)
    return {
        "service": service,
        "stack": stack or None,
        "checks": [finding.as_dict() for finding in findings],
        "wrong": counted["wrong"],
        "unknown": counted["unknown"],
    }


def show(out: Console, service: str, findings: Sequence[Finding]) -> None:
    if service:
        out.print(_clean(service))
    first = max(len(word) for word, _ in _WORDS.values())
    second = max(len(finding.check) for finding in findings)
    for finding in findings:
        word, style = _WORDS[finding.result]
        out.print(Text.assemble((f"{word:<{first}}", style), f"  {finding.check:<{second}}  {_clean(finding.what)}"))
        if finding.mend and finding.result != "ok":
            out.print(f"{'':{first}}  {'':{second}}  -> {_clean(finding.mend)}")
    counted = Counter(finding.result for finding in findings)
    out.print(f"{counted['ok']} ok, {counted['wrong']} wrong, {counted['unknown']} cannot be known")


def _clean(text: str) -> str:
    return spelling.spelled(without_secrets(one_line(text, _LONGEST)))
