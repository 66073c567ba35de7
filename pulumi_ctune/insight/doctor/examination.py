"""All looks, in the order in which one thing needs another: settings, sign-in, then the rest side by side."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from pulumi_ctune.core.api import Vertex
from pulumi_ctune.core.cloud import Cloud
from pulumi_ctune.insight.doctor import data, jobs, project
from pulumi_ctune.insight.doctor.bounded import Look, together
from pulumi_ctune.insight.doctor.finding import Finding, ok, unknown
from pulumi_ctune.insight.doctor.jobs import CountTokens
from pulumi_ctune.insight.doctor.subject import Subject

WITHIN = timedelta(seconds=20)
"""The longest that a round of looks takes; there are three."""


def examine(
    subject: Subject,
    vertex: Vertex,
    open_cloud: Callable[[], Cloud],
    count_tokens: CountTokens,
    *,
    within: timedelta = WITHIN,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Finding]:
    """What was found of the service: everything but versions and settings. Raises nothing that can be foreseen.

    `open_cloud` signs in nowhere by itself; it may raise `CtuneError`. `progress` is told what takes its time.
    """
    found = [*project.names_of_place(subject.settings), *jobs.planned(subject)]
    folder = subject.settings.api_endpoint.state_dir
    if folder is not None and not folder.is_dir():  # asked, it would make the folder
        return [
            *found,
            ok("service", f"the emulator makes {folder} with the first update; there is nothing to ask yet"),
        ]
    cloud: list[Cloud] = []
    account: list[str] = []

    def sign_in() -> Sequence[Finding]:
        opened = open_cloud()
        who, finding = project.sign_in(subject.settings, opened)
        if finding.result != "wrong":
            cloud.append(opened)
            account.append(who)
        return [finding]

    progress("signing in")
    found += together({"sign-in": sign_in}, within)
    if not account:
        return [*found, unknown("service", "nothing was asked there, since that takes a sign-in")]
    numbers: dict[str, str] = {}

    def projects() -> Sequence[Finding]:
        findings, known = project.at_google(subject, cloud[0])
        numbers.update(known)
        return findings

    progress("asking for project and region")
    found += together({"project": projects, "vertex": partial(project.reached, subject, cloud[0])}, within)
    looks: dict[str, Look] = {
        "apis": partial(project.services, subject, cloud[0]),
        "roles": partial(project.roles, subject, cloud[0], account[0]),
        "models": partial(jobs.models, subject, count_tokens),
        "datasets": partial(data.objects, subject, vertex),
        "buckets": partial(data.buckets, subject, cloud[0], account[0]),
        "agents": partial(data.agents, subject, cloud[0], dict(numbers)),
        "accounts": partial(jobs.accounts, subject, cloud[0], account[0]),
        "keys": partial(jobs.keys, subject, cloud[0], dict(numbers)),
        "quota": partial(jobs.quota, subject, cloud[0]),
    }
    progress("asking for services, roles and data")
    return [*found, *together(looks, within)]
