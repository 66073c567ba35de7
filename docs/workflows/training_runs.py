"""Say which training runs `pulumi up` of a stack would start, or may start, and what they would cost; end with 1 if
there is one.

Not counted are a job that an interrupted run left unfinished, which is resumed, and every job that continues from it:
the interrupted run would have made both.

Usage: python training_runs.py STACK ADVICE, the latter being printed where a run would start
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

JOBS = ("ctune:ContinuousTuningJob", "ctune:index:ContinuousTuningJob")  # of Python programs, and of the plugin

MAY_TRAIN = "may train again"  # how a line starts where an input of a job is known only after the update
PRICE = "tokens to train"  # part of the line with the estimate of a job that would be made, and of that with the sum


def planned(stack: str) -> dict[str, Any]:
    """What a preview tells: `steps`, in the order in which they would be made, and `diagnostics`."""
    command = ("pulumi", "preview", "--stack", stack, "--json", "--non-interactive")
    preview = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if preview.returncode:
        sys.exit(preview.stdout)
    answer: dict[str, Any] = json.loads(preview.stdout)
    return answer


def is_job(urn: str) -> bool:
    return any(type_ in urn for type_ in JOBS)


def started(steps: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The names of the jobs that would be started."""
    taken_up = set()
    for step in steps:
        if not is_job(step["urn"]):
            continue
        if step["op"] == "update" and step["oldState"].get("initErrors"):
            taken_up.add(step["urn"])
        elif step["op"] in ("create", "replace"):
            if taken_up.isdisjoint(step["newState"].get("dependencies", ())):
                yield step["urn"].rpartition("::")[2]
            else:
                taken_up.add(step["urn"])


def possible(diagnostics: Sequence[dict[str, Any]]) -> list[str]:
    """The names of the jobs of which only the update itself can tell."""
    return list(dict.fromkeys(name for name, _ in messages(diagnostics, MAY_TRAIN)))


def messages(diagnostics: Sequence[dict[str, Any]], part: str) -> Iterator[tuple[str, str]]:
    """Lines that have this part, each with the name of its job; those of the whole stack are "in all"."""
    for line in diagnostics:
        if part in line.get("message", ""):
            urn = line.get("urn", "")
            yield urn.rpartition("::")[2] if is_job(urn) else "in all", line["message"].strip()


if __name__ == "__main__":
    _, stack, advice = sys.argv
    preview = planned(stack)
    diagnostics = preview.get("diagnostics") or ()
    for name, price in messages(diagnostics, PRICE):
        print(f"{name}: {price}", flush=True)
    if jobs := list(started(preview["steps"])):
        sys.exit(f"A training run would start: {', '.join(jobs)}. {advice}")
    if jobs := possible(diagnostics):
        sys.exit(f"A training run may start: {', '.join(jobs)}. {advice}")
    print("No training run would start.")
