"""One run from its first step to its page, or as far as it comes.

Knows how the parts go together; asks nobody and prints nothing. `workload` has the price, which is told before.
"""

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pulumi_ctune.config import Settings
from pulumi_ctune.conformance import execution, page
from pulumi_ctune.conformance.journal import Journal
from pulumi_ctune.conformance.recorder import Recorder
from pulumi_ctune.conformance.resources import Resources
from pulumi_ctune.conformance.service import Service
from pulumi_ctune.conformance.step import StepContext
from pulumi_ctune.conformance.workload import Cost, Plan
from pulumi_ctune.core.retry import Report

Tell = Callable[[str], None]
"""One line for the user."""


def run(
    journal: Journal,
    settings: Settings,
    plan: Plan,
    cost: Cost,
    report: Report,
    tell: Tell,
    *,
    only_clean: bool = False,
    **wait_context: Any,
) -> tuple[page.Summary, list[str]]:
    """Do what is still to be done, take everything away, and write the page; what could not be taken away.

    `wait_context` are those of `Service`. Raises `CtuneError` where the run cannot go on now: nothing is lost.
    """
    utc_now = wait_context.get("utc_now")
    recorder = Recorder(journal.append, utc_now)
    service = Service(settings, plan, journal.run_id, recorder, report, **wait_context)
    try:
        context = StepContext(service, journal, Resources(service, journal))
        if not only_clean:
            execution.do_steps(context, recorder, cost, tell)
        left = execution.remove_all(context, recorder, tell)
    finally:
        service.close()
    return page.write(journal, plan, _version(), _answered(settings), left), left


def _version() -> str:
    try:
        return version("pulumi-ctune")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "unknown"


def _answered(settings: Settings) -> str:
    return {"google": "Google", "emulator": "an emulator"}.get(settings.kind, "a service at a URL of the user's")
