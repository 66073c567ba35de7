"""What the package adds to the start of every program, and what a Check costs."""

import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

from bench.empty import EmptyProvider
from bench.emulator_process import JOB
from bench.report import Line
from pulumi_ctune.providers import ContinuousTuningJobProvider
from tests.host.harness import ProviderHost

IMPORTS = 21
FIRST_CHECKS = 5
LATER_CHECKS = 200

_IMPORT = """
from time import perf_counter
began = perf_counter()
import pulumi
between = perf_counter()
import pulumi_ctune
alone = perf_counter()
pulumi_ctune.ContinuousTuningJob, pulumi_ctune.PreTunedModelArgs, pulumi_ctune.SupervisedTuningSpecArgs
print(between - began, alone - between, perf_counter() - between)
"""


def imports() -> list[Line]:
    """Both in each process, one after the other, as in a program."""
    taken = [_import_ms() for _ in range(IMPORTS)]
    pulumi, alone, used = (median(column) for column in zip(*taken, strict=True))
    return [
        Line(
            "import pulumi_ctune, after import pulumi",
            "ms",
            alone,
            pulumi,
            "import pulumi",
            f"median of {IMPORTS}; at most 15 ms",
        ),
        Line("the same, and the classes of a tuning job", "ms", used, pulumi, "import pulumi", f"median of {IMPORTS}"),
    ]


def checks() -> list[Line]:
    """Over gRPC; the first Check of a host makes the provider and loads what it needs."""
    pairs = [(_checks_ms(ContinuousTuningJobProvider), _checks_ms(EmptyProvider)) for _ in range(FIRST_CHECKS)]
    lines = []
    for index, (which, note) in enumerate(
        (
            ("first Check in a host", f"median of {FIRST_CHECKS}"),
            ("later Check", f"median of {FIRST_CHECKS * LATER_CHECKS}; promised: 10 ms"),
        )
    ):
        ours, baseline = (median(results[side][index] for results in pairs) for side in (0, 1))
        lines.append(Line(which, "ms", ours, baseline, "dynamic resource without properties", note))
    return lines


def _import_ms() -> tuple[float, ...]:
    done = subprocess.run([sys.executable, "-c", _IMPORT], capture_output=True, text=True, check=True)
    return tuple(float(seconds) * 1000 for seconds in done.stdout.split())


def _checks_ms(make: Callable[[], ContinuousTuningJobProvider | EmptyProvider]) -> tuple[float, float]:
    inputs = JOB if make is ContinuousTuningJobProvider else {}
    with ProviderHost(make(), config={"ctune:apiEndpoint": "embedded:never-used", "ctune:dataChecks": "off"}) as host:

        def check_ms() -> float:
            began = time.perf_counter()
            host.check(inputs)
            return (time.perf_counter() - began) * 1000

        first = check_ms()
        return first, median(check_ms() for _ in range(LATER_CHECKS))
