"""The GitHub Actions examples, run step by step: from a pull request over a job that outlives its runner to prod."""

import re
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.stacks.project import ProjectCopy

from . import pages
from .actions import Outcome, Runner, holds, workflow
from .reader import Shell, in_git

LABELLED = "contains(github.event.pull_request.labels.*.name, 'training-run')"
PULL_REQUEST = {"matrix.stack": "dev", "secrets.PULUMI_ACCESS_TOKEN": "", LABELLED: "false"}
RUN = {"github.actor": "octocat", "secrets.PULUMI_ACCESS_TOKEN": "", "github.event_name": "push"}
SCHEDULED = {**RUN, "github.event_name": "schedule"}
MORE_DATA = """
sed -i.bak '$d' stacks/datasets/support-rft-train.jsonl
git commit --quiet --all --message "More data" && git push --quiet origin HEAD:main
"""
WRONG_LINE = """
echo '{"contents": []}' >> stacks/datasets/support-sft-train.jsonl
git commit --quiet --all --message "A wrong line" && git push --quiet origin HEAD:main
"""
LEAK = """
head -n 1 stacks/datasets/support-held-out.jsonl >> stacks/datasets/support-sft-train.jsonl
git commit --quiet --all --message "A leak" && git push --quiet origin HEAD:main
"""
BACK_ON_STAGING = """
git revert --no-edit "$(git log -1 --format=%h --grep='Release to staging')" && git push --quiet origin HEAD:main
"""


@dataclass
class Course:
    """What happened from the first pull request to prod, in order."""

    unlabelled: Outcome
    labelled: Outcome
    not_previewed: Outcome
    cut_short: Outcome
    jobs_when_cut_short: int
    resumed: Outcome
    staging: Outcome
    not_approved: Outcome
    prod: Outcome
    again: Outcome
    idle: Outcome
    """A scheduled run, after somebody has reverted the release on staging."""
    failed: Outcome
    jobs_when_failed: int
    not_repeated: Outcome
    right_data: Outcome
    leaked: Outcome
    wrong_data: Outcome
    jobs_at_the_end: int


def shortened(script: str) -> str:
    """Nothing but the time limit: a run of `dev` is some seconds of which the job takes an hour."""
    assert " 5h " in script or "timeout" not in script
    return script.replace(" 5h ", " 20s ")


@pytest.fixture(scope="module")
def course(project: ProjectCopy, place: Path) -> Course:
    """Run every workflow's every step."""
    shell = Shell(project, place / "shell", {})
    shutil.copytree(pages.WORKFLOWS, project.folder / ".github" / "workflows")
    in_git(project, shell)
    code, output = shell.run(
        """
        for stack in dev staging prod; do pulumi stack init $stack; done
        git add --all && git commit --quiet --message Stacks
        git clone --quiet --bare . ../origin && git remote add origin ../origin
        """
    )
    assert code == 0, output
    runner = Runner(project, place, shell)
    vertex = project.vertex.emulator

    unlabelled = runner.run("preview", "preview", PULL_REQUEST)
    labelled = runner.run("preview", "preview", {**PULL_REQUEST, LABELLED: "true"}, from_step="Stop at")
    not_previewed = runner.run("preview", "preview", {**PULL_REQUEST, "matrix.stack": "staging"})
    vertex.configure(job_duration_s=3600.0)
    cut_short = runner.run("dev", "up", RUN, shortened)
    jobs_when_cut_short = len(vertex.jobs())
    vertex.configure(job_duration_s=0.4)
    vertex.advance(timedelta(hours=2))
    resumed = runner.run("dev", "up", SCHEDULED, str)
    staging = runner.run("promote", "staging", RUN)
    approved = {"needs.staging.outputs.for-prod": staging.outputs["for-prod"]}
    not_approved = runner.run("promote", "prod", {**RUN, "needs.staging.outputs.for-prod": "another"})
    prod = runner.run("promote", "prod", {**RUN, **approved})
    again = runner.run("promote", "staging", RUN)
    assert shell.run(BACK_ON_STAGING)[0] == 0
    idle = runner.run("dev", "up", SCHEDULED, str)
    right_data = runner.run("check-data", "check")
    assert shell.run(LEAK)[0] == 0
    leaked = runner.run("check-data", "check")
    assert shell.run("git reset --quiet --hard HEAD~1 && git push --quiet --force origin HEAD:main")[0] == 0
    code, output = shell.run(MORE_DATA)
    assert code == 0, output
    vertex.faults.clear()
    vertex.faults.add(method="POST", path="tuningJobs$", times=0, job={"state": "JOB_STATE_FAILED"})
    failed = runner.run("dev", "up", RUN, str)
    jobs_when_failed = len(vertex.jobs())
    not_repeated = runner.run("dev", "up", SCHEDULED, str)
    assert shell.run(WRONG_LINE)[0] == 0
    wrong_data = runner.run("check-data", "check")
    return Course(
        unlabelled=unlabelled,
        labelled=labelled,
        not_previewed=not_previewed,
        cut_short=cut_short,
        jobs_when_cut_short=jobs_when_cut_short,
        resumed=resumed,
        staging=staging,
        not_approved=not_approved,
        prod=prod,
        again=again,
        idle=idle,
        failed=failed,
        jobs_when_failed=jobs_when_failed,
        not_repeated=not_repeated,
        right_data=right_data,
        leaked=leaked,
        wrong_data=wrong_data,
        jobs_at_the_end=len(vertex.jobs()),
    )


