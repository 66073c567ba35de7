"""The process in which `apart` tries a reward: started as a script, reads one JSON document and answers with one.

The package's own `__init__` is left out: it loads Pulumi's SDK, which takes longer than all that is done here.
"""

import json
import re
import signal
import sys
import types
from itertools import takewhile
from pathlib import Path
from time import monotonic
from typing import Any, NoReturn

_PACKAGE = Path(__file__).parents[2]
_OF_THIS_MACHINE = re.compile(r"is not installed here|took longer than|needs longer than|not known here")
"""Reasons that say something of this machine, or of the short time, and nothing of the reward."""


def main() -> None:
    signal.signal(signal.SIGTERM, _leave)
    given = json.load(sys.stdin)
    sys.path[:] = given["path"]
    package = types.ModuleType(_PACKAGE.name)
    package.__path__ = [str(_PACKAGE)]
    sys.modules[_PACKAGE.name] = package
    print(json.dumps(_tried(given)), flush=True)


def _leave(*_: object) -> NoReturn:
    sys.exit(1)


def _tried(given: dict[str, Any]) -> dict[str, Any]:
    from pulumi_ctune.data.rewards import cases, traps
    from pulumi_ctune.data.rewards.code import Limits
    from pulumi_ctune.data.rewards.config import of_document
    from pulumi_ctune.data.rewards.examples import Example
    from pulumi_ctune.data.rewards.trial import Trial

    deadline = monotonic() + given["seconds"]
    config = of_document(given["config"], "")
    examples = [Example(line, content) for line, content in given["examples"]]
    asked = cases.of_examples(config, examples)
    limits = Limits(seconds=given["call_seconds"], start_seconds=given["seconds"])
    with Trial(config, limits) as trial:
        result = trial.run(takewhile(lambda _: monotonic() < deadline, asked))
    if reason := next((each.reason for each in result.tried if _OF_THIS_MACHINE.search(each.reason)), ""):
        return {"traps": [], "not_tried": reason}
    is_cut = len(result.overall) < len(asked)
    return {
        "traps": [] if is_cut else [*traps.of_result(result)],
        "not_tried": f"it took longer than {given['seconds']:g} s" if is_cut else "",
    }


if __name__ == "__main__":
    main()
