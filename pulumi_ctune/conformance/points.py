"""What Google's documentation leaves open and this package relies on: one row for each.

The table of docs/reference/not-confirmed.md is `table()`, and a run answers the rows. A row without `step` cannot be
answered by a run of one project and one identity; `why_not` says why.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """`what` is a statement that holds or does not. `step` is the step of the run that shows it; `by_refusal`: it does
    not hold if Google refuses the step.
    """

    id: str
    what: str
    doubt: str
    if_not: str
    step: str = ""
    why_not: str = ""
    by_refusal: bool = False


POINTS = (
    Point(
        "continuation",
        "a job continues from a version and one of its checkpoints (SFT to SFT)",
        "the pages show it, nobody here has done it",
        "continue from the base model, and report it",
        "continued",
        by_refusal=True,
    ),
    Point(
        "version-in-region",
        "the name of a tuned version has the location of its job, also where it is served from `us` or `eu`",
        "no page says so",
        "nothing to set: the job of a version is looked for in both",
        "sft",
    ),
    Point(
        "training-series",
        "limits of `require` can be held to the training series of a job",
        "the series are read from the experiment's runs, of which the pages show no answer",
        "gate on an evaluation instead",
        "alias",
        by_refusal=True,
    ),
    Point(
        "cancel",
        "a job that was just submitted is cancelled, and ends as `JOB_STATE_CANCELLED`",
        "recorded by others, once",
        "cancel it in the console",
        "cancelled",
    ),
    Point(
        "listed-at-once",
        "a list shows a job as soon as it was submitted",
        "how long a list may lag is documented nowhere; half a second was recorded",
        "nothing to set: after a lost answer, the job is looked for over half a minute",
        "cancelled",
    ),
    Point(
        "cancelled-billing",
        "a job that failed, or was cancelled early, costs nothing",
        "not documented; bills come a day later, and no answer has them",
        "set a budget, and look at the bill",
        why_not="no answer has the bill: look at it a day later",
    ),
    Point(
        "endpoint-multi-region",
        "an endpoint can be made where the model is served (`us` or `eu` for Gemini 3)",
        "pulumi-gcp's own host would be `us-aiplatform.googleapis.com`, which does not exist. `stacks/serving.py` "
        "gives it a provider with Google's host, `https://aiplatform.us.rep.googleapis.com/v1beta1/`",
        "make the endpoint by REST on that host, remove `gcp.vertex.AiEndpoint`, and give its full name to "
        "`ModelDeployment`; for a model that is served in its region, set `servingLocation: us-central1`; otherwise "
        "use the endpoint that the job made, see the guide",
        "endpoint",
        by_refusal=True,
    ),
    Point(
        "endpoint-policy",
        "that endpoint takes an access policy",
        "endpoint policies are v1beta1 only, and no page says whether that host has them",
        "leave `callers` empty; grant `roles/aiplatform.user` on the project with `gcp.projects.IAMMember`",
        "policy",
        by_refusal=True,
    ),
    Point(
        "endpoint-key",
        "that endpoint can have a key (CMEK)",
        "a key serves one region",
        "the endpoint has no key; the version in `us-central1` is encrypted",
        why_not="the run makes no key",
    ),
    Point(
        "deploy-across",
        "a version from `us-central1` is deployed to your endpoint in `us`",
        "the API says that locations may differ; there is no sample",
        "call the endpoint that the job made, output `release.endpoint`: it serves, but its address is new with each "
        "job",
        "deployment",
        by_refusal=True,
    ),
    Point(
        "deployment-id",
        "a `ModelDeployment` chooses the id of its deployment",
        "the API allows it; no page shows it for Gemini",
        "nothing to set: if Google says that an id is taken, the next one is tried; any other refusal ends the `up` "
        "with Google's words. Please report it",
        "deployment",
    ),
    Point(
        "repeated-id",
        "a deployment with an id that is on the endpoint already is refused",
        "no page says how; the id keeps a repeated request from deploying twice",
        "nothing to set. Please report it",
        "repeated-id",
    ),
    Point(
        "free-id",
        "the id of a deployment is free again once it was undeployed",
        "no page says so",
        "nothing to set: the next id of the deployment's row is tried",
        "back",
    ),
    Point(
        "checkpoint-deployed",
        "a checkpoint that is not the default one is deployed (`checkpointId`)",
        "a field of the API that no page uses for Gemini",
        "leave `checkpoint_id` out of `ModelDeployment` in `stacks/serving.py`: the version's default checkpoint is "
        "deployed",
        "deployment",
    ),
    Point(
        "display-name-kept",
        "Google keeps the display name of a deployment",
        "no page says so for Gemini",
        "nothing to set: deployments are known by their id as well",
        "deployment",
    ),
    Point(
        "canary",
        "two versions share one endpoint (canary)",
        "the API allows it; there is no sample",
        "leave `trafficPercent` at 100",
        "canary",
        by_refusal=True,
    ),
    Point(
        "split-kept",
        "Google leaves a traffic split as it was set",
        "if Google filled in a split of its own, each `pulumi up --refresh` would shift it back. `AiEndpoint` has "
        '`ignore_changes=["trafficSplit"]`, because pulumi-gcp would otherwise take the deployment\'s split for drift',
        "run `pulumi up` without `--refresh`, and report it",
        "canary",
    ),
    Point(
        "caller-role",
        "`roles/aiplatform.user` on an endpoint is enough to call it",
        "pages name it for the project",
        "grant it on the project",
        why_not="it takes a second identity",
    ),
    Point(
        "evaluation-calls",
        "an evaluation run calls the tuned endpoint itself",
        "no page says that it can",
        '`answers="PROVIDER"`: the provider asks the model and hands the answers in',
        "evaluation",
        by_refusal=True,
    ),
    Point(
        "evaluation-labels",
        "lists of evaluation runs show labels",
        "nobody has seen labels there",
        "nothing to set: runs are found by the token in their display name",
        "evaluation",
    ),
    Point(
        "copy-checkpoints",
        "a copy has the checkpoints of its source beside the default one",
        "no page says so",
        "release the default checkpoint, and call the copy's endpoint before you rely on another one",
        "copy",
    ),
    Point(
        "copy-texts",
        "labels and description of the source come along with a copy",
        "no page says so",
        "nothing to set: the copy's own labels are written after it was made",
        "copy",
    ),
    Point(
        "copy-continued",
        "a job can continue from a copy",
        "no page says so. Shown as far as Google takes the job: it is cancelled then",
        "continue from the source",
        "cancelled",
    ),
    Point(
        "copy-project",
        "a copy goes to another project with the roles that the guide names",
        "documented for models that were uploaded",
        "grant `roles/aiplatform.admin` where the call is refused",
        why_not="the run stays in one project",
    ),
)

TABLE_HEAD = "| what | why it is doubtful | if it does not hold | shown by |\n|---|---|---|---|"


def table() -> str:
    """The rows as Markdown."""
    rows = [
        f"| {point.what} | {point.doubt} | {point.if_not} | {f'`{point.step}`' if point.step else point.why_not} |"
        for point in POINTS
    ]
    return "\n".join([TABLE_HEAD, *rows])
