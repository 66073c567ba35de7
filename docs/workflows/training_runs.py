"""Say which training runs `pulumi up` of a stack would start; end with 1 if there is one.

Not counted is a job that an interrupted run left unfinished, which is taken up, and whatever continues from that job:
the run that was interrupted was to make both.

Usage: python training_runs.py STACK ADVICE, the latter being printed where a run would start
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

JOB = "ctune:ContinuousTuningJob"


def planned(stack: str) -> list[dict[str, Any]]:
    """The steps of a preview, in the order in which they would be made."""
    command = ("pulumi", "preview", "--stack", stack, "--json", "--non-interactive")
    preview = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if preview.returncode:
        sys.exit(preview.stdout)
    steps: list[dict[str, Any]] = json.loads(preview.stdout)["steps"]
    return steps


def started(steps: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The names of the jobs that would be started."""
    taken_up = set()
    for step in steps:
        if JOB not in step["urn"]:
            continue
        if step["op"] == "update" and step["oldState"].get("initErrors"):
            taken_up.add(step["urn"])
        elif step["op"] in ("create", "replace"):
            if taken_up.isdisjoint(step["newState"].get("dependencies", ())):
                yield step["urn"].rpartition("::")[2]
            else:
                taken_up.add(step["urn"])


if __name__ == "__main__":
    _, stack, advice = sys.argv
    if jobs := list(started(planned(stack))):
        sys.exit(f"A training run would start: {', '.join(jobs)}. {advice}")
    print("No training run would start.")