def test_pull_request_that_would_train_is_stopped(course: Course) -> None:
    """A planned training run needs a label, and the job says which jobs are meant."""
    assert not course.unlabelled.succeeded
    assert (
        "A training run would start: support-sft, support-rft. If that is meant, give the pull request the label "
        "training-run." in course.unlabelled.printed
    )


def test_label_lets_the_pull_request_pass(course: Course) -> None:
    """With the label nobody looks for a training run, so none is a failure."""
    assert course.labelled.codes == {}


def test_preview_is_the_job_summary(course: Course) -> None:
    """Reviewers see the preview without opening a log."""
    assert course.unlabelled.summary.startswith("## dev\n```\nPreviewing update (dev):")


def test_preview_tells_what_there_is_now(course: Course) -> None:
    assert "\n```\n## Tuning report: " in course.unlabelled.summary


def test_run_that_trained_a_release_reports_on_it(course: Course, project: ProjectCopy) -> None:
    """In its summary, and as a page for the artifact."""
    assert "## Tuning report: " in course.resumed.summary
    assert "support-rft" in course.resumed.summary
    assert (project.folder / "report.html").read_text().endswith("</html>\n")


def test_failed_preview_is_reported_in_a_whole_summary(course: Course) -> None:
    """The reason is in the summary, and whatever follows in it is not part of the block."""
    assert not course.not_previewed.succeeded
    assert "neither tunes nor has a release to serve" in course.not_previewed.summary
    assert course.not_previewed.summary.endswith("\n```\n")


def test_runner_at_its_limit_ends_well_and_leaves_one_job(course: Course) -> None:
    """A job that takes longer than the runner is no failure, and is not promoted."""
    assert course.cut_short.succeeded
    assert "the next run of this workflow resumes it" in course.cut_short.summary
    assert course.cut_short.outputs == {"release": ""}
    assert course.jobs_when_cut_short == 1


def test_run_is_interrupted_once(course: Course) -> None:
    """Pulumi is asked to end, not abandoned: it has saved where the job is."""
    assert "the wait was interrupted" in course.cut_short.printed
    assert "^C received; terminating" not in course.cut_short.printed


def test_scheduled_run_resumes_the_job(course: Course, project: ProjectCopy) -> None:
    """The next run goes on with the whole chain, which costs one job for each link, whatever the runners did."""
    names = [job["labels"]["ctune-name"] for job in project.vertex.emulator.jobs()]

    assert course.resumed.succeeded
    assert "No training run would start." in course.resumed.printed
    assert names[:2] == ["support-sft", "support-rft"]
    assert course.jobs_when_failed == 3


def test_scheduled_run_does_not_repeat_a_failed_job(course: Course) -> None:
    """What a run of its own would pay for anew, a run that nobody has asked for leaves alone, and says so."""
    assert not course.failed.succeeded
    assert not course.not_repeated.succeeded
    assert (
        "A training run would start: support-rft. If that is meant, run this workflow by hand."
        in course.not_repeated.printed
    )
    assert "Up" not in course.not_repeated.codes
    assert course.jobs_at_the_end == course.jobs_when_failed


