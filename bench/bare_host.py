"""Pulumi's dynamic host without what `pulumi_ctune.dynamic` adds to it: `python -m bench.bare_host ADDRESS`.

The provider is the same; what its `configure()` and its verbs ask of it does nothing.
"""

import runpy
from contextlib import nullcontext

from pulumi_ctune.dynamic import host


def main() -> None:
    vars(host).update(install=lambda: (), settled=nullcontext)
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)


main()
