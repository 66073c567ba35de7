"""Service accounts of tuning jobs: how long a new one is refused, as grants take minutes to arrive at Google.

The emulator enforces no grants. It takes those of an account for as old as the first job that names the account, which
a stack that makes both submits within seconds.

Source: https://cloud.google.com/iam/docs/access-change-propagation
"""

from vertex_emulator.service import Call
from vertex_emulator.wsgi import ApiProblem

_KIND = "service_account"


def refusal(call: Call, account: str) -> ApiProblem | None:
    """Why a job may not run as this account yet. To be returned, not raised: the account's first job is remembered."""
    if not account or not call.settings.grant_delay_s:
        return None
    known = call.tx.get(_KIND, account)
    if known is None:
        known = {"since": call.now}
        call.tx.put(_KIND, account, known)
    if call.now >= known["since"] + call.settings.grant_delay_s:
        return None
    message = (
        f"The Vertex AI service agent lacks roles/iam.serviceAccountTokenCreator on the service account {account}."
    )
    return ApiProblem(403, message)
