"""What to tell somebody whose tuning job ended without a model: Google's words, and the next step where one is known.

One table, from what users have reported; an unknown failure gets Google's text alone. Codes of a job's error are
gRPC's, not HTTP's: https://grpc.io/docs/guides/status-codes/
"""

import re

from pulumi_ctune.core import job_states, names
from pulumi_ctune.core.api import JobError, TuningJob
from pulumi_ctune.core.errors import GRPC_CODES, TuningJobFailedError

_ACCOUNT = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){0,5}\.gserviceaccount\.com"
_LOOKED_AT = 4_000  # characters of Google's text

# A pattern of Google's text, the next step where that names the account, and the one where it names none.
_NEXT_STEPS = (
    (
        r"storage\.objects\.(get|list)",
        "Grant roles/storage.objectViewer on the bucket to {}.",
        "Grant roles/storage.objectViewer on the bucket to service_account, or to the tuning service agent "
        "service-PROJECT_NUMBER@gcp-sa-vertex-tune.iam.gserviceaccount.com.",
    ),
    (
        r"cloudkms|CryptoKey",
        "Grant roles/cloudkms.cryptoKeyEncrypterDecrypter on the key to {}.",
        "Grant roles/cloudkms.cryptoKeyEncrypterDecrypter on the key to the Vertex AI service agent.",
    ),
    (
        r"(?i)service account .*(not exist|not found)",
        "Check service_account: {} must exist in the job's project.",
        "Check service_account: the account must exist in the job's project.",
    ),
    (r"gs://\S+", "", "Check the dataset URI and that the object exists and has the documented format."),
    (r"(?i)quota|exhausted", "", "Ask for more quota, or run `pulumi up` again later."),
)


def failure_of(job: TuningJob) -> TuningJobFailedError:
    """The error for a job in a final state that is not success; it names the model version that some of them leave."""
    details = f"; details: {job.console_url}" if job.console_url else "."
    again = f"`pulumi up` then starts a new job{details}"
    return TuningJobFailedError(
        f"the tuning job ended: {job_states.words(job.state)}",
        where=job.name,
        why=_why(job),
        next_step=f"{_kept(job) or _next_step(job)} {again}",
    )


def _kept(job: TuningJob) -> str:
    """The way to keep what a failed job has made all the same (recorded: it could not make the endpoint)."""
    if not job.tuned_model_name:
        return ""
    return (
        f"It left the model version {job.tuned_model_name}: set adopt_job to '{names.last_segment(job.name)}' to keep "
        "that (`ctune.ModelDeployment` can serve it), or train anew:"
    )


def _why(job: TuningJob) -> str:
    if job.error:
        return f"{job.error.message.rstrip().removesuffix('.')} ({_code(job.error)})"
    if job.state == "JOB_STATE_EXPIRED":
        return "the service gave it up (it names no reason for expired jobs)"
    return "it made no tuned model, and the service names no reason"


def _code(error: JobError) -> str:
    name, _ = GRPC_CODES.get(error.code, (f"code {error.code}", 0))
    return name


def _next_step(job: TuningJob) -> str:
    message = job.error.message if job.error else ""
    if job.state == "JOB_STATE_CANCELLED":
        return "Somebody cancelled it."
    account = re.search(_ACCOUNT, message[:_LOOKED_AT])
    for pattern, to_named, step in _NEXT_STEPS:
        if re.search(pattern, message[:_LOOKED_AT]):
            return to_named.format(account[0]) if account and to_named else step
    return ""