def test_training_run_is_reported_with_what_it_would_cost(course: Course) -> None:
    """Whoever decides about the run sees the estimate first."""
    reported = course.not_repeated.printed

    assert re.search(
        r"^support-rft: about [\d,]+ \([\d,]+ to [\d,]+\) tokens to train, about \$", reported, re.MULTILINE
    )
    assert re.search(r"^in all: 1 training run: about [\d,]+ ", reported, re.MULTILINE)


def test_right_data_pass_the_check(course: Course) -> None:
    assert course.right_data.succeeded


def test_held_out_row_in_the_training_data_is_found(course: Course) -> None:
    """A version that was trained on what it is judged on would be flattered."""
    assert not course.leaked.succeeded
    assert "title=leakage::" in course.leaked.printed


def test_wrong_line_is_shown_at_its_place(course: Course) -> None:
    """GitHub shows an annotation with file and line in the pull request."""
    assert not course.wrong_data.succeeded
    assert re.search(
        r"^::error file=stacks/datasets/support-sft-train\.jsonl,line=\d+,title=empty-contents::",
        course.wrong_data.printed,
        re.MULTILINE,
    )


def test_run_that_ends_an_interrupted_chain_starts_the_promotion(course: Course) -> None:
    """The run in which dev's release changes goes on to promote.yml, also one that nobody but the clock has started."""
    assert starts_promotion(course.resumed)
    assert not starts_promotion(course.cut_short)


def test_scheduled_run_leaves_a_release_that_was_taken_back(course: Course) -> None:
    """Where dev has released nothing new, a revert on staging is not overruled within the hour."""
    assert course.idle.succeeded
    assert "Up" in course.idle.codes
    assert not starts_promotion(course.idle)


def test_reviewers_of_prod_see_the_release(course: Course, project: ProjectCopy) -> None:
    """What is to be approved is in the summary of the run."""
    assert course.staging.succeeded
    assert "release of staging -> config of prod" in course.staging.summary
    assert project.outputs("dev")["release"]["tuned_model_name"] in course.staging.summary


def test_prod_refuses_what_was_not_approved(course: Course) -> None:
    """If staging has moved on since the approval, nothing is written and nothing applied."""
    assert list(course.not_approved.codes.values())[-1] == 1
    assert "Up" not in course.not_approved.codes


def test_prod_serves_what_was_approved(course: Course, project: ProjectCopy) -> None:
    """After the approval prod has dev's version, and main says so."""
    log = project.run("git", "log", "--format=%s by %an", "--author=octocat", "origin/main").stdout.splitlines()

    assert course.prod.succeeded
    assert project.outputs("prod")["serves"] == project.outputs("dev")["release"]["tuned_model_name"]
    assert log[:2] == ["Release to prod by octocat", "Release to staging by octocat"]


def test_second_promotion_asks_nobody(course: Course) -> None:
    """Where prod has everything already, there is nothing to approve."""
    condition = workflow(pages.WORKFLOWS / "promote.yml")["jobs"]["prod"]["if"]

    assert course.again.succeeded
    assert not holds(condition, {"needs.staging.outputs.for-prod": course.again.outputs["for-prod"]})


def starts_promotion(outcome: Outcome) -> bool:
    """Whether a run of dev goes on to promote.yml."""
    condition = workflow(pages.WORKFLOWS / "dev.yml")["jobs"]["promote"]["if"]
    return holds(condition, {"needs.up.outputs.release": outcome.outputs["release"]})


def test_runs_of_a_stack_never_overlap() -> None:
    """Each job that applies a stack is in that stack's group, and none is cancelled half-way."""
    groups = {
        name: job["concurrency"]
        for file in ("dev", "promote")
        for name, job in workflow(pages.WORKFLOWS / f"{file}.yml")["jobs"].items()
        if "steps" in job
    }

    assert groups == {
        name: {"group": f"pulumi-{stack}", "cancel-in-progress": False}
        for name, stack in (("up", "dev"), ("staging", "staging"), ("prod", "prod"))
    }
