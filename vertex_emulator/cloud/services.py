"""Services of a project, and the one quota that tuning has.

Sources: https://docs.cloud.google.com/service-usage/docs/reference/rest/v1/services/batchGet and
https://docs.cloud.google.com/service-usage/docs/reference/rest/v1beta1/services.consumerQuotaMetrics/get
"""

from typing import Any

from vertex_emulator import names, withheld
from vertex_emulator.service import Call, Route
from vertex_emulator.wsgi import ApiProblem

_MOST_SERVICES = 30
_TUNING_QUOTA = "aiplatform.googleapis.com/global_concurrent_tuning_jobs"
_NO_LIMIT = -1


def batch_get(call: Call) -> dict[str, Any]:
    """The state of each service that `names` has, in that order."""
    project = call.param("project")
    asked = call.request.query.get("names", [])
    if not asked or len(asked) > _MOST_SERVICES:
        raise ApiProblem(400, f"Between 1 and {_MOST_SERVICES} services can be asked for at a time.")
    parent = f"projects/{names.project_number(project)}"
    missing = {*withheld.listed(call.tx)}
    services = []
    for name in asked:
        if not names.canonical(name).startswith(f"{parent}/services/"):
            raise ApiProblem(400, f"The service {name!r} is not of {parent}.")
        service = names.last_segment(name)
        state = "DISABLED" if service in missing else "ENABLED"
        services.append({"name": f"{parent}/services/{service}", "parent": parent, "state": state})
    return {"services": services}


def get_quota(call: Call) -> dict[str, Any]:
    """The limit of concurrent jobs; -1 is none, as of other quotas without a limit."""
    metric = call.param("metric")
    if metric != _TUNING_QUOTA:
        raise ApiProblem(404, f"The quota metric {metric} was not found.")
    parent = f"projects/{names.project_number(call.param('project'))}/services/aiplatform.googleapis.com"
    limit = str(call.settings.max_concurrent_jobs or _NO_LIMIT)
    bucket = {"effectiveLimit": limit, "defaultLimit": limit}
    return {
        "name": f"{parent}/consumerQuotaMetrics/{metric.replace('/', '%2F')}",
        "metric": metric,
        "displayName": "Global concurrent tuning jobs",
        "consumerQuotaLimits": [{"metric": metric, "unit": "1/{project}", "quotaBuckets": [bucket]}],
    }


ROUTES: list[Route] = [
    ("GET", "/v1/projects/{project}/services:batchGet", batch_get),
    (
        "GET",
        "/v1beta1/projects/{project=*}/services/aiplatform.googleapis.com/consumerQuotaMetrics/{metric}",
        get_quota,
    ),
]
