"""What to do about what Google says: one table for requests that it refuses and for jobs that it fails.

From IAM's facts and from what users have reported; words that nobody knows a step for get none.
Roles: https://cloud.google.com/vertex-ai/docs/general/access-control
"""

import re
from typing import NamedTuple


class _Advice(NamedTuple):
    """A pattern of Google's text, and the step for each who may read it; empty for none.

    `refused`: a request was answered with 403. `failed`: a job failed; `failed_account` is for a text that names the
    account, which takes the place of `{}`.
    """

    pattern: str
    refused: str = ""
    failed: str = ""
    failed_account: str = ""


_TABLE = (
    _Advice(
        r"has not been used in project|it is disabled",
        refused="Run `gcloud services enable aiplatform.googleapis.com`.",
    ),
    _Advice(
        r"iam\.serviceAccounts\.actAs",
        refused="Grant the caller roles/iam.serviceAccountUser on the service account.",
    ),
    _Advice(
        r"storage\.objects\.",
        refused="Grant roles/storage.objectViewer on the bucket.",
        failed="Grant roles/storage.objectViewer on the bucket to service_account, or to the tuning service agent "
        "service-PROJECT_NUMBER@gcp-sa-vertex-tune.iam.gserviceaccount.com.",
        failed_account="Grant roles/storage.objectViewer on the bucket to {}.",
    ),
    _Advice(r"aiplatform\.", refused="Grant the caller roles/aiplatform.user on the project."),
    _Advice(
        r"cloudkms|CryptoKey",
        failed="Grant roles/cloudkms.cryptoKeyEncrypterDecrypter on the key to the Vertex AI service agent.",
        failed_account="Grant roles/cloudkms.cryptoKeyEncrypterDecrypter on the key to {}.",
    ),
    _Advice(
        r"(?i)service account .*(not exist|not found)",
        failed="Check service_account: the account must exist in the job's project.",
        failed_account="Check service_account: {} must exist in the job's project.",
    ),
    _Advice(r"gs://\S+", failed="Check the dataset URI and that the object exists and has the documented format."),
    _Advice(r"(?i)quota|exhausted", failed="Ask for more quota, or run `pulumi up` again later."),
)
"""The first that matches and has a step counts."""

_ACCOUNT = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){0,5}\.gserviceaccount\.com"
_LOOKED_AT = 4_000  # characters of a job's text


def for_refusal(text: str) -> str:
    """The next step for a request that was answered with 403; empty for none."""
    return next((advice.refused for advice in _TABLE if advice.refused and re.search(advice.pattern, text)), "")


def for_failure(text: str) -> str:
    """The next step for a job that failed with this text; empty for none."""
    text = text[:_LOOKED_AT]
    account = re.search(_ACCOUNT, text)
    for advice in _TABLE:
        if advice.failed and re.search(advice.pattern, text):
            return advice.failed_account.format(account[0]) if account and advice.failed_account else advice.failed
    return ""
